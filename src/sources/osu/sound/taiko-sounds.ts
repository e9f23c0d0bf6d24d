/** What a play of osu!taiko sounds like: the drum at every stroke, whether it hits or not. Pure. */
import type { TaikoPlay } from '../judge/taiko-play.ts';
import type { Timeline } from '../judge/timeline.ts';
import { Timing } from '../judge/timing.ts';
import type { Beatmap } from '../read/beatmap.ts';
import type { ReplayFrames } from '../read/replay.ts';
import { type HitSound, LENIENCY, LONG_COMBO, nightcoreBeats, type PlaySounds, setOf } from './hit-sounds.ts';

/** Bits of a frame's keys. */
const DONS = 1 | 4;
const KATS = 2 | 8;
/** Never quite silent, as in the game. */
const QUIETEST = 0.08;

export interface TaikoSoundsOf {
  readonly map: Beatmap;
  readonly play: TaikoPlay;
  readonly timeline: Timeline;
  readonly frames: ReplayFrames;
  readonly nightcore: boolean;
}

export function taikoSounds({ map, play, timeline, frames, nightcore }: TaikoSoundsOf): PlaySounds {
  const timing = new Timing(map.timing);
  const struck = (time: number, name: string): HitSound => {
    const point = timing.at(time + LENIENCY);
    return {
      time,
      sample: { name: `taiko-${setOf(0, point, map.sampleSet)}-${name}`, index: point?.sampleIndex ?? 0 },
      volume: Math.max(QUIETEST, Math.min(1, (point?.volume ?? 100) / 100)) * 0.8,
      pan: 0,
    };
  };
  const hits: HitSound[] = [];
  let before = 0;
  for (let index = 0; index < frames.count; index++) {
    const keys = frames.keys[index] ?? 0;
    const pressed = keys & ~before;
    before = keys;
    const time = frames.time[index] ?? 0;
    if ((pressed & DONS) !== 0) hits.push(struck(time, 'hitnormal'));
    if ((pressed & KATS) !== 0) hits.push(struck(time, 'hitclap'));
  }
  let combo = 0;
  for (const event of timeline.events) {
    const object = play.objects[event.object];
    if (event.combo === 0 && combo >= LONG_COMBO)
      hits.push({ time: event.time, sample: { name: 'combobreak', index: 0 }, volume: 0.8, pan: 0 });
    combo = event.combo;
    if (event.kind === 'result' && event.value > 0 && object?.kind === 'note' && object.large)
      hits.push(struck(event.time, object.rim ? 'hitwhistle' : 'hitfinish'));
  }
  if (nightcore) hits.push(...nightcoreBeats(map, play.objects));
  return { hits: hits.toSorted((a, b) => a.time - b.time), loops: [] };
}
