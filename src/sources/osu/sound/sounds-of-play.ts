/** Which sounds a play of each game makes. Pure. */
import type { Play } from '../judge/play.ts';
import type { Timeline } from '../judge/timeline.ts';
import type { Beatmap } from '../read/beatmap.ts';
import { type PlaySounds, soundsOf } from './hit-sounds.ts';

export interface SoundedPlay {
  readonly map: Beatmap;
  readonly play: Play;
  readonly timeline: Timeline;
  readonly mods: number;
}

export function soundsOfPlay({ map, play, timeline, mods }: SoundedPlay): PlaySounds {
  switch (play.game) {
    case 'standard':
      return soundsOf({ map, objects: play.objects, timeline, mods });
  }
}
