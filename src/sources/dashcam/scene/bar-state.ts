/**
 * What the telemetry bar shows of a picture, rounded to what can be seen: equal states are equal pixels. Pure.
 */
import type { CarTelemetry } from '../../../media/bitstream/tesla-sei.ts';

export type Units = 'metric' | 'imperial';

export interface BarState {
  /** Whole number; `–` where the car said nothing. */
  readonly speed: string;
  readonly unit: string;
  readonly gear: 'P' | 'R' | 'N' | 'D' | undefined;
  /** Whole degrees, clockwise (to the right); undefined: not known. */
  readonly steering: number | undefined;
  /** How far it is pressed, 0 to 20 twentieths. */
  readonly accelerator: number;
  readonly brake: boolean;
  readonly left: boolean;
  readonly right: boolean;
  readonly autopilot: 'Self-driving' | 'Autosteer' | 'Cruise control' | 'Manual' | undefined;
}

const GEARS = { park: 'P', reverse: 'R', neutral: 'N', drive: 'D' } as const;
const AUTOPILOT = {
  none: 'Manual',
  'self-driving': 'Self-driving',
  autosteer: 'Autosteer',
  cruise: 'Cruise control',
} as const;
/** Of a metre per second. */
const KMH = 3.6;
const MPH = 3600 / 1609.344;
/** More than two turns to either side is no angle of a steering wheel. */
const MOST_STEERING = 1080;
const FASTEST = 999;

/** @param percent whether the accelerator goes to 100 instead of 1 */
export function barState(car: CarTelemetry | undefined, units: Units, percent: boolean): BarState {
  const unit = units === 'imperial' ? 'mph' : 'km/h';
  if (!car) return { ...NOTHING, unit };
  const speed = Math.round(Math.abs(car.speed) * (units === 'imperial' ? MPH : KMH));
  const pressed = car.accelerator / (percent ? 100 : 1);
  return {
    // A number that no car reaches is none.
    speed: Number.isFinite(speed) && speed <= FASTEST ? String(speed) : '–',
    unit,
    gear: car.gear && GEARS[car.gear],
    steering: Math.abs(car.steering) <= MOST_STEERING ? Math.round(car.steering) + 0 : undefined,
    accelerator: Math.round(Math.max(0, Math.min(1, Number.isFinite(pressed) ? pressed : 0)) * 20),
    brake: car.brake,
    left: car.blinkerLeft,
    right: car.blinkerRight,
    autopilot: car.autopilot && AUTOPILOT[car.autopilot],
  };
}

const NOTHING: Omit<BarState, 'unit'> = {
  speed: '–',
  gear: undefined,
  steering: undefined,
  accelerator: 0,
  brake: false,
  left: false,
  right: false,
  autopilot: undefined,
};
