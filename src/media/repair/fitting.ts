/** How the pictures of a file are coded that does not say it any more: as in another video, if its decoder settings fit. */
import { basename } from 'node:path';
import { CodecError } from '../codec/native.ts';
import { type Bytes, FileBytes } from './bytes.ts';
import { type Coding, codingId } from './parameters.ts';
import { PictureJudge, sampleOf } from './picture-judge.ts';
import type { Picture, Run } from './runs.ts';
import { readSampleTable } from './sample-table.ts';

/** Pictures that are decoded to see whether a coding is the right one, and places where that is tried. */
const TRIAL = 12;
const PLACES = 4;
const MOST_TRIED = 24;
const GOOD = 0.9;
const LEAST = 0.5;

/**
 * @param search the runs of the file under a coding
 * @param likes paths of videos, likeliest first @param known codings of cameras, tried after them
 * @returns the coding under which the pictures decode; undefined when none does
 */
export function firstFitting(
  bytes: Bytes,
  search: (coding: Coding) => Run[],
  likes: readonly string[],
  known: readonly Coding[],
): Coding | undefined {
  const tried = new Set<string>();
  let best: { readonly coding: Coding; readonly part: number } | undefined;
  for (const coding of candidates(likes, known)) {
    if (!coding || tried.has(codingId(coding)) || tried.size >= MOST_TRIED) continue;
    tried.add(codingId(coding));
    const part = decodes(bytes, search(coding), coding);
    if (part >= GOOD) return coding;
    if (part >= LEAST && part > (best?.part ?? 0)) best = { coding, part };
  }
  return best?.coding;
}

function* candidates(likes: readonly string[], known: readonly Coding[]): Generator<Coding | undefined> {
  for (const path of likes) yield codingOf(path);
  yield* known;
}

function codingOf(path: string): Coding | undefined {
  try {
    using bytes = new FileBytes(path);
    return readSampleTable(bytes, basename(path))?.coding;
  } catch (error) {
    // It has gone or may not be read: then it is no help.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/** Part of the pictures that decode without a fault, at the best of a few places. */
function decodes(bytes: Bytes, runs: readonly Run[], coding: Coding): number {
  let best = 0;
  for (const group of groups(runs).slice(0, PLACES)) {
    try {
      using judge = new PictureJudge(coding);
      const whole = group.filter((picture) => judge.judge(sampleOf(bytes, picture.pieces)).whole).length;
      best = Math.max(best, whole / group.length);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      return 0;
    }
    if (best >= GOOD) break;
  }
  return best;
}

/** Rows of pictures that begin with one that stands for itself. */
function groups(runs: readonly Run[]): (readonly Picture[])[] {
  return runs
    .flatMap(({ pictures }) => {
      const keys = pictures.flatMap((picture, index) => (picture.key ? [index] : []));
      return [0, keys.length >> 1].flatMap((one) => {
        const key = keys[one];
        return key === undefined ? [] : [pictures.slice(key, key + TRIAL).filter((picture) => !picture.doubt)];
      });
    })
    .filter((group) => group.length > 0)
    .sort((a, b) => b.length - a.length);
}
