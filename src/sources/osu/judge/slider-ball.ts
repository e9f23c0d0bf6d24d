/** Where the ball of a slider is. */
import type { PlaySlider } from './play-object.ts';

/** Holds the last answer, so that asking every frame makes no garbage. */
export class BallPlace {
  x = 0;
  y = 0;

  /** @param time between start and end of the slider, ms */
  find(slider: PlaySlider, time: number): void {
    const { path, length, spans, speed, shift } = slider;
    const { points, lengths } = path;
    // As far as the ball can have begun a segment.
    const reach = (Math.floor(time) + 1 - slider.time) * speed;
    const span = length > 0 ? Math.max(0, Math.min(spans - 1, Math.ceil(reach / length) - 1)) : 0;
    const back = span % 2 === 1;
    const along = back ? length - (reach - span * length) : reach - span * length;
    let low = 1;
    let high = lengths.length - 1;
    if (high < 1) {
      this.x = (points[0] ?? 0) + shift;
      this.y = (points[1] ?? 0) + shift;
      return;
    }
    while (low < high) {
      const middle = (low + high) >> 1;
      if (back ? (lengths[middle] ?? 0) <= along : (lengths[middle] ?? 0) < along) low = middle + 1;
      else high = middle;
    }
    const from = back ? low : low - 1;
    const to = back ? low - 1 : low;
    const fromLength = lengths[from] ?? 0;
    const toLength = lengths[to] ?? 0;
    const begun = Math.trunc(slider.time + (span * length + (back ? length - fromLength : fromLength)) / speed);
    const done = Math.trunc(slider.time + (span * length + (back ? length - toLength : toLength)) / speed);
    const part = done > begun ? Math.max(0, Math.min(1, (time - begun) / (done - begun))) : 1;
    const x = points[2 * from] ?? 0;
    const y = points[2 * from + 1] ?? 0;
    this.x = x + ((points[2 * to] ?? 0) - x) * part + shift;
    this.y = y + ((points[2 * to + 1] ?? 0) - y) * part + shift;
  }
}
