/**
 * Cameras on their way from one recorder to another: the old one goes on until the new one's first fragment is there.
 */
export interface HandOver {
  readonly cameraId: string;
  readonly from: string;
  readonly to: string;
  /** Token of the old lease. */
  readonly after: number;
  /** Monotonic ms. */
  readonly since: number;
}

/** The old recorder goes on for no longer than this. */
const LONGEST_MS = 15_000;
/** A camera whose hand-over failed (it may allow one connection only) stays where it is for so long. */
const REST_MS = 600_000;
const MOST_RESTING = 10_000;

export class HandOvers {
  readonly #going = new Map<string, HandOver>();
  /** Camera → monotonic ms until which it is not moved for balance. */
  readonly #resting = new Map<string, number>();

  begin(handOver: HandOver): void {
    this.#going.set(handOver.cameraId, handOver);
  }

  of(cameraId: string): HandOver | undefined {
    return this.#going.get(cameraId);
  }

  end(cameraId: string): void {
    this.#going.delete(cameraId);
  }

  /** It could not be handed over. */
  failed(cameraId: string, now: number): void {
    this.#going.delete(cameraId);
    if (this.#resting.size >= MOST_RESTING) this.#resting.clear();
    this.#resting.set(cameraId, now + REST_MS);
  }

  isResting(cameraId: string, now: number): boolean {
    const until = this.#resting.get(cameraId);
    if (until !== undefined && until <= now) this.#resting.delete(cameraId);
    return until !== undefined && until > now;
  }

  get all(): HandOver[] {
    return [...this.#going.values()];
  }

  /** What a recorder goes on with although it is another's by now. */
  leaving(recorder: string): HandOver[] {
    return this.all.filter((handOver) => handOver.from === recorder);
  }

  overdue(now: number): HandOver[] {
    return this.all.filter((handOver) => now - handOver.since >= LONGEST_MS);
  }
}
