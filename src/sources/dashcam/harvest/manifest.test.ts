import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { FakeDisk } from '../../../../test/faults/disk.ts';
import { appendAt, readManifest } from './manifest.ts';
import { chain, hashOfLine, type ManifestLine, NOTHING_BEFORE } from './manifest-line.ts';

const PATH = '/m/manifest.jsonl';
const at = '2026-11-29T12:00:00.000Z';
const line = (number: number): ManifestLine => ({
  kind: 'harvest',
  at,
  drive: 'drive',
  stored: number,
  copies: 0,
  bytes: 0,
  failed: 0,
});
const ten = chain(
  NOTHING_BEFORE,
  Array.from({ length: 10 }, (_, number) => line(number)),
);

async function disk(text: string | Buffer): Promise<FakeDisk> {
  const made = new FakeDisk();
  await made.mkdir('/m');
  const file = await made.openAppend(PATH, 'new');
  await file.writev([Buffer.from(text)]);
  await file.close();
  return made;
}

const read = async (text: string | Buffer): Promise<Awaited<ReturnType<typeof readManifest>>> =>
  readManifest(await disk(text), PATH, () => undefined);

describe('a manifest', () => {
  test('is read to its end, and each line holds the hash of the one before', async () => {
    const { lines, head, torn, broken, bytes } = await read(ten.text);
    assert.deepEqual([lines, head, torn, broken, bytes], [10, ten.head, 0, undefined, ten.text.length]);
    const texts = ten.text.trimEnd().split('\n');
    assert.equal(JSON.parse(texts[5] ?? '').previous, hashOfLine(texts[4] ?? ''));
  });

  test('shows every change of a byte', async () => {
    const bytes = Buffer.from(ten.text);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (place, change) => {
        const other = Buffer.from(bytes);
        other[place] = (other[place] ?? 0) ^ change;
        const found = await read(other);
        // In the last line only its hash tells.
        assert.ok(found.broken !== undefined || found.torn > 0 || found.head !== ten.head);
      }),
    );
  });

  test('shows a line that is removed, inserted or moved, and which', async () => {
    const texts = ten.text.trimEnd().split('\n');
    const made = (list: readonly string[]): string => list.map((text) => `${text}\n`).join('');
    assert.deepEqual((await read(made(texts.toSpliced(4, 1)))).broken, {
      line: 5,
      reason: 'it does not follow the line before it',
    });
    assert.equal((await read(made(texts.toSpliced(4, 0, texts[2] ?? '')))).broken?.line, 5);
    assert.equal((await read(made(texts.slice(1)))).broken?.line, 1);
  });

  test('that ends in a torn line is whole up to there', async () => {
    const found = await read(ten.text.slice(0, -7));
    assert.deepEqual([found.lines, found.broken, found.torn > 0], [9, undefined, true]);
  });

  test('any bytes are read to an answer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async (bytes) => void (await read(Buffer.from(bytes)))),
    );
  });

  test('of a later version goes on where a line is of an unknown kind', async () => {
    const first = `${JSON.stringify({ previous: NOTHING_BEFORE, kind: 'weather', sky: 'blue' })}\n`;
    const { text } = chain(hashOfLine(first.trimEnd()), [line(1)]);
    assert.deepEqual([(await read(first + text)).lines, (await read(first + text)).broken], [2, undefined]);
  });
});

describe('what is appended', () => {
  const more = chain(ten.head, [line(11), line(12)]);
  const end = { bytes: ten.text.length };

  test('is there once, whatever was left of it', async () => {
    const tail = Buffer.from(more.text);
    for (let left = 0; left <= tail.length; left += 9)
      for (const damage of [false, true]) {
        const there = Buffer.from(tail.subarray(0, left));
        if (damage) there.fill(0, left >> 1);
        const on = await disk(Buffer.concat([Buffer.from(ten.text), there]));
        await appendAt(on, PATH, end, tail);
        await appendAt(on, PATH, end, tail);
        assert.equal(on.peek(PATH)?.toString(), ten.text + more.text);
      }
  });

  test('never takes the place of other lines', async () => {
    const other = chain(ten.head, [line(1), line(2), line(3), line(4)]);
    const on = await disk(ten.text + other.text);
    await assert.rejects(appendAt(on, PATH, end, Buffer.from(more.text)), /other lines stand where/);
    assert.equal(on.peek(PATH)?.toString(), ten.text + other.text);
    await assert.rejects(appendAt(await disk(ten.text.slice(0, 50)), PATH, end, Buffer.from(more.text)), /shorter/);
  });
});
