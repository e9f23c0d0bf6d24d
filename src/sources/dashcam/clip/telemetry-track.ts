/** What the car said, on the wall clock. Pure. */
import type { CarTelemetry } from '../../../media/bitstream/tesla-sei.ts';

export interface TimedTelemetry {
  /** UTC ms of the picture that it belongs to. */
  readonly utc: number;
  readonly telemetry: CarTelemetry;
}

/** Some pictures have none: what the car said last holds for so long, ms. */
const HOLDS = 500;

export class TelemetryTrack {
  /** Whether the accelerator goes to 100; firmware differs. */
  readonly percent: boolean;
  readonly #points: readonly TimedTelemetry[];
  readonly #slack: number;

  /** @param slack as of `CameraTrack` */
  constructor(points: readonly TimedTelemetry[], slack: number) {
    this.#points = [...points].sort((one, other) => one.utc - other.utc);
    this.#slack = slack;
    this.percent = points.some(({ telemetry }) => telemetry.accelerator > 1.5);
  }

  get length(): number {
    return this.#points.length;
  }

  at(utc: number): CarTelemetry | undefined {
    const moment = utc + this.#slack;
    let low = 0;
    let high = this.#points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#points[middle]?.utc ?? 0) <= moment + 1e-4) low = middle + 1;
      else high = middle;
    }
    const found = this.#points[low - 1];
    return found && moment - found.utc <= HOLDS ? found.telemetry : undefined;
  }
}
