/** Damaged clips, and which pictures of the whole one are still in them: computed from the clip's own tables, not from what a repair finds. */
import type { Clip, ClipShape } from './clip.ts';
import type { Random } from './random.ts';

type AnyClip = Clip<ClipShape>;

export interface DamagedClip {
  readonly name: string;
  readonly bytes: Buffer;
  /** Where in the damaged file each picture of the clip is whole; undefined where it is not. */
  readonly survivors: readonly (Buffer | undefined)[];
}

/** One stretch of the whole clip that stands in the damaged file. */
interface Kept {
  readonly from: number;
  readonly to: number;
}

/** @param kept what of the whole clip stands in `bytes` in one piece, in whatever place */
function damaged(name: string, clip: AnyClip, bytes: Buffer, kept: readonly Kept[]): DamagedClip {
  let headed = false;
  const survivors = clip.pictures.map(({ offset, size, key }) => {
    const there = kept.some(({ from, to }) => offset >= from && offset + size <= to);
    if (key) headed = there;
    return there && headed ? clip.bytes.subarray(offset, offset + size) : undefined;
  });
  return { name, bytes, survivors };
}

const data = (clip: AnyClip): Buffer => clip.bytes.subarray(0, clip.movieAt);

/** Cases A to O of damage, in blocks of `block` bytes. @param sibling another camera of the minute @param older another time */
export function namedCases(clip: AnyClip, sibling: AnyClip, older: AnyClip, block: number): DamagedClip[] {
  const whole = data(clip);
  const end = whole.length;
  const cut = Math.floor(end / 2) + 77;
  const most = Math.floor(end * 0.7);
  const k = Math.floor(end / 2 / block) * block;
  const headSize = (size: number): Buffer => {
    const bytes = Buffer.from(whole.subarray(0, most));
    bytes.writeUInt32BE(size, bytes.indexOf('mdat') - 4);
    return bytes;
  };
  const replaced = (at: number, piece: Buffer): Buffer =>
    Buffer.concat([whole.subarray(0, at), piece, whole.subarray(at + piece.length)]);
  const other = data(sibling);
  const swapped = Buffer.concat([
    whole.subarray(0, k),
    whole.subarray(k + block, k + 2 * block),
    whole.subarray(k, k + block),
    whole.subarray(k + 2 * block),
  ]);
  const around = (from: number, to: number): Kept[] => [
    { from: 0, to: from },
    { from: to, to: end },
  ];
  const old = data(older);
  return [
    damaged('A no moov', clip, Buffer.from(whole), [{ from: 0, to: end }]),
    damaged('B cut in the middle', clip, Buffer.from(whole.subarray(0, cut)), [{ from: 0, to: cut }]),
    damaged('C mdat of size 0, cut', clip, headSize(0), [{ from: 0, to: most }]),
    damaged('D mdat of size 8, cut', clip, headSize(8), [{ from: 0, to: most }]),
    damaged('E zeros at the end', clip, replaced(most, Buffer.alloc(end - most)), [{ from: 0, to: most }]),
    damaged('F zeros in the middle', clip, replaced(k, Buffer.alloc(block)), around(k, k + block)),
    damaged('G a block of another camera', clip, replaced(k, other.subarray(k, k + block)), around(k, k + block)),
    damaged('H the head lost', clip, Buffer.from(whole.subarray(block)), [{ from: block, to: end }]),
    damaged('I two blocks swapped', clip, swapped, around(k, k + 2 * block)),
    damaged(
      'J moov whole, zeros in the middle',
      clip,
      Buffer.concat([replaced(k, Buffer.alloc(block)), clip.bytes.subarray(end)]),
      around(k, k + block),
    ),
    damaged('M a second', clip, Buffer.from(whole.subarray(0, Math.floor(end / 10))), [
      { from: 0, to: Math.floor(end / 10) },
    ]),
    damaged('N the rest of an older clip', clip, replaced(k, old.subarray(k, end)), [{ from: 0, to: k }]),
    damaged('N2 the rest of another camera', clip, replaced(k, other.subarray(k, end)), [{ from: 0, to: k }]),
    damaged('O two clips block by block', clip, interleaved(whole, other, block), [{ from: 0, to: end }]),
  ];
}

