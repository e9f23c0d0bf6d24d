import type { MonotonicMs } from '../../../base/units.ts';
import type { SenderReport } from './rtcp.ts';

/** A camera's idea of how its tracks belong together is believed up to this distance from how they arrive. */
const BELIEVED_MS = 3000;

/** What is known of a track's RTP time: where it began, and what it means. */
export class TrackTime {
  readonly rate: number;
  /** The newest sender report. */
  report: SenderReport | undefined;
  /** RTP time of the moment at which PLAY began, from `RTP-Info`. */
  playedAt: number | undefined;
  #first = 0;
  #arrival = 0;
  #started = false;

  /** @param rate ticks of RTP time per second */
  constructor(rate: number) {
    this.rate = rate;
  }

  get started(): boolean {
    return this.#started;
  }

  /** The track's first unit. */
  begin(rtp: number, arrival: MonotonicMs): void {
    this.#started = true;
    this.#first = rtp;
    this.#arrival = arrival;
  }

  /**
   * How many seconds after the first unit of `other` this track's first one is to be presented: by the sender reports of
   * both (RFC 3550 section 6.4.1), else by `RTP-Info`, else as they arrived.
   */
  offsetTo(other: TrackTime): { seconds: number; by: 'sender reports' | 'RTP-Info' | 'arrival' } {
    const arrived = (this.#arrival - other.#arrival) / 1000;
    const believed = (seconds: number | undefined): seconds is number =>
      seconds !== undefined && Math.abs(seconds - arrived) * 1000 < BELIEVED_MS;
    const reported = difference(this.#reported(), other.#reported());
    if (believed(reported)) return { seconds: reported, by: 'sender reports' };
    const played = difference(this.#played(), other.#played());
    if (believed(played)) return { seconds: played, by: 'RTP-Info' };
    return { seconds: arrived, by: 'arrival' };
  }

  /** The camera's calendar time of the first unit, in seconds. */
  #reported(): number | undefined {
    return this.report && this.report.ntp + ((this.#first - this.report.rtp) | 0) / this.rate;
  }

  /** Seconds from PLAY to the first unit. */
  #played(): number | undefined {
    return this.playedAt === undefined ? undefined : ((this.#first - this.playedAt) | 0) / this.rate;
  }
}

function difference(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a - b;
}
