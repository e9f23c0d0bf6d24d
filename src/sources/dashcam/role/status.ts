/**
 * What the computer in the car says of itself, to its page and to programs: the engine's own words, and those of what works beside it.
 */
import type { DriveStatus } from '../drive/drive.ts';

/** What can be switched on and off. */
export const SWITCHES = ['drive', 'harvest', 'push'] as const;
export type SwitchName = (typeof SWITCHES)[number];

export interface PushStatus {
  /** `waiting`: the hub cannot be reached, or takes nothing just now. */
  readonly state: 'off' | 'no-hub' | 'idle' | 'sending' | 'waiting';
  /** Address of the hub; null: none is set. */
  readonly hub: string | null;
  /** What the hub has not got yet. */
  readonly files: number;
  readonly bytes: number;
  /** Bytes a second of the last half minute. */
  readonly rate: number;
  /** When the hub has last taken something, ISO. */
  readonly at: string | null;
  /** What is wrong, and what to do. */
  readonly problem: string | null;
}

export interface AwakeStatus {
  readonly kind: 'none' | 'webhook' | 'tesla';
  /** When the car was last asked to stay awake, ISO. */
  readonly at: string | null;
  readonly problem: string | null;
}

/** As JSON. */
export interface CarStatus extends Omit<DriveStatus, 'lastMinute' | 'switches'> {
  /** When the newest finished minute of each camera began, ISO UTC. */
  readonly cameras: readonly { readonly track: string; readonly start: string }[];
  readonly switches: Readonly<Record<SwitchName, boolean>>;
  readonly push: PushStatus;
  readonly awake: AwakeStatus;
  readonly version: string;
  /** ISO UTC: of the answer, and since when this process runs. */
  readonly now: string;
  readonly since: string;
}

export function carStatus(
  { lastMinute, switches, ...drive }: DriveStatus,
  rest: Pick<CarStatus, 'push' | 'awake' | 'version' | 'now' | 'since'> & { readonly pushOn: boolean },
): CarStatus {
  const { pushOn, ...others } = rest;
  return {
    ...drive,
    ...others,
    cameras: [...lastMinute].map(([track, start]) => ({ track, start })).sort((a, b) => a.track.localeCompare(b.track)),
    switches: { drive: switches.drive, harvest: switches.harvest, push: pushOn },
  };
}