function interleaved(a: Buffer, b: Buffer, block: number): Buffer {
  const out: Buffer[] = [];
  for (let at = 0; at < Math.max(a.length, b.length); at += block)
    for (const one of [a, b]) {
      // A block is a whole one, also where a file ends in it.
      const whole = Buffer.alloc(block);
      one.subarray(at).copy(whole);
      out.push(whole);
    }
  return Buffer.concat(out);
}

/** A hole of zeros, a hole of noise, a cut, or bytes that are taken out; with or without tables. */
export function randomCase(clip: AnyClip, random: Random, name: string): DamagedClip {
  const withTables = random.below(4) === 0;
  const whole = withTables ? clip.bytes : data(clip);
  const end = clip.movieAt;
  const at = 64 + random.below(end - 128);
  const length = 1 + random.below(random.below(2) === 0 ? 400 : 60_000);
  const to = Math.min(end, at + length);
  const kept: Kept[] = [
    { from: 0, to: at },
    { from: to, to: end },
  ];
  const kind = random.below(4);
  if (kind === 0)
    return damaged(`${name}: cut at ${at}`, clip, Buffer.from(whole.subarray(0, at)), [{ from: 0, to: at }]);
  if (kind === 1)
    return damaged(
      `${name}: ${to - at} bytes taken out at ${at}`,
      clip,
      Buffer.concat([data(clip).subarray(0, at), data(clip).subarray(to)]),
      kept,
    );
  const fill = kind === 2 ? Buffer.alloc(to - at) : Buffer.from(random.bytes(to - at));
  return damaged(
    `${name}: ${kind === 2 ? 'zeros' : 'noise'} of ${to - at} bytes at ${at}${withTables ? ', with moov' : ''}`,
    clip,
    Buffer.concat([whole.subarray(0, at), fill, whole.subarray(to)]),
    kept,
  );
}

/** The beginning of one clip, and from a random place on another. */
export function splice(clip: AnyClip, other: AnyClip, random: Random, atPicture: boolean): DamagedClip {
  const end = Math.min(clip.movieAt, other.movieAt);
  const picture = clip.pictures[1 + random.below(clip.pictures.length - 1)];
  const at = atPicture ? (picture?.offset ?? 64) : 64 + random.below(end - 128);
  const next = other.pictures.find((one) => one.offset >= at);
  const from = atPicture ? (next?.offset ?? end) : at;
  return damaged(
    `spliced at ${at}${atPicture ? ', between two pictures' : ''}`,
    clip,
    Buffer.concat([data(clip).subarray(0, at), data(other).subarray(from)]),
    [{ from: 0, to: at }],
  );
}

/** Blocks that have changed places with others of the file, and blocks of another clip in place of some of its own. */
export function mixedBlocks(clip: AnyClip, other: AnyClip, random: Random, block: number, name: string): DamagedClip {
  const count = Math.floor(clip.movieAt / block);
  const most = Math.floor(other.movieAt / block);
  const blocks = Array.from({ length: count }, (_, index) => ({ from: clip, index }));
  const kind = random.below(4);
  const start = 1 + random.below(count - 2);
  const swap = (): void => {
    const [a, b] = [1 + random.below(count - 1), 1 + random.below(count - 1)];
    const [one, two] = [blocks[a], blocks[b]];
    if (one && two) blocks.splice(a, 1, two);
    if (one && two) blocks.splice(b, 1, one);
  };
  const replace = (chosen: (index: number) => boolean, shift: number): void => {
    for (let index = start; index < count; index += 1)
      if (chosen(index)) blocks[index] = { from: other, index: (index + shift) % most };
  };
  if (kind === 0) for (let times = 0; times < 3; times += 1) swap();
  if (kind === 1) replace(() => random.below(2) === 0, 0);
  if (kind === 2) replace(() => true, random.below(most));
  if (kind === 3) {
    swap();
    const end = start + random.below(8);
    replace((index) => index <= end, 0);
  }
  const parts = blocks.map(({ from, index }) => from.bytes.subarray(index * block, (index + 1) * block));
  const kept: Kept[] = [];
  let last: { from: number; to: number } | undefined;
  for (const { from, index } of blocks) {
    if (from !== clip) last = undefined;
    else if (last?.to === index * block) last.to += block;
    else {
      last = { from: index * block, to: (index + 1) * block };
      kept.push(last);
    }
  }
  const kinds = [
    'three swaps',
    'mixed with another clip',
    'another clip from here on',
    'a swap and some of another clip',
  ];
  return damaged(`${name}: ${kinds[kind]}, from block ${start}`, clip, Buffer.concat(parts), kept);
}
