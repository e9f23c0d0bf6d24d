/**
 * The frames of a replay: `w|x|y|z,` over and over, w the milliseconds since the frame before.
 */
import { InputError } from '../../../base/errors.ts';
import type { ReplayFrames } from './replay.ts';

const COMMA = 0x2c;
const BAR = 0x7c;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
/** The last frame of a stable replay: no frame, its keys are the seed of the map's random parts. */
const SEED = -12_345;
/** Where the cursor is put before the map begins, and when its intro is skipped. */
const PARKED_X = 256;
const PARKED_Y = -500;
/** So much the game's clock may go back between two frames, ms: it follows that of the music. */
const CLOCK_SLACK = 20;
/** Those that park the cursor, and the one that comes back from there. */
const FIRST_FRAMES = 3;
/** Farthest that a cursor counts; more is no place on a screen. */
const FARTHEST = 100_000;
/** Ten days: longer than any map. */
const LONGEST_MS = 864_000_000;

export interface ParsedFrames {
  readonly frames: ReplayFrames;
  /** Frames that were no four numbers. */
  readonly malformed: number;
}

/**
 * A frame whose time falls by little is as late as the one before: a button may have gone down in it. What falls farther is passed over (its step counts). Linear in time and memory.
 *
 * @param text ASCII
 * @throws InputError where nothing in it is a frame, or the times leave every bound
 */
export function parseFrames(text: Uint8Array, name: string): ParsedFrames {
  let most = 1;
  for (const byte of text) if (byte === COMMA) most++;
  const time = new Float64Array(most);
  const x = new Float64Array(most);
  const y = new Float64Array(most);
  const keys = new Uint8Array(most);
  let count = 0;
  let malformed = 0;
  let firstBad = 0;
  let now = 0;
  let index = 0;
  const parts = new Float64Array(4);
  for (let at = 0; at < text.length; ) {
    const start = at;
    let part = 0;
    let good = true;
    while (at < text.length && text[at] !== COMMA) {
      const end = fieldEnd(text, at);
      const value = numberOf(text, at, end);
      if (part < 4) parts[part] = value;
      if (Number.isNaN(value)) good = false;
      part++;
      at = end;
      if (text[at] === BAR) at++;
    }
    at++;
    if (at - start === 1) continue;
    if (part !== 4 || !good) {
      if (malformed === 0) firstBad = index + 1;
      malformed++;
      continue;
    }
    const [step = 0, px = 0, py = 0, bits = 0] = parts;
    if (step === SEED) continue;
    now += step;
    if (Math.abs(now) > LONGEST_MS)
      throw new InputError(name, `frame ${index + 1}: is ${Math.round(now / 1000)} s from the start of the map`);
    index++;
    const parked = index <= 2 && px === PARKED_X && py === PARKED_Y;
    if (parked || (index === 1 && step === 0)) continue;
    const before = count > 0 ? (time[count - 1] ?? 0) : now;
    // At the start the game goes back to where the map begins.
    if (now < before - CLOCK_SLACK || (step < 0 && index <= FIRST_FRAMES)) continue;
    time[count] = Math.max(now, before);
    x[count] = Math.max(-FARTHEST, Math.min(FARTHEST, px));
    y[count] = Math.max(-FARTHEST, Math.min(FARTHEST, py));
    keys[count] = bits & 0xff;
    count++;
  }
  if (count === 0 && malformed > 0)
    throw new InputError(name, `frame ${firstBad} is not \`w|x|y|z,\`, and no other one can be used`);
  return {
    frames: {
      count,
      time: time.subarray(0, count),
      x: x.subarray(0, count),
      y: y.subarray(0, count),
      keys: keys.subarray(0, count),
    },
    malformed,
  };
}

function fieldEnd(text: Uint8Array, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== COMMA && text[at] !== BAR) at++;
  return at;
}

/** Decimal, as the game writes it; an exponent (of tiny numbers) by the slow way. @returns NaN where it is no number */
function numberOf(text: Uint8Array, from: number, end: number): number {
  let at = from;
  const sign = text[at] === MINUS ? -1 : 1;
  if (text[at] === MINUS || text[at] === PLUS) at++;
  if (at >= end || end - from > 40) return Number.NaN;
  let digits = 0;
  let scale = 0;
  let places = 0;
  for (; at < end; at++) {
    const byte = text[at] ?? 0;
    if (byte >= 0x30 && byte <= 0x39) {
      digits = digits * 10 + (byte - 0x30);
      places += scale;
    } else if (byte === DOT && scale === 0) scale = 1;
    else return slowNumber(text, from, end);
  }
  if (digits > Number.MAX_SAFE_INTEGER || places > 22) return slowNumber(text, from, end);
  return (sign * digits) / 10 ** places;
}

function slowNumber(text: Uint8Array, from: number, end: number): number {
  const word = String.fromCharCode(...text.subarray(from, end));
  return /^[+-]?\d+(\.\d*)?([eE][+-]?\d{1,3})?$/.test(word) ? Number(word) : Number.NaN;
}
