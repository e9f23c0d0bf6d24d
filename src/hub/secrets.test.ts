import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../base/errors.ts';
import { openSecrets, secretsOf } from './secrets.ts';

test('what is sealed opens again, for its purpose and with its key only', () => {
  const secrets = secretsOf(Buffer.alloc(32, 1));
  const sealed = secrets.seal('pässwort', 'camera:1');
  assert.equal(secrets.open(sealed, 'camera:1'), 'pässwort');
  assert.ok(!sealed.includes('pässwort'));
  assert.notDeepEqual(secrets.seal('pässwort', 'camera:1'), sealed, 'never the same twice');
  assert.throws(() => secrets.open(sealed, 'camera:2'), /was changed/);
  assert.throws(() => secretsOf(Buffer.alloc(32, 2)).open(sealed, 'camera:1'), /another secret\.key/);
  assert.throws(() => secrets.open(sealed.subarray(0, 20), 'camera:1'), /not a sealed value/);
  for (let index = 9; index < sealed.length; index++) {
    const changed = Buffer.from(sealed);
    changed[index] = (changed[index] ?? 0) ^ 1;
    assert.throws(() => secrets.open(changed, 'camera:1'), UserError);
  }
  assert.notDeepEqual(secrets.derive('signed-urls'), secrets.derive('sealed values'));
});

test('the key is made once, readable by its owner only, and never made anew over sealed values', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-key-'));
  try {
    const path = join(folder, 'secret.key');
    const first = await openSecrets(path, async () => false);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    const sealed = first.seal('word', 'x');
    const second = await openSecrets(path, () => assert.fail('asked although there is a key'));
    assert.equal(second.open(sealed, 'x'), 'word');
    await rm(path);
    await assert.rejects(
      openSecrets(path, async () => true),
      /missing/,
    );
    await writeFile(path, 'cut short');
    await assert.rejects(
      openSecrets(path, async () => true),
      /damaged/,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
