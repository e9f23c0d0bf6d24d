/**
 * How a clip of chunks meets a size: which pictures, which bits for whom, in which order, and what is corrected at the end. Pure; what comes of it
 * depends on the finished chunks alone, never on how many processes there are.
 */
import type { Size } from '../codec/plan.ts';
import type { Rung } from '../size/ladder.ts';

/** What a chunk needs, as the look at it says, in pictures of the size that the file will have. */
export interface Need {
  /** At the quality of the look; an estimate. */
  readonly bytes: number;
  /** Mean over its pictures at that quality, as x264 counts. */
  readonly qp: number;
  /** With less x264 does not begin. */
  readonly leastBytes: number;
  readonly seconds: number;
}

/** A chunk as it was coded. */
export interface Coded {
  /** Bits a second that were asked for; 0 where a quality was. */
  readonly bitrate: number;
  /** Of its pictures. */
  readonly bytes: number;
  readonly seconds: number;
  readonly qp: number;
}

export interface Correction {
  readonly index: number;
  /** Bits a second. */
  readonly bitrate: number;
}

/** Smaller pictures tell too little; larger ones cost memory. */
const LOOK_PIXELS = { least: 100_000, most: 640_000 };
/** A file this full is full enough. */
const ENOUGH = 0.955;
/** What is aimed at. */
export const AIM = 0.985;
/** Below this more bits are no gain for the eye. All QP are as x264 counts them, up to about 65. */
const GOOD_QP = 20;
/** Where more is expected fewer or smaller pictures look better; what comes out is up to five above what was expected. */
const SMEARED_QP = 41;
/** So many QP halve the bits: upwards from the look's quality, and downwards. Measured on replays; what is left at high QP does not get smaller so fast. */
const QP_PER_OCTAVE = { up: 12, down: 6 };
/** Bits go with the number of pixels to this power, where nothing else is known. */
const GROWTH = { usual: 0.6, least: 0.3, most: 1 };
/** Pictures larger than those that were looked at grow by this part of the power: of the finest detail there is less and less. */
const GROWTH_ABOVE = 0.82;
/** x264 reckons a little more than its statistics say, and FFmpeg tells it whole thousands of bits a second. */
const SURE = { part: 1.15, bytesPerSecond: 250 };
/** What is missed by more is not the encoder's habit, but pictures that cannot use their bits. */
const MISS = { least: 0.95, most: 1.5 };
/** Chunks are coded in so many parts of the whole before the last two, so that each part makes up for what those before it missed. */
const FIRST_WAVE = 0.6;
const LAST_WAVE = 2;
/** A chunk's bits are changed by at most this part in a correction: alone, and with another. */
const MOST_CHANGE = { alone: 0.2, both: 0.45 };

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

const leastOf = ({ leastBytes, seconds }: Need): number => leastBytes * SURE.part + seconds * SURE.bytesPerSecond;

/** How large the pictures of a look are: half as wide and high tells enough, and several looks at once must have room beside each other. */
export function lookSize({ width, height }: Size): Size {
  if (width * height < LOOK_PIXELS.least * 4) return { width, height };
  const by = Math.max(2, Math.ceil(Math.sqrt((width * height) / LOOK_PIXELS.most)));
  return { width: Math.ceil(width / by / 2) * 2, height: Math.ceil(height / by / 2) * 2 };
}

/**
 * How bits grow with pixels, in this clip.
 * @param looks bytes of the same chunks in two sizes of picture
 */
export function growthOf(
  looks: readonly { readonly small: number; readonly large: number }[],
  areas: { readonly small: number; readonly large: number },
): number {
  const [small, large] = [sum(looks.map((one) => one.small)), sum(looks.map((one) => one.large))];
  if (small <= 0 || large <= 0 || areas.large <= areas.small * 1.1) return GROWTH.usual;
  const power = Math.log(large / small) / Math.log(areas.large / areas.small);
  return Math.min(GROWTH.most, Math.max(GROWTH.least, power));
}

/** How many times the bits of the look are needed. @param area of the pictures against those of the look */
export const grown = (area: number, growth: number): number => area ** (growth * (area > 1 ? GROWTH_ABOVE : 1));

/** Mean QP with which these come out at so many bytes; an estimate. */
export function qpFor(needs: readonly Need[], budget: number): number {
  const octaves = Math.log2(sum(needs.map(({ bytes }) => bytes)) / Math.max(1, budget));
  const seconds = sum(needs.map((one) => one.seconds));
  const qp = sum(needs.map((one) => one.qp * one.seconds)) / Math.max(1e-3, seconds);
  return qp + octaves * (octaves > 0 ? QP_PER_OCTAVE.up : QP_PER_OCTAVE.down);
}

