/** Which sounds a play of each game makes. Pure. */

import type { Play } from '../judge/play.ts';
import type { Timeline } from '../judge/timeline.ts';
import type { Beatmap } from '../read/beatmap.ts';
import { paceOf } from '../read/pace.ts';
import type { Replay } from '../read/replay.ts';
import { CursorPath } from '../scene/cursor-path.ts';
import { catchSounds } from './catch-sounds.ts';
import { type PlaySounds, soundsOf } from './hit-sounds.ts';
import { spinnerSounds } from './spinner-sounds.ts';
import { taikoSounds } from './taiko-sounds.ts';

export interface SoundedPlay {
  readonly map: Beatmap;
  readonly play: Play;
  readonly timeline: Timeline;
  readonly replay: Pick<Replay, 'frames' | 'header' | 'lazerMods'>;
}

export function soundsOfPlay({ map, play, timeline, replay }: SoundedPlay): PlaySounds {
  const { nightcore } = paceOf(replay);
  switch (play.game) {
    case 'standard': {
      const { hits, loops } = soundsOf({ map, objects: play.objects, timeline, nightcore });
      return { hits, loops: [...loops, ...spinnerSounds(play.objects, new CursorPath(replay.frames))] };
    }
    case 'mania':
      return soundsOf({ map: play.map, objects: play.objects, timeline, nightcore });
    case 'catch':
      return catchSounds({ map, play, timeline, nightcore });
    case 'taiko':
      return taikoSounds({ map, play, timeline, frames: replay.frames, nightcore });
  }
}
