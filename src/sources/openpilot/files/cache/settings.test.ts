import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { test } from 'node:test';
import { driveCache, USUAL_CACHE_BYTES } from './settings.ts';

test('the cache lies in the data folder, or where the system keeps caches', () => {
  assert.equal(driveCache({ VIDETTE_DATA: '/srv/vidette' }).folder, '/srv/vidette/cache/openpilot');
  assert.equal(driveCache({ XDG_CACHE_HOME: '/tmp/c' }).folder, '/tmp/c/vidette/openpilot');
  assert.equal(driveCache({ XDG_CACHE_HOME: 'relative' }).folder, `${homedir()}/.cache/vidette/openpilot`);
  assert.equal(driveCache({}).most, USUAL_CACHE_BYTES);
  assert.equal(driveCache({ VIDETTE_CACHE_BYTES: '50000000000' }).most, 50e9);
  for (const bad of ['10GB', '-1', '5'])
    assert.throws(() => driveCache({ VIDETTE_CACHE_BYTES: bad }), /VIDETTE_CACHE_BYTES/);
});
