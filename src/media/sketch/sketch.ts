/**
 * How alike pictures are, from outside: they are decoded in a process of their own. This file loads nothing native.
 */
import { entry } from '../../base/entry.ts';
import { runTask } from '../codec/native-process.ts';
import type { CodedKeyPicture, Sketch, SketchTask } from './messages.ts';

/** As many at once: a message stays below some ten megabytes. */
const AT_ONCE = 24;

/** Sketches of key pictures; null for what cannot be decoded. */
export async function sketchesOf(
  pictures: readonly CodedKeyPicture[],
  signal?: AbortSignal,
): Promise<(Sketch | null)[]> {
  const out: (Sketch | null)[] = [];
  for (let at = 0; at < pictures.length; at += AT_ONCE) {
    const task: SketchTask = { pictures: pictures.slice(at, at + AT_ONCE) };
    const path = entry(import.meta.url, './sketch.main');
    out.push(...(await runTask<(Sketch | null)[]>(path, task, 'a picture', signal ? { signal } : {})));
  }
  return out;
}

/** A picture with less contrast than this, of 255, looks like any other: night, fog, a covered lens. */
const LEAST_CONTRAST = 4;
/** Means of colour that differ by so much are other colours. */
const OTHER_COLOUR = 24;

/**
 * 0 (nothing in common) to 1 (the same): how well the pattern of brightness agrees, whatever the exposure, times how near the colours are.
 * Undefined where one of them shows too little to say.
 */
export function alike(one: Sketch, other: Sketch): number | undefined {
  const [a, b] = [spread(one.luma), spread(other.luma)];
  if (a.deviation < LEAST_CONTRAST || b.deviation < LEAST_CONTRAST) return undefined;
  let product = 0;
  for (const [index, value] of a.centred.entries()) product += value * (b.centred[index] ?? 0);
  const pattern = Math.max(0, product / (a.centred.length * a.deviation * b.deviation));
  const colour = (distance(one.blue, other.blue) + distance(one.red, other.red)) / 2;
  return pattern * Math.max(0, 1 - colour / OTHER_COLOUR);
}

function spread(values: readonly number[]): { readonly centred: readonly number[]; readonly deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const centred = values.map((value) => value - mean);
  const variance = centred.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length);
  return { centred, deviation: Math.sqrt(variance) };
}

/** The mean of how far they are apart. */
function distance(one: readonly number[], other: readonly number[]): number {
  const sum = one.reduce((total, value, index) => total + Math.abs(value - (other[index] ?? 0)), 0);
  return sum / Math.max(1, one.length);
}
