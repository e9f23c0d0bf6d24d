/** Which sound is heard when: the game's rules for hits, slides and spins. Pure. */
import type { ManiaNote } from '../judge/mania-play.ts';
import type { PlayObject, PlaySlider } from '../judge/play-object.ts';
import type { Timeline } from '../judge/timeline.ts';
import { Timing } from '../judge/timing.ts';
import type { Beatmap, MapObject, ObjectSample, SampleSet, TimingPoint } from '../read/beatmap.ts';

export type SetName = 'normal' | 'soft' | 'drum';

/** A sound file as the game names it. */
export interface SampleName {
  /** `soft-hitwhistle`, `combobreak` … without custom index and ending. */
  readonly name: string;
  /** Custom index: 0 is that of the skin, 1 the map's own without a number, 2 and more with it. */
  readonly index: number;
  /** A file of the map that is played instead. */
  readonly file?: string;
}

export interface HitSound {
  /** Ms of the map. */
  readonly time: number;
  readonly sample: SampleName;
  /** 0 to 1. */
  readonly volume: number;
  /** -1 left to 1 right. */
  readonly pan: number;
  /** What storyboards react to: of the first sound of a hit. */
  readonly struck?: Struck;
}

export interface Struck {
  /** Of the hit and of its additions: 1 normal, 2 soft, 3 drum. */
  readonly set: number;
  readonly additionSet: number;
  /** Bits: 2 whistle, 4 finish, 8 clap. */
  readonly sound: number;
  /** Custom index. */
  readonly index: number;
}

export interface LoopSound extends HitSound {
  readonly until: number;
  /** Of the sound's own pitch, every 20 ms of the map from its beginning; absent: its own. */
  readonly pitches?: readonly number[];
}

/** Index of what a map may have in its folder under its plain name. */
export const OF_MAP = 1;

export interface PlaySounds {
  /** In the order of time. */
  readonly hits: readonly HitSound[];
  readonly loops: readonly LoopSound[];
}

const SETS: readonly SetName[] = ['normal', 'normal', 'soft', 'drum'];
const WHISTLE = 2;
const FINISH = 4;
const CLAP = 8;
const ADDITIONS = [
  [WHISTLE, 'hitwhistle'],
  [FINISH, 'hitfinish'],
  [CLAP, 'hitclap'],
] as const;
/** Hits on the left of the field are heard a little more on the left. */
const PAN = 0.4;
/** Sounds are taken from the timing point that begins up to this much later. */
export const LENIENCY = 5;
/** A combo that is at least so long is heard breaking. */
export const LONG_COMBO = 20;

type Sounded = PlayObject | ManiaNote;

export interface SoundsOf {
  readonly map: Beatmap;
  readonly objects: readonly Sounded[];
  readonly timeline: Timeline;
  readonly nightcore: boolean;
}

export function soundsOf({ map, objects, timeline, nightcore }: SoundsOf): PlaySounds {
  const hits: HitSound[] = [];
  const loops: LoopSound[] = [];
  const timing = new Timing(map.timing);
  const pointAt = (time: number): TimingPoint | undefined => timing.at(time + LENIENCY);
  const heads = new Map<number, number>();
  let combo = 0;
  const checks = new Map<number, number>();
  for (const event of timeline.events) {
    const source = map.objects[event.object];
    const object = objects[event.object];
    if (source && object) {
      if (event.combo === 0 && combo >= LONG_COMBO)
        hits.push({ time: event.time, sample: { name: 'combobreak', index: OF_MAP }, volume: 0.8, pan: 0 });
      if (event.kind === 'head' && event.value > 0) heads.set(event.object, event.time);
      hits.push(...heard(event, source, object, checks, pointAt, map.sampleSet));
    }
    combo = event.combo;
  }
  for (const [index, object] of objects.entries()) {
    const source = map.objects[index];
    if (!source) continue;
    if (object.kind === 'slider') loops.push(...slides(source, object, heads.get(index), pointAt, map.sampleSet));
  }
  if (nightcore) hits.push(...nightcoreBeats(map, objects));
  return { hits: hits.toSorted((a, b) => a.time - b.time), loops: loops.toSorted((a, b) => a.time - b.time) };
}

