/** The telemetry of a clip as columns, which are a tenth of the size of objects and quickly read. */
import type { Autopilot, Gear } from '../../../media/bitstream/tesla-sei.ts';
import type { RandomReader } from '../../../media/mp4/random-reader.ts';
import { readTelemetry } from '../telemetry/read-telemetry.ts';
import type { TelemetryColumns } from './messages.ts';

export const GEARS: readonly Gear[] = ['park', 'drive', 'reverse', 'neutral'];
export const AUTOPILOTS: readonly Autopilot[] = ['none', 'self-driving', 'autosteer', 'cruise'];

/** Pictures whose time is not known are left out. Never fails on what the clip holds. */
export async function telemetryColumns(reader: RandomReader): Promise<TelemetryColumns> {
  const { pictures } = await readTelemetry(reader);
  const timed = pictures.flatMap(({ time, telemetry }) => (time === null ? [] : [{ time, ...telemetry }]));
  const round = (digits: number, value: number): number =>
    Number.isFinite(value) ? Math.round(value * 10 ** digits) / 10 ** digits : 0;
  return {
    at: timed.map(({ time }) => Math.round(time * 1000)),
    speed: timed.map(({ speed }) => round(3, speed)),
    accelerator: timed.map(({ accelerator }) => round(4, accelerator)),
    steering: timed.map(({ steering }) => round(2, steering)),
    flags: timed.map(
      ({ brake, blinkerLeft, blinkerRight }) => (brake ? 1 : 0) | (blinkerLeft ? 2 : 0) | (blinkerRight ? 4 : 0),
    ),
    gear: timed.map(({ gear }) => (gear ? GEARS.indexOf(gear) : -1)),
    autopilot: timed.map(({ autopilot }) => (autopilot ? AUTOPILOTS.indexOf(autopilot) : -1)),
    latitude: timed.map(({ latitude }) => round(7, latitude)),
    longitude: timed.map(({ longitude }) => round(7, longitude)),
    heading: timed.map(({ heading }) => round(2, heading)),
    accelerationX: timed.map(({ acceleration }) => round(3, acceleration[0])),
    accelerationY: timed.map(({ acceleration }) => round(3, acceleration[1])),
  };
}
