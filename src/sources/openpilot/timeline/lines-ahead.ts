/**
 * Where the lines of the lane are ahead of the car, from where they were beside it when it came there. A qlog tells only how far left and right they are
 * beside the car, half a second apart; the car drives about where its path says, so what later models say beside them is what lies ahead now. Pure.
 */
import type { DrivingModel } from '../log/model-events.ts';
import { lastAtMost, mix } from './series.ts';

/** Frames a second. */
const FPS = 20;
/** Beyond, path and drive are too far apart. */
const MOST_SECONDS = 2;
/** Models farther apart than this are not joined; frames. */
const MOST_APART = 60;
/** Metres: a line that jumps farther from one model to the next is another line. */
const JUMP = 0.6;

export type LaneSide = 'leftY' | 'rightY';

/**
 * How far to the side a line is (metres) beside where the car will be after each of `seconds`, which rise. Where later models are missing or mean
 * another line, the last that is known stays.
 * @param driving sorted by frame
 * @param now at the frame itself
 */
export function offsetsAhead(
  driving: readonly DrivingModel[],
  frameId: number,
  side: LaneSide,
  now: number,
  seconds: Float32Array,
): Float32Array {
  const end = knownUntil(driving, frameId, side, now);
  let last = now;
  return seconds.map((ahead) => {
    const at = frameId + Math.min(ahead, MOST_SECONDS) * FPS;
    if (at <= end) last = valueAt(driving, at, side) ?? last;
    return last;
  });
}

/** Frame until which the models go on to mean the same line. */
function knownUntil(driving: readonly DrivingModel[], frameId: number, side: LaneSide, now: number): number {
  let end = frameId;
  let value = now;
  for (let index = lastAtMost(driving, frameId, ({ frameId: id }) => id) + 1; index < driving.length; index++) {
    const model = driving[index];
    if (!model || model.frameId - end > MOST_APART || !(Math.abs(model[side] - value) <= JUMP)) break;
    end = model.frameId;
    value = model[side];
    if (end - frameId > MOST_SECONDS * FPS) break;
  }
  return end;
}

function valueAt(driving: readonly DrivingModel[], frame: number, side: LaneSide): number | null {
  const index = lastAtMost(driving, frame, ({ frameId }) => frameId);
  const before = driving[index];
  const after = driving[index + 1];
  if (!before) return null;
  // Exactly at a model, the next one, which may mean another line, has no say.
  if (!after || frame <= before.frameId) return before[side];
  return mix(before[side], after[side], Math.min(1, (frame - before.frameId) / (after.frameId - before.frameId)));
}