type Points = (time: number) => TimingPoint | undefined;

function heard(
  event: Timeline['events'][number],
  source: MapObject,
  object: Sounded,
  checks: Map<number, number>,
  pointAt: Points,
  mapSet: SampleSet,
): HitSound[] {
  const { kind, time, value } = event;
  const pan = ((object.x - 256) / 256) * PAN;
  if (kind === 'bonus')
    return [
      { time, sample: { name: 'spinnerbonus', index: OF_MAP }, volume: volumeOf(source.sample, pointAt(time)), pan: 0 },
    ];
  if (kind === 'result') {
    // Long notes of mania are heard when they are pressed.
    if (value === 0 || source.kind === 'slider' || object.kind === 'hold') return [];
    const at = source.kind === 'spinner' ? object.endTime : time;
    const point = pointAt(object.endTime);
    return struck(at, source.sound, source.sample, source.sample, point, mapSet, source.kind === 'spinner' ? 0 : pan);
  }
  if (object.kind === 'hold' && kind === 'head' && value > 0)
    return struck(time, source.sound, source.sample, source.sample, pointAt(object.time), mapSet, pan);
  if (source.kind !== 'slider' || object.kind !== 'slider') return [];
  if (kind === 'head') return value > 0 ? edge(source, 0, time, object.time, pan, pointAt, mapSet) : [];
  const check = checks.get(event.object) ?? 0;
  checks.set(event.object, check + 1);
  if (value === 0) return [];
  if (kind === 'tick') return [ticked(time, source.sample, pointAt(time), mapSet, pan)];
  // Ends and turns are heard where they are, not where they were checked.
  const span = kind === 'end' ? object.spans : turnsBefore(object, check) + 1;
  const at = kind === 'end' ? object.endTime : time;
  return edge(source, span, at, at, pan, pointAt, mapSet);
}

function turnsBefore({ checkKinds }: PlaySlider, check: number): number {
  let turns = 0;
  for (let index = 0; index < check; index++) if (checkKinds[index] === 1) turns++;
  return turns;
}

/** The tick of a slider. */
export function ticked(
  time: number,
  sample: ObjectSample,
  point: TimingPoint | undefined,
  mapSet: SampleSet,
  pan: number,
): HitSound {
  const name = `${setOf(sample.normalSet, point, mapSet)}-slidertick`;
  return { time, sample: { name, index: indexOf(sample, point) }, volume: volumeOf(sample, point), pan };
}

export function edge(
  source: Extract<MapObject, { kind: 'slider' }>,
  span: number,
  heardAt: number,
  at: number,
  pan: number,
  pointAt: Points,
  mapSet: SampleSet,
): HitSound[] {
  const own = source.edges[span];
  const sets = {
    normalSet: own?.normalSet || source.sample.normalSet,
    additionSet: own?.additionSet || source.sample.additionSet,
  };
  return struck(heardAt, own?.sound ?? source.sound, sets, { ...source.sample, file: '' }, pointAt(at), mapSet, pan);
}

export function struck(
  time: number,
  sound: number,
  { normalSet, additionSet }: { normalSet: SampleSet; additionSet: SampleSet },
  sample: ObjectSample,
  point: TimingPoint | undefined,
  mapSet: SampleSet,
  pan: number,
): HitSound[] {
  const volume = volumeOf(sample, point);
  const index = indexOf(sample, point);
  const normal = setOf(normalSet, point, mapSet);
  const addition = additionSet === 0 ? normal : (SETS[additionSet] ?? normal);
  const file = sample.file === '' ? {} : { file: sample.file };
  const hits: HitSound[] = [
    {
      time,
      sample: { name: `${normal}-hitnormal`, index, ...file },
      volume: volume * 0.8,
      pan,
      struck: { set: SETS.lastIndexOf(normal), additionSet: SETS.lastIndexOf(addition), sound, index },
    },
  ];
  for (const [bit, name] of ADDITIONS)
    if ((sound & bit) !== 0)
      hits.push({ time, sample: { name: `${addition}-${name}`, index }, volume: volume * 0.85, pan });
  return hits;
}

