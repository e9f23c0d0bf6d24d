import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { safePaths } from './safe-paths.ts';

describe('paths for what comes out of a drive', () => {
  test('ordinary ones stay as they are', () => {
    const paths = ['TeslaCam/RecentClips/a-front.mp4', 'TeslaCam/RecentClips/a-back.mp4', 'LockChime.wav'];
    assert.deepEqual(safePaths(paths), paths);
  });

  test('two files of one name, and a file with the name of a folder', () => {
    assert.deepEqual(safePaths(['a/b.mp4', 'a/b.mp4', 'a/b.mp4', 'a']), [
      'a/b.mp4',
      'a/b-duplicate-2.mp4',
      'a/b-duplicate-3.mp4',
      'a-duplicate-2',
    ]);
  });

  test('whatever they are, each is its own, and none is the folder of another', () => {
    const name = fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' }).map((text) => text.replaceAll('/', '_'));
    const few = fc.oneof(fc.constantFrom('a', 'b', 'a-duplicate-2'), name);
    const path = fc.array(few, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.array(path, { maxLength: 20 }), (paths) => {
        const safe = safePaths(paths);
        assert.equal(new Set(safe).size, paths.length);
        for (const one of safe) {
          for (const part of one.split('/')) assert.ok(Buffer.byteLength(part) <= 255);
          assert.ok(!safe.some((other) => other.startsWith(`${one}/`)));
        }
      }),
    );
  });
});
