/**
 * Gathers placed units into fragments: a new one at each key frame, or when enough time or bytes are in.
 */
import { VIDEO_TIMESCALE } from '../../../base/units.ts';
import type { Placed } from './run-time.ts';

/** The material of one fragment. At least one picture; its sound is what arrived between its pictures. */
export interface PendingFragment {
  readonly video: readonly Placed[];
  readonly audio: readonly Placed[];
  /** Decoding time of the picture after the last, on the run's time line. */
  readonly endDts: number;
  /** The first picture is a key frame. */
  readonly key: boolean;
  /** Payload. */
  readonly bytes: number;
  /** When its first picture arrived, by the monotonic clock. */
  readonly since: number;
  /** Some of its times are by arrival: the camera's stood still or jumped. */
  readonly timing: 'arrival' | undefined;
  /** Packets of pictures that were lost on the way. */
  readonly lost: number;
}

/** To be called once when the bytes of a fragment are not needed any more: its units were held since they were pushed. */
export function letGo({ video, audio }: Pick<PendingFragment, 'video' | 'audio'>): void {
  for (const { unit } of video) unit.memory?.letGo();
  for (const { unit } of audio) unit.memory?.letGo();
}

/** A picture alone in its run is shown for so long. */
const LONE_TICKS = VIDEO_TIMESCALE / 10;
/** A fragment is closed above these, whatever its time stamps say. */
const MAX_BYTES = 16 << 20;
const MAX_UNITS = 4000;

export class Fragmenter {
  readonly #ticks: number;
  #video: Placed[] = [];
  #audio: Placed[] = [];
  #bytes = 0;
  #since = 0;
  #lastDuration = LONE_TICKS;
  #skipping = false;
  #timing: 'arrival' | undefined;
  #lost = 0;

  constructor(fragmentMs: number) {
    this.#ticks = (fragmentMs * VIDEO_TIMESCALE) / 1000;
  }

  /** Payload of what is gathered and not yet given out. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @returns the fragment that this unit closes, or undefined. A unit that is skipped is not taken: `skipping` says so. */
  push(placed: Placed, now: number): PendingFragment | undefined {
    if (placed.unit.kind === 'audio') {
      if (this.#video.length > 0 && this.#audio.length < MAX_UNITS) this.#take(this.#audio, placed);
      return undefined;
    }
    if (this.#skipping && !placed.unit.key) return undefined;
    this.#skipping = false;
    const closed = this.#isDue(placed) ? this.#close(placed.dts) : undefined;
    if (this.#video.length === 0) this.#since = now;
    this.#take(this.#video, placed);
    return closed;
  }

  /** Pictures are left out until the next key frame. */
  get skipping(): boolean {
    return this.#skipping;
  }

  /** What is left at the end of a run; the last picture is given the duration of the one before. */
  flush(): PendingFragment | undefined {
    const last = this.#video.at(-1);
    if (!last) return undefined;
    const before = this.#video.at(-2);
    return this.#close(last.dts + (before ? last.dts - before.dts : this.#lastDuration));
  }

  /** Forgets what is gathered, and goes on with the next key frame. @returns how many pictures were lost. */
  discard(): number {
    const lost = this.#video.length;
    letGo({ video: this.#video, audio: this.#audio });
    this.#reset();
    this.#skipping = true;
    return lost;
  }

  #isDue(next: Placed): boolean {
    const first = this.#video[0];
    if (!first) return false;
    if (next.unit.key || next.dts - first.dts >= this.#ticks) return true;
    return this.#bytes + next.unit.size > MAX_BYTES || this.#video.length >= MAX_UNITS;
  }

  #take(list: Placed[], placed: Placed): void {
    list.push(placed);
    placed.unit.memory?.hold();
    this.#bytes += placed.unit.size;
    this.#timing ??= placed.unit.timing;
    this.#lost += placed.unit.missing?.lost ?? 0;
  }

  #close(endDts: number): PendingFragment {
    const video = this.#video;
    const last = video.at(-1);
    if (last) this.#lastDuration = endDts - last.dts;
    const key = video[0]?.unit.key === true;
    const closed = {
      video,
      audio: this.#audio,
      endDts,
      key,
      bytes: this.#bytes,
      since: this.#since,
      timing: this.#timing,
      lost: this.#lost,
    };
    this.#reset();
    return closed;
  }

  #reset(): void {
    this.#video = [];
    this.#audio = [];
    this.#bytes = 0;
    this.#timing = undefined;
    this.#lost = 0;
  }
}