function slides(
  source: MapObject,
  { time, endTime, x }: PlaySlider,
  head: number | undefined,
  pointAt: Points,
  mapSet: SampleSet,
): LoopSound[] {
  if (head === undefined) return [];
  const point = pointAt(time);
  const common = {
    time: Math.max(time, head),
    until: endTime,
    volume: volumeOf(source.sample, point) * 0.7,
    pan: ((x - 256) / 256) * PAN,
  };
  const index = indexOf(source.sample, point);
  const normal = setOf(source.sample.normalSet, point, mapSet);
  const slide: LoopSound = { ...common, sample: { name: `${normal}-sliderslide`, index } };
  if ((source.sound & WHISTLE) === 0) return [slide];
  const addition = source.sample.additionSet === 0 ? normal : (SETS[source.sample.additionSet] ?? normal);
  return [slide, { ...common, sample: { name: `${addition}-sliderwhistle`, index } }];
}

export const setOf = (set: SampleSet, point: TimingPoint | undefined, mapSet: SampleSet): SetName =>
  SETS[set || point?.sampleSet || mapSet || 1] ?? 'normal';

const indexOf = (sample: ObjectSample, point: TimingPoint | undefined): number =>
  sample.index || (point?.sampleIndex ?? 0);

/** Never quite silent, as in the game. */
const volumeOf = (sample: ObjectSample, point: TimingPoint | undefined): number =>
  Math.max(0.08, Math.min(1, (sample.volume || (point?.volume ?? 100)) / 100));

/** Halves of beats from one kick to the next, by the beats of a bar: in other measures there are no drums. */
const KICKS: ReadonlyMap<number, number> = new Map([
  [3, 6],
  [4, 4],
]);
/** A cymbal begins as many bars. */
const CYMBAL_BARS = 4;

/** Nightcore's drums, as ppy/osu has them (`NightcoreBeatContainer`): a kick, a clap in the middle, hats between, a cymbal every four bars. */
export function nightcoreBeats(map: Beatmap, objects: readonly { readonly endTime: number }[]): HitSound[] {
  const tempos = map.timing.filter(({ uninherited, beatLength }) => uninherited && beatLength > 30);
  const end = objects.reduce((latest, { endTime }) => Math.max(latest, endTime), 0);
  const hits: HitSound[] = [];
  for (const [index, { time, beatLength, meter }] of tempos.entries()) {
    const until = Math.min(end, tempos[index + 1]?.time ?? end);
    const kicks = KICKS.get(meter);
    if (kicks === undefined) continue;
    for (let half = 0; time + (half * beatLength) / 2 < until && hits.length < 100_000; half++) {
      const at = time + (half * beatLength) / 2;
      const beat = (name: string): HitSound => ({
        time: at,
        sample: { name: `nightcore-${name}`, index: 0 },
        volume: 0.7,
        pan: 0,
      });
      if (half % (2 * meter * CYMBAL_BARS) === 0) hits.push(beat('finish'));
      const place = half % kicks;
      hits.push(beat(place === 0 ? 'kick' : place * 2 === kicks ? 'clap' : 'hat'));
    }
  }
  return hits;
}

/** For skins that want additions alone: without the plain sound of a hit that has some. */
export const withoutLayers = (hits: readonly HitSound[]): HitSound[] =>
  hits.filter(({ struck }) => struck === undefined || (struck.sound & (WHISTLE | FINISH | CLAP)) === 0);
