import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeName } from './clip-file.ts';
import { lineOf } from './doctor.ts';
import { summary } from './index-library.ts';
import { describe } from './inspect.ts';

test('the time in the name of a clip', () => {
  assert.equal(timeName(0), '00.00.00');
  assert.equal(timeName(90), '00.01.30');
  assert.equal(timeName(3723.25), '01.02.03.250');
  assert.equal(timeName(100 * 3600), '100.00.00');
});

test('inspect: what stands in a file does not steer the terminal', () => {
  const words = describe({
    file: 'a\x1b[31m.bin',
    bytes: 5,
    kind: 'unknown',
    format: 'unknown',
    magic: '0102030405',
    duration: null,
    tracks: [],
    title: null,
    segment: null,
    notes: [],
  });
  assert.equal(
    words,
    [
      'File         a·[31m.bin',
      'Size         5 bytes',
      'Kind         nothing that Vidette knows',
      'First bytes  01 02 03 04 05',
    ].join('\n'),
  );
});

test('doctor: a sign, a name, and below it what to do', () => {
  assert.equal(lineOf({ name: 'clock', state: 'ok', says: 'right' }), '✓ clock        right');
  assert.match(
    lineOf({ name: 'disk', state: 'bad', says: '0.1 GB free', remedy: 'Make room.' }),
    /^✗ disk +0\.1 GB free\n +→ Make room\.$/,
  );
});

test('index: what was done, and what was found damaged', () => {
  const counts = { added: 3, known: 4, sources: 1, unknown: 0, missing: 0 };
  assert.match(summary(counts, undefined), /Segments taken in +3/);
  const words = summary(counts, { checked: 7, damaged: [{ key: 'a/b.mp4', reason: 'it has 1 bytes, not 2' }] });
  assert.match(words, /Compared +7\nDamaged +1\n {2}a\/b\.mp4 +it has 1 bytes, not 2/);
});
