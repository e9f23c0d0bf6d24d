/** One line of `[HitObjects]`. */
import type { EdgeSound, MapObject, ObjectSample, PathType, SampleSet, SliderObject } from './beatmap.ts';
import { decimal, type MapLine } from './map-line.ts';

const CIRCLE = 1;
const SLIDER = 2;
const NEW_COMBO = 4;
const SPINNER = 8;
const HOLD = 128;

/** Places beyond are none that the game would draw. */
const FARTHEST = 131_072;
/** A day. */
export const LAST_TIME = 86_400_000;
/** What the game itself refuses beyond. */
const MOST_SPANS = 9000;
const MOST_LENGTH = 1_000_000;
const MOST_POINTS = 10_000;

const PLAIN: ObjectSample = { normalSet: 0, additionSet: 0, index: 0, volume: 0, file: '' };
const NO_EDGES: readonly EdgeSound[] = [];

/**

 * @throws InputError with the line
 */
export function readObject(line: MapLine): MapObject {
  const fields = line.text.split(',');
  // Stable cuts places to whole pixels.
  const x = Math.trunc(line.value(fields[0], 'x', FARTHEST));
  const y = Math.trunc(line.value(fields[1], 'y', FARTHEST));
  const time = Math.trunc(line.value(fields[2], 'the time', LAST_TIME));
  const type = Math.trunc(line.value(fields[3], 'the type', 0xffff));
  const sound = Math.trunc(decimal(fields[4]) ?? 0) & 0xff;
  const common = { time, x, y, newCombo: (type & NEW_COMBO) !== 0, comboSkip: (type >> 4) & 7, sound };
  if ((type & CIRCLE) !== 0) return { kind: 'circle', ...common, sample: sampleOf(fields[5]) };
  if ((type & SLIDER) !== 0) return { ...common, ...readSlider(line, fields, x, y) };
  if ((type & SPINNER) !== 0) {
    const endTime = Math.trunc(line.value(fields[5], 'the end', LAST_TIME));
    return { kind: 'spinner', ...common, endTime: Math.max(time, endTime), sample: sampleOf(fields[6]) };
  }
  if ((type & HOLD) !== 0) {
    const [end = '', ...sample] = (fields[5] ?? '').split(':');
    const endTime = end === '' ? time : Math.trunc(line.value(end, 'the end', LAST_TIME));
    return { kind: 'hold', ...common, endTime: Math.max(time, endTime), sample: sampleOf(sample.join(':')) };
  }
  return line.fail(`is no circle, slider, spinner or long note: its type is ${type}`);
}

type SliderPart = Pick<SliderObject, 'kind' | 'pathType' | 'points' | 'spans' | 'length' | 'edges' | 'sample'>;

function readSlider(line: MapLine, fields: readonly string[], x: number, y: number): SliderPart {
  const words = (fields[5] ?? '').split('|');
  const points: number[] = [x, y];
  let pathType: PathType = 'C';
  for (const word of words) {
    if (word.length === 0) continue;
    const colon = word.indexOf(':');
    if (colon < 0) {
      // The first letter counts; `B3` is a spline of osu!(lazer), drawn as a Bézier.
      const letter = word[0];
      if (points.length === 2 && (letter === 'L' || letter === 'P' || letter === 'B' || letter === 'C'))
        pathType = letter;
      continue;
    }
    if (points.length >= MOST_POINTS * 2) line.fail(`a slider of more than ${MOST_POINTS} points`);
    points.push(
      Math.trunc(line.value(word.slice(0, colon), 'x of a point', FARTHEST)),
      Math.trunc(line.value(word.slice(colon + 1), 'y of a point', FARTHEST)),
    );
  }
  const spans = Math.trunc(line.value(fields[6], 'the repeats', 1e9));
  if (spans > MOST_SPANS) line.fail(`a slider of ${spans} ways; ${MOST_SPANS} are the most`);
  const length = fields[7] === undefined ? 0 : line.value(fields[7], 'the length', MOST_LENGTH);
  return {
    kind: 'slider',
    pathType,
    points: Float64Array.from(points),
    spans: Math.max(1, spans),
    length: Math.max(0, length),
    edges: edgesOf(fields[8], fields[9]),
    sample: sampleOf(fields[10]),
  };
}

function edgesOf(sounds: string | undefined, sets: string | undefined): readonly EdgeSound[] {
  if (!sounds) return NO_EDGES;
  const pairs = sets?.split('|') ?? [];
  return sounds.split('|', MOST_SPANS + 1).map((word, i) => {
    const [normal, addition] = (pairs[i] ?? '').split(':');
    return { sound: wholeOf(word) & 0xff, normalSet: sampleSetOf(normal), additionSet: sampleSetOf(addition) };
  });
}

function sampleOf(text: string | undefined): ObjectSample {
  if (!text || text === '0:0:0:0:') return PLAIN;
  const [normal, addition, index, volume, ...file] = text.split(':');
  return {
    normalSet: sampleSetOf(normal),
    additionSet: sampleSetOf(addition),
    index: Math.max(0, wholeOf(index)),
    volume: Math.max(0, Math.min(100, wholeOf(volume))),
    file: file.join(':').trim(),
  };
}

const wholeOf = (word: string | undefined): number => Math.trunc(decimal(word) ?? 0);

export function sampleSetOf(word: string | undefined): SampleSet {
  const value = wholeOf(word);
  return value === 1 || value === 2 || value === 3 ? value : 0;
}
