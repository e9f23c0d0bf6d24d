/**
 * What a session's course means for its track's outages: how a reading ended, pictures missing inside of a run, pictures given up
 * because of the disk.
 */
import { InputError, messageOf } from '../../../base/errors.ts';
import type { OutageCause } from '../../../contract/outage.ts';
import type { AccessUnit } from '../../../media/access-unit.ts';
import type { OutageWatch, StoredExtent } from './outage-watch.ts';
import { type Jump, PictureWatch } from './picture-watch.ts';
import type { StreamEnd } from './stream-reader.ts';

/** What came in between packets and was none is blamed for packets missing soon after. */
const GARBAGE_MS = 3000;
/** After a pause of this process a shorter jump than otherwise means that pictures are missing. */
const PAUSED_JUMP_MS = 1000;

/** How a reading of the stream has ended. */
export interface ReadingEnd {
  readonly outcome: StreamEnd | { readonly error: unknown };
  readonly hadPictures: boolean;
  /** The session gave it up because no picture came. */
  readonly stalled: boolean;
  /** The camera refused name or password. */
  readonly refused: boolean;
}

export class SessionOutages {
  readonly #watch: OutageWatch;
  #pictures = new PictureWatch();
  #run: string | undefined;
  #garbageAt = Number.NEGATIVE_INFINITY;
  #lastArrival = 0;
  /** Pictures that the disk has cost the run at hand, as far as they are accounted for. */
  #dropped = 0;

  constructor(watch: OutageWatch) {
    this.#watch = watch;
  }

  opened(run: string): void {
    this.#run = run;
    this.#pictures = new PictureWatch();
    this.#dropped = 0;
  }

  /** A new run begins, without the camera having gone. */
  renewed(cause: 'change' | 'clock', why?: string): void {
    this.#watch.hint(cause, why);
  }

  note(kind: string, arrival: number): void {
    if (kind === 'garbage' || kind === 'packet') this.#garbageAt = arrival;
  }

  /** A picture that goes to the run at hand. */
  picture(unit: AccessUnit): void {
    const run = this.#run;
    if (run === undefined) return;
    const paused = this.#watch.wasPaused(unit.arrival);
    const jump = this.#pictures.sample(unit, paused ? PAUSED_JUMP_MS : undefined);
    const quietMs = unit.arrival - this.#lastArrival;
    this.#lastArrival = unit.arrival;
    if (jump === undefined) return;
    const { from, to, frames, missingMs } = jump;
    this.#watch.missing({ run, from, to, frames, missingMs, cause: this.#causeOf(jump, unit.arrival, quietMs) });
  }

  #causeOf(jump: Jump, arrival: number, quietMs: number): OutageCause {
    if (jump.why === 'damaged' || (jump.why === 'lost' && arrival - this.#garbageAt < GARBAGE_MS)) return 'garbage';
    if (jump.why === 'lost') return 'loss';
    return quietMs * 2 > jump.to - jump.from ? 'frozen' : 'clock';
  }

  stored(extent: StoredExtent, framesDropped: number): void {
    const isDropping = framesDropped > this.#dropped;
    this.#dropped = Math.max(this.#dropped, framesDropped);
    this.#watch.stored(extent, { isDropping });
  }

  /** @param trouble why nothing can be written just now */
  tick(framesDropped: number | undefined, trouble: string | null): void {
    this.#watch.tick();
    if (framesDropped === undefined || framesDropped <= this.#dropped) return;
    this.#watch.down('disk', trouble ?? 'The disk does not keep up.');
  }

  /** @returns why there is no footage now */
  ended(end: ReadingEnd, reason: string): OutageCause {
    const cause = this.#causeOfEnd(end);
    this.#watch.down(cause, reason);
    return this.#watch.cause ?? cause;
  }

  #causeOfEnd({ outcome, hadPictures, stalled, refused }: ReadingEnd): OutageCause {
    if (refused) return 'refused';
    if (stalled) return 'frozen';
    if (!('error' in outcome)) return outcome.cause === 'silence' ? 'frozen' : 'disconnected';
    if (outcome.error instanceof InputError) return 'garbage';
    if (hadPictures) return 'disconnected';
    // A camera that hangs still takes connections, and says nothing on them.
    const silent = !(outcome.error instanceof Error && outcome.error.cause instanceof Error);
    return silent && this.#watch.cause === 'frozen' ? 'frozen' : 'unreachable';
  }

  /** Other settings: the stream is read anew. */
  changing(): void {
    this.#watch.down('change', 'The settings of the camera have changed.');
  }
}

/** In words, for log and outage. */
export function reasonOf(outcome: ReadingEnd['outcome']): string {
  return 'error' in outcome ? messageOf(outcome.error) : outcome.reason;
}
