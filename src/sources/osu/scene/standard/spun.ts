/** How far a spinner has been turned: by the cursor, while a key is held. */
import type { CursorPath } from '../cursor-path.ts';

const CENTRE = { x: 256, y: 192 };
/** Of the cursor's own steps. */
const STEP_MS = 8;

/** @returns radians, clockwise */
export function spunBy(cursor: CursorPath, from: number, to: number): number {
  let turned = 0;
  let last: number | undefined;
  for (let time = from; time <= to; time += STEP_MS) {
    if ((cursor.keysAt(time) & 15) === 0) {
      last = undefined;
      continue;
    }
    const { x, y } = cursor.at(time);
    const angle = Math.atan2(y - CENTRE.y, x - CENTRE.x);
    if (last !== undefined) {
      const step = angle - last;
      turned += step > Math.PI ? step - 2 * Math.PI : step < -Math.PI ? step + 2 * Math.PI : step;
    }
    last = angle;
  }
  return turned;
}
