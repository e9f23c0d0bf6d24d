import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveWays, wayWords } from './live-ways.ts';

const names = (hasSub: boolean, small: boolean): string[] =>
  liveWays(hasSub, small).map((way) => `${way.track} ${way.as}`);

test('a tile takes the second stream first, a large picture the main one; single pictures come last', () => {
  assert.deepEqual(names(true, true), ['sub video', 'main video', 'main pictures']);
  assert.deepEqual(names(true, false), ['main video', 'sub video', 'main pictures']);
  assert.deepEqual(names(false, true), ['main video', 'main pictures']);
  const smooth = liveWays(true, false, true).map((way) => `${way.track} ${way.as}`);
  assert.deepEqual(smooth, ['main video', 'sub video', 'main h264'], 'or converted video, for a large picture');
  assert.deepEqual(liveWays(true, true, true), liveWays(true, true), 'nothing is converted for a tile');
});

test('the page says which way was taken, and why', () => {
  const hevc = { kind: 'unplayable', codec: 'H.265' } as const;
  assert.equal(wayWords({ track: 'main', as: 'video' }, []), undefined);
  assert.equal(wayWords({ track: 'sub', as: 'video' }, [hevc]), 'Second stream: this browser cannot play H.265');
  assert.equal(wayWords({ track: 'main', as: 'pictures' }, [hevc]), 'Single pictures: this browser cannot play H.265');
  assert.equal(
    wayWords({ track: 'main', as: 'pictures' }, [hevc], 'No worker is free.'),
    'Single pictures: this browser cannot play H.265. No worker is free.',
  );
  assert.equal(
    wayWords({ track: 'main', as: 'h264' }, [hevc]),
    'A worker converts it, without sound: this browser cannot play H.265',
  );
  assert.equal(
    wayWords({ track: 'main', as: 'video' }, [{ kind: 'silent' }]),
    'Main stream: nothing comes from the other one',
  );
});