/** Whether pictures of this size look well with so many bytes; of the last rung: whether they can be coded at all. */
export function suits(needs: readonly Need[], budget: number, last: boolean): boolean {
  if (budget < sum(needs.map(leastOf))) return false;
  return last || qpFor(needs, budget) <= SMEARED_QP;
}

/** In which order chunks are coded: those of a wave side by side, each wave when the one before it is finished. */
export function wavesOf(count: number): number[][] {
  const all = [...Array(count).keys()];
  const last = Math.max(0, count - LAST_WAVE);
  const first = Math.min(last, Math.ceil(count * FIRST_WAVE));
  return [all.slice(0, first), all.slice(first, last), all.slice(last)].filter((wave) => wave.length > 0);
}

/**
 * Shares bytes out so that all chunks look alike: by what each takes at one quality, and never fewer than x264 can do with.
 * @param budget bytes of all pictures
 * @returns bits a second for each
 */
export function shareOut(needs: readonly Need[], budget: number): number[] {
  const least = needs.map(leastOf);
  const given = needs.map(() => 0);
  const open = new Set(needs.keys());
  let left = budget;
  // Who would get too little gets what it needs, and the others share what is left.
  for (let settled = false; !settled; ) {
    settled = true;
    const total = sum([...open].map((index) => needs[index]?.bytes ?? 0)) || 1;
    for (const index of open) given[index] = (Math.max(0, left) * (needs[index]?.bytes ?? 0)) / total;
    for (const index of open) {
      if ((given[index] ?? 0) >= (least[index] ?? 0)) continue;
      given[index] = least[index] ?? 0;
      left -= given[index];
      open.delete(index);
      settled = false;
    }
  }
  return needs.map(({ seconds }, index) => (8 * (given[index] ?? 0)) / Math.max(1e-3, seconds));
}

/** How many times more bits than it was asked for the encoder has spent so far, within reason. */
export function missOf(coded: readonly Coded[]): number {
  const counted = coded.filter(({ bitrate }) => bitrate > 0);
  const asked = sum(counted.map(({ bitrate, seconds }) => (bitrate * seconds) / 8));
  return asked > 0 ? Math.min(MISS.most, Math.max(MISS.least, sum(counted.map(({ bytes }) => bytes)) / asked)) : 1;
}

/** Bytes that these take at a quality. @param from the quality of the look @param to both as x264's CRF */
export const bytesAt = (needs: readonly Need[], from: number, to: number): number =>
  sum(needs.map(({ bytes }) => bytes)) * 2 ** ((from - to) / 6);

/**
 * Which chunks are coded again so that the whole comes out right; none when it does, or when nothing is gained.
 * @param budget most bytes of all pictures
 * @param left so many chunks may be coded again
 * @returns undefined: it is too large, and so many cannot mend it
 */
export function correct(coded: readonly Coded[], budget: number, left: number): readonly Correction[] | undefined {
  const total = sum(coded.map(({ bytes }) => bytes));
  const fits = total <= budget;
  if (fits && total >= ENOUGH * budget) return [];
  const change = budget * AIM - total;
  const order = coded
    .map((one, index) => ({ ...one, index }))
    // What looks well already takes no more bits.
    .filter(({ qp }) => !fits || qp > GOOD_QP)
    .sort((a, b) => b.bytes - a.bytes);
  for (const [count, most] of [
    [1, MOST_CHANGE.alone],
    [2, MOST_CHANGE.both],
  ] as const) {
    const chosen = order.slice(0, count);
    const room = sum(chosen.map(({ bytes }) => bytes));
    if (count > left || chosen.length < count) break;
    // A clip of one chunk has no other to make up for it.
    if (Math.abs(change) > room * (coded.length <= count ? MOST_CHANGE.both : most)) continue;
    const factor = 1 + change / room;
    return chosen.map(({ index, bitrate, bytes, seconds }) => ({
      index,
      bitrate: (bitrate || (bytes * 8) / Math.max(1e-3, seconds)) * factor,
    }));
  }
  return fits ? [] : undefined;
}

/** Every so many frames of the clip are coded. */
export const stepOf = (rung: Pick<Rung, 'rate'>, full: Pick<Rung, 'rate'>): number =>
  Math.max(1, Math.round(rung.rate.den / full.rate.den));
