/** Which sounds a play of each game makes. Pure. */
import type { Play } from '../judge/play.ts';
import type { Timeline } from '../judge/timeline.ts';
import type { Beatmap } from '../read/beatmap.ts';
import { MOD, type Replay } from '../read/replay.ts';
import { catchSounds } from './catch-sounds.ts';
import { type PlaySounds, soundsOf } from './hit-sounds.ts';
import { taikoSounds } from './taiko-sounds.ts';

export interface SoundedPlay {
  readonly map: Beatmap;
  readonly play: Play;
  readonly timeline: Timeline;
  readonly replay: Pick<Replay, 'frames' | 'header'>;
}

export function soundsOfPlay({ map, play, timeline, replay }: SoundedPlay): PlaySounds {
  const { mods } = replay.header;
  switch (play.game) {
    case 'standard':
    case 'mania':
      return soundsOf({ map, objects: play.objects, timeline, mods });
    case 'catch':
      return catchSounds({ map, play, timeline, nightcore: (mods & MOD.NC) !== 0 });
    case 'taiko':
      return taikoSounds({ map, play, timeline, frames: replay.frames, nightcore: (mods & MOD.NC) !== 0 });
  }
}
