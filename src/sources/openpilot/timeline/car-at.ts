/** What car and controls said last before a picture was taken. Pure. */
import type { CalibrationState, DriverFace, FrameState, LeadState } from '../frame-state.ts';
import type { Lead } from '../log/car-events.ts';
import type { LogEvents } from '../log/events.ts';
import { around, latest, mix } from './series.ts';

/** Where the log begins after the picture, what it says first counts for this long before. */
const GRACE_NS = 1e9;
const CALIBRATION_GRACE_NS = 60e9;
/** The height of the camera that openpilot assumes. */
export const DEFAULT_HEIGHT = 1.22;
/** A lead that jumps by more than this between two messages is another car. */
const SAME_LEAD_METRES = 10;
/** Low-rate radar comes four times a second. */
const LEAD_GAP_NS = 0.6e9;
const UNSET = 255;

/** Facts about the whole log that single messages do not tell. */
export interface Habits {
  /** The car tells what its instrument cluster shows. */
  readonly cluster: boolean;
  /** `selfdriveState` is there; without it `controlsState` says what it says now. */
  readonly split: boolean;
  /** `allowThrottle` is logged. */
  readonly throttle: boolean;
  readonly openpilotLongitudinal: boolean;
}

export function habitsOf(events: LogEvents, openpilotLongitudinal: boolean): Habits {
  const split = events.selfdriveState.length > 0;
  return {
    cluster: events.carState.some(({ vEgoCluster }) => vEgoCluster !== 0),
    split,
    throttle: split || events.longitudinalPlan.some(({ allowThrottle }) => allowThrottle),
    openpilotLongitudinal,
  };
}

type Status = Pick<FrameState, 'status' | 'engageable' | 'experimental' | 'alert'>;
type Car = Pick<
  FrameState,
  'speed' | 'setSpeed' | 'hasCruise' | 'steeringAngleDeg' | 'gas' | 'brake' | 'blinker' | 'standstill'
>;

export function statusAt(events: LogEvents, habits: Habits, time: number): Status {
  const now = latest(habits.split ? events.selfdriveState : events.controlsState, time, GRACE_NS);
  if (!now) return { status: 'disengaged', engageable: false, experimental: false, alert: null };
  const { state, enabled, engageable, experimental, alert } = now;
  const override = state === 'preEnabled' || state === 'overriding';
  return { status: override ? 'override' : enabled ? 'engaged' : 'disengaged', engageable, experimental, alert };
}

export function carAt(events: LogEvents, habits: Habits, time: number): Car {
  const car = latest(events.carState, time, GRACE_NS);
  const cruise = setSpeedAt(events, habits, time);
  if (!car)
    return { speed: 0, ...cruise, steeringAngleDeg: 0, gas: false, brake: false, blinker: 'none', standstill: false };
  const speed = habits.cluster ? car.vEgoCluster : car.vEgo;
  return {
    speed: Number.isFinite(speed) ? Math.max(0, speed) : 0,
    ...cruise,
    steeringAngleDeg: Number.isFinite(car.steeringAngleDeg) ? car.steeringAngleDeg : 0,
    gas: car.gasPressed,
    brake: car.brakePressed,
    blinker: car.leftBlinker ? (car.rightBlinker ? 'both' : 'left') : car.rightBlinker ? 'right' : 'none',
    standstill: car.standstill,
  };
}

/** `carState` has it since the split of 2024, `controlsState` before. */
function setSpeedAt(events: LogEvents, habits: Habits, time: number): Pick<Car, 'setSpeed' | 'hasCruise'> {
  const source = habits.split ? latest(events.carState, time, GRACE_NS) : latest(events.controlsState, time, GRACE_NS);
  if (!source) return { setSpeed: null, hasCruise: false };
  const speed = source.vCruiseCluster !== 0 ? source.vCruiseCluster : source.vCruise;
  return { setSpeed: speed > 0 && speed < UNSET ? speed : null, hasCruise: speed !== -1 };
}

export function throttleAt(events: LogEvents, habits: Habits, time: number): boolean {
  if (!habits.throttle || !habits.openpilotLongitudinal) return true;
  return latest(events.longitudinalPlan, time, GRACE_NS)?.allowThrottle ?? true;
}

export function calibrationAt(events: LogEvents, time: number): CalibrationState | null {
  const now = latest(events.liveCalibration, time, CALIBRATION_GRACE_NS);
  if (!now) return null;
  const rpy = euler(now.rpy);
  if (!rpy) return null;
  const [height = DEFAULT_HEIGHT] = now.height;
  return {
    rpy,
    wideFromDevice: euler(now.wideFromDevice),
    // Bounds that openpilot's own calibration has, with room.
    height: height > 0.3 && height < 5 ? height : DEFAULT_HEIGHT,
    calibrated: now.calibrated,
  };
}

function euler(values: Float32Array): [number, number, number] | null {
  const [roll, pitch, yaw] = values;
  if (roll === undefined || pitch === undefined || yaw === undefined) return null;
  return Number.isFinite(roll) && Number.isFinite(pitch) && Number.isFinite(yaw) ? [roll, pitch, yaw] : null;
}

/** First the one that the path ends at. Between two messages of the radar they move evenly. */
export function leadsAt(events: LogEvents, time: number): LeadState[] {
  const { before, after, part } = around(events.radarState, time);
  const from = before ?? (after && after.time - time <= GRACE_NS ? after : null);
  if (!from) return [];
  const near = after !== null && before !== null && after.time - before.time <= LEAD_GAP_NS;
  return [
    between(from.leadOne, near ? after.leadOne : null, part),
    between(from.leadTwo, near ? after.leadTwo : null, part),
  ].filter((lead) => lead !== null);
}

function between(from: Lead | null, to: Lead | null, part: number): LeadState | null {
  if (!from || !Number.isFinite(from.dRel + from.yRel + from.vRel)) return null;
  const same =
    to && Math.abs(to.dRel - from.dRel) <= SAME_LEAD_METRES && Number.isFinite(to.yRel + to.vRel) ? to : from;
  return {
    distance: mix(from.dRel, same.dRel, part),
    left: mix(from.yRel, same.yRel, part),
    relativeSpeed: mix(from.vRel, same.vRel, part),
  };
}

export function faceAt(events: LogEvents, time: number): DriverFace | null {
  const seen = latest(events.driverStateV2, time, GRACE_NS);
  if (!seen) return null;
  const monitoring = latest(events.driverMonitoringState, time, GRACE_NS);
  const rightHandDrive = monitoring?.rightHandDrive ?? seen.wheelOnRight > 0.5;
  const face = rightHandDrive ? seen.right : seen.left;
  const orientation = euler(face.orientation);
  if (!orientation) return null;
  const probability = face.probability > 0 ? Math.min(face.probability, 1) : 0;
  return { probability, orientation, active: monitoring?.active ?? false, rightHandDrive };
}
