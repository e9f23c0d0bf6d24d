/**
 * The recorders that speak with this hub, and how many cameras each should hold.
 */
import { shareOf } from './share.ts';

export interface KnownRecorder {
  readonly id: string;
  readonly host: string;
  /** Of its process; undefined: an earlier version does not say. */
  readonly instance?: string | undefined;
  readonly capacity: number;
  /** Since when it is here, monotonic ms. */
  readonly since: number;
  /** It has been told to end. */
  draining: boolean;
  /** Monotonic and UTC ms of its last word. */
  seen: number;
  seenWall: number;
}

/** One that has been silent for longer than any hub restart takes is forgotten; it registers again. */
const FORGET_MS = 60_000;

export class Roster {
  readonly #recorders = new Map<string, KnownRecorder>();
  readonly #silentMs: number;

  /** @param silentMs one that has not spoken for so long is not counted on */
  constructor(silentMs: number) {
    this.#silentMs = silentMs;
  }

  add(recorder: KnownRecorder): void {
    this.#recorders.set(recorder.id, recorder);
  }

  get(id: string): KnownRecorder | undefined {
    return this.#recorders.get(id);
  }

  remove(id: string): void {
    this.#recorders.delete(id);
  }

  get all(): KnownRecorder[] {
    return [...this.#recorders.values()];
  }

  /** @param now monotonic ms */
  speaking(now: number): KnownRecorder[] {
    return this.all.filter((recorder) => now - recorder.seen < this.#silentMs);
  }

  /** Those that have gone silent; the long silent ones for the last time. */
  silent(now: number): KnownRecorder[] {
    const silent = this.all.filter((recorder) => now - recorder.seen >= this.#silentMs);
    for (const recorder of silent) if (now - recorder.seen > FORGET_MS) this.#recorders.delete(recorder.id);
    return silent;
  }

  /** Most cameras that a recorder should hold when `cameras` are to be recorded. */
  limitOf(id: string, cameras: number, now: number): number {
    return shareOf(this.takers(now), cameras).get(id) ?? 0;
  }

  /** Those that may be given cameras. */
  takers(now: number): KnownRecorder[] {
    return this.speaking(now).filter((recorder) => !recorder.draining);
  }

  /** The hub itself stood still for so long: nobody could have spoken meanwhile. */
  forgive(ms: number): void {
    for (const recorder of this.#recorders.values()) recorder.seen += ms;
  }

  /** It has probably died: it counts as silent when it does not speak within `ms` from now. */
  doubt(id: string, now: number, ms: number): void {
    const recorder = this.#recorders.get(id);
    if (recorder) recorder.seen = Math.min(recorder.seen, now - this.#silentMs + ms);
  }

  /** Why a camera waits although nothing else is wrong. */
  whyWaiting(cameras: number, now: number): string {
    const speaking = this.takers(now);
    if (speaking.length === 0) return 'No recorder is running.';
    const places = speaking.reduce((sum, recorder) => sum + recorder.capacity, 0);
    return places < cameras ? 'All recorders are full.' : 'Waiting for a recorder.';
  }
}
