import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InputError } from '../../../../src/base/errors.ts';
import { boxes, findBox } from '../../../../src/media/mp4/box.ts';
import { parseMovie } from '../../../../src/media/mp4/movie.ts';
import { parseMovieFragment } from '../../../../src/media/mp4/movie-fragment.ts';
import { makeClip } from '../../../../test/dashcam/clip.ts';
import { ClipFile } from './clip-file.ts';
import { bytesOf, fragmentOf, headOf, keyBefore, pieceFrom } from './fragment.ts';
import { readMovie } from './movie-index.ts';

const clip = makeClip({ pictures: 100, gop: 18, width: 320, height: 240 });
const moov = clip.bytes.subarray(clip.movieAt);
const signal = new AbortController().signal;

/** A hub that answers ranges of a file, and counts what it sent. */
function hubOf(bytes: Buffer, ranges = true): { send: typeof fetch; sent: () => number } {
  let sent = 0;
  const send = (async (_address: string, init: RequestInit) => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(new Headers(init.headers).get('range') ?? '') ?? [];
    const [start, end] = ranges ? [Number(from), Math.min(bytes.length - 1, Number(to))] : [0, bytes.length - 1];
    if (start >= bytes.length) return new Response('{}', { status: 416 });
    sent += end - start + 1;
    return new Response(new Uint8Array(bytes.subarray(start, end + 1)), {
      status: ranges ? 206 : 200,
      headers: ranges ? { 'content-range': `bytes ${start}-${end}/${bytes.length}` } : {},
    });
  }) as typeof fetch;
  return { send, sent: () => sent };
}

test('the index of a car’s clip is the truth of its generator', () => {
  const index = readMovie(moov, 'clip');
  assert.match(index.codec, /^avc1\.[0-9a-f]{6}$/);
  assert.equal(index.samples.count, 100);
  for (const [at, picture] of clip.pictures.entries()) {
    assert.equal(index.samples.offsets[at], picture.offset);
    assert.equal(index.samples.sizes[at], picture.size);
    assert.equal(index.samples.times[at], picture.time);
    assert.equal(index.samples.durations[at], picture.duration);
    assert.equal(index.samples.keys[at] === 1, picture.key);
  }
});

test('pieces hold every picture once, each from a key picture on, and are what a fragmented MP4 is', () => {
  const index = readMovie(moov, 'clip');
  const head = Buffer.from(headOf(index));
  const movie = findBox(head, 'moov', 'head');
  assert.ok(movie);
  const tracks = parseMovie(movie, 'head');
  assert.deepEqual([tracks[0]?.codec, tracks[0]?.timescale], [index.codec, index.timescale]);
  const pictures: Buffer[] = [];
  for (let at = 0; at < index.samples.count; ) {
    const piece = pieceFrom(index, at, index.timescale, 1 << 20);
    const { start, end } = bytesOf(index, piece);
    const fragment = Buffer.from(fragmentOf(index, piece, clip.bytes.subarray(start, end), start));
    const [moof, mdat] = [...boxes(fragment, 'piece')];
    assert.ok(moof?.type === 'moof' && mdat?.type === 'mdat');
    const [said] = parseMovieFragment(moof.body, tracks, 'piece');
    assert.ok(said?.key);
    assert.equal(said.time, clip.pictures[piece.from]?.time);
    assert.equal(said.samples, piece.to - piece.from);
    assert.equal(said.bytes, mdat.body.length);
    pictures.push(Buffer.from(mdat.body));
    at = piece.to;
  }
  const truth = clip.pictures.map(({ offset, size }) => clip.bytes.subarray(offset, offset + size));
  assert.ok(Buffer.concat(pictures).equals(Buffer.concat(truth)));
});

test('a moment is begun at the last key picture before it', () => {
  const index = readMovie(moov, 'clip');
  assert.equal(keyBefore(index, 0), 0);
  assert.equal(keyBefore(index, clip.pictures[17]?.time ?? 0), 0);
  assert.equal(keyBefore(index, clip.pictures[18]?.time ?? 0), 18);
  assert.equal(keyBefore(index, Number.MAX_SAFE_INTEGER), 90);
});

test('the index at the end is found without loading the clip; whoever sends the whole is understood too', async () => {
  const large = makeClip({ pictures: 600, keyBlocks: 400, width: 640, height: 480 });
  assert.ok(large.bytes.length > 3_000_000, `${large.bytes.length}`);
  const hub = hubOf(large.bytes);
  const file = await ClipFile.open('x', 'clip', hub.send, signal);
  assert.equal(file.index.samples.count, 600);
  assert.ok(hub.sent() <= 2 * (64 << 10), `${hub.sent()} bytes`);
  const [picture] = large.pictures.slice(300);
  assert.ok(picture);
  const read = await file.read(picture.offset, picture.offset + picture.size, signal);
  assert.ok(Buffer.from(read).equals(large.bytes.subarray(picture.offset, picture.offset + picture.size)));
  const whole = await ClipFile.open('x', 'clip', hubOf(large.bytes, false).send, signal);
  const again = await whole.read(picture.offset, picture.offset + picture.size, signal);
  assert.ok(Buffer.from(again.subarray(0, picture.size)).equals(Buffer.from(read)));
});

test('what is cut off or no clip is said in words, never more than that', async () => {
  const cut = hubOf(clip.bytes.subarray(0, clip.movieAt + 40));
  await assert.rejects(ClipFile.open('x', 'This clip', cut.send, signal), InputError);
  const none = hubOf(clip.bytes.subarray(0, clip.movieAt - 100));
  await assert.rejects(ClipFile.open('x', 'This clip', none.send, signal), /no index: the recording was cut off/);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(moov.length - 1), fc.nat(255)), { maxLength: 30 }),
      fc.nat(moov.length),
      (edits, length) => {
        const bytes = Buffer.from(moov);
        for (const [at, value] of edits) bytes[at] = value;
        try {
          readMovie(bytes.subarray(0, Math.max(8, length)), 'clip');
        } catch (error) {
          assert.ok(error instanceof InputError, String(error));
        }
      },
    ),
    { numRuns: 300 },
  );
});
