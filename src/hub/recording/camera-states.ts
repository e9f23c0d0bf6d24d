/**
 * How each camera is doing, as its recorder last said. Only in memory.
 */
import type { CameraState } from '../../contract/camera.ts';

interface Held {
  readonly recorder: string;
  readonly token: number;
  state: CameraState | undefined;
}

/** Why nobody records, when nobody does. */
export interface Idle {
  readonly enabled: boolean;
  readonly reason: string;
}

export class CameraStates {
  readonly #held = new Map<string, Held>();
  /** Since when nobody has held a camera; UTC ms. */
  readonly #idleSince = new Map<string, number>();
  readonly #onChange: (cameraId: string) => void;

  /** @param onChange what is said of a camera has changed, other than by numbers that move all the time */
  constructor(onChange: (cameraId: string) => void) {
    this.#onChange = onChange;
  }

  holderOf(cameraId: string): string | undefined {
    return this.#held.get(cameraId)?.recorder;
  }

  /** Of its lease; undefined when it is not this recorder's. */
  tokenOf(cameraId: string, recorder: string): number | undefined {
    const held = this.#held.get(cameraId);
    return held?.recorder === recorder ? held.token : undefined;
  }

  isRecording(cameraId: string): boolean {
    return this.#held.get(cameraId)?.state?.status === 'recording';
  }

  camerasOf(recorder: string): string[] {
    return [...this.#held].filter(([, held]) => held.recorder === recorder).map(([cameraId]) => cameraId);
  }

  /** @returns whether the camera was in other hands before */
  hold(cameraId: string, recorder: string, token: number): boolean {
    const before = this.#held.get(cameraId);
    if (before && before.recorder === recorder && before.token === token) return false;
    if (before && before.token > token) return false;
    this.#held.set(cameraId, { recorder, token, state: before?.recorder === recorder ? before.state : undefined });
    this.#idleSince.delete(cameraId);
    this.#onChange(cameraId);
    return before?.recorder !== recorder;
  }

  /** @returns false when the camera was not this recorder's */
  drop(cameraId: string, recorder: string, now: number): boolean {
    if (this.#held.get(cameraId)?.recorder !== recorder) return false;
    this.#held.delete(cameraId);
    this.#idleSince.set(cameraId, now);
    this.#onChange(cameraId);
    return true;
  }

  report(cameraId: string, recorder: string, state: CameraState): void {
    const held = this.#held.get(cameraId);
    if (held?.recorder !== recorder) return;
    const before = held.state;
    held.state = { ...state, recorder };
    if (!before || notable(before) !== notable(held.state)) this.#onChange(cameraId);
  }

  forget(cameraId: string): void {
    this.#held.delete(cameraId);
    this.#idleSince.delete(cameraId);
  }

  /** @param idle what to say when nobody holds it @param now UTC ms */
  of(cameraId: string, idle: Idle, now: number): CameraState {
    const held = this.#held.get(cameraId);
    if (held && idle.enabled)
      return held.state ?? { status: 'connecting', since: new Date(now).toISOString(), recorder: held.recorder };
    const known = this.#idleSince.get(cameraId);
    if (known === undefined) this.#idleSince.set(cameraId, now);
    const since = new Date(known ?? now).toISOString();
    return idle.enabled ? { status: 'waiting', since, reason: idle.reason } : { status: 'disabled', since };
  }
}

/** What people want to be told of at once. */
function notable(state: CameraState): string {
  const { status, reason, codec, audioCodec, width, height, recorder, frozenSince } = state;
  return JSON.stringify([status, reason, codec, audioCodec, width, height, recorder, frozenSince]);
}
