/** The judge of osu!catch as the stable game plays it: each thing that falls is caught where the catcher stands at its time. */
import type { Beatmap } from '../read/beatmap.ts';
import type { ReplayFrames } from '../read/replay.ts';
import { type CatchPlay, FIELD_WIDTH } from './catch-play.ts';
import { CatchTally } from './catch-tally.ts';
import type { Timeline } from './timeline.ts';

/** What falls after the last frame is not judged. */
export function judgeCatch(map: Beatmap, play: CatchPlay, frames: ReplayFrames): Timeline {
  const tally = new CatchTally(map, play);
  const { count, time, x } = frames;
  const last = time[count - 1] ?? Number.NEGATIVE_INFINITY;
  let frame = 0;
  for (const object of play.objects) {
    if (object.time > last) break;
    while (frame + 1 < count && (time[frame + 1] ?? 0) <= object.time) frame++;
    // The game moves the catcher on between the frames that it writes.
    const [from, to] = [time[frame] ?? 0, time[frame + 1] ?? 0];
    const part = frame + 1 < count && to > from ? Math.max(0, (object.time - from) / (to - from)) : 0;
    const at = (x[frame] ?? 0) + ((x[frame + 1] ?? 0) - (x[frame] ?? 0)) * part;
    const place = Math.max(0, Math.min(FIELD_WIDTH, at));
    if (Math.abs(object.x - place) <= play.halfPlate) tally.caught(object);
    else tally.missed(object);
  }
  return tally.timeline();
}
