/** What a play of osu!catch sounds like: each fruit that is caught, with the sounds of its object; droplets tick. Pure. */
import type { CatchObject, CatchPlay } from '../judge/catch-play.ts';
import type { Timeline } from '../judge/timeline.ts';
import { Timing } from '../judge/timing.ts';
import type { Beatmap, TimingPoint } from '../read/beatmap.ts';
import {
  edge,
  type HitSound,
  LENIENCY,
  LONG_COMBO,
  nightcoreBeats,
  type PlaySounds,
  struck,
  ticked,
} from './hit-sounds.ts';

/** Bananas are many, and are heard one by one. */
const BANANA_VOLUME = 0.5;
const PAN = 0.4;

export interface CatchSoundsOf {
  readonly map: Beatmap;
  readonly play: CatchPlay;
  readonly timeline: Timeline;
  readonly nightcore: boolean;
}

export function catchSounds({ map, play, timeline, nightcore }: CatchSoundsOf): PlaySounds {
  const timing = new Timing(map.timing);
  const pointAt = (time: number): TimingPoint | undefined => timing.at(time + LENIENCY);
  const heard = (object: CatchObject): HitSound[] => {
    const source = map.objects[object.source];
    const { kind, time } = object;
    const pan = ((object.x - 256) / 256) * PAN;
    if (!source || kind === 'tiny') return [];
    if (kind === 'banana') return [{ time, sample: { name: 'spinnerbonus', index: 0 }, volume: BANANA_VOLUME, pan }];
    if (source.kind !== 'slider')
      return struck(time, source.sound, source.sample, source.sample, pointAt(time), map.sampleSet, pan);
    if (kind === 'droplet') return [ticked(time, source.sample, pointAt(time), map.sampleSet, pan)];
    return edge(source, object.node, time, time, pan, pointAt, map.sampleSet);
  };
  const hits: HitSound[] = [];
  let combo = 0;
  for (const { kind, value, time, combo: after, object } of timeline.events) {
    if (after === 0 && combo >= LONG_COMBO)
      hits.push({ time, sample: { name: 'combobreak', index: 0 }, volume: 0.8, pan: 0 });
    combo = after;
    const fallen = play.objects[object];
    if (fallen && value > 0 && kind !== 'tick') hits.push(...heard(fallen));
  }
  if (nightcore)
    hits.push(
      ...nightcoreBeats(
        map,
        play.objects.map(({ time }) => ({ endTime: time })),
      ),
    );
  return { hits: hits.toSorted((a, b) => a.time - b.time), loops: [] };
}
