/** What is recorded of one track, for the stretch of time that is being looked at. */
import { routes } from '../../../src/contract/routes.ts';
import { client, type Failure, failureOf } from './api.ts';
import { events } from './events.svelte.ts';
import { replaceWindow, type Span } from './timeline/spans.ts';

/** Asked for beside the view on both sides, as a share of it, so that a short pan shows no hole. */
const MARGIN = 0.5;
/** What may have changed when the hub says that footage has: the last two minutes. */
const RECENT = 120_000;
const WHOLE_MS = 30_000;

export class Footage {
  spans = $state.raw<readonly Span[]>([]);
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  failure = $state.raw<Failure | undefined>();
  /** The hub's clock minus this machine's, in milliseconds. */
  skew = $state(0);
  readonly source: string;
  readonly track: string;
  #known: { from: number; to: number } | undefined;
  #busy = false;
  #again: { from: number; to: number } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stop: () => void;
  #closed = false;
  #wholeAt = performance.now();

  constructor(source: string, track = 'main') {
    this.source = source;
    this.track = track;
    this.#stop = events.listen((event) => {
      if (event.type === 'footage' && event.source === source) this.#soon(1000, RECENT);
    });
  }

  /** Now, by the hub's clock. */
  now(): number {
    return Date.now() + this.skew;
  }

  /** Says which stretch is in view; asks the hub when it is not known yet. */
  look(start: number, end: number): void {
    const known = this.#known;
    if (known && known.from <= start && known.to >= Math.min(end, this.now())) return;
    const margin = (end - start) * MARGIN;
    const from = Math.min(known?.from ?? start, start - margin);
    const to = Math.max(known?.to ?? end, end + margin);
    // Far apart: forget what was known, instead of asking for all that lies between.
    const far = known && to - from > 4 * (end - start + known.to - known.from);
    void this.#fetch(far || !known ? { from: start - margin, to: end + margin } : { from, to });
  }

  /** Asks again for all that is known. */
  refresh(): void {
    this.#soon(0, Number.POSITIVE_INFINITY);
  }

  close(): void {
    this.#closed = true;
    this.#stop();
    clearTimeout(this.#timer);
  }

  /** @param back how far before now, in milliseconds */
  #soon(delay: number, back: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const known = this.#known;
      // A stretch that somebody looks for goes first; the next event comes soon.
      if (!known || (this.#busy && back <= RECENT)) return;
      // Retention takes away at the other end: now and then everything is asked for again.
      const all = back > RECENT || performance.now() - this.#wholeAt > WHOLE_MS;
      if (all) this.#wholeAt = performance.now();
      const from = all ? known.from : Math.max(known.from, Math.min(known.to, this.now() - back));
      const to = Math.max(all ? known.to : 0, this.now() + 60_000);
      if (from < to) void this.#fetch({ from, to });
    }, delay);
  }

  async #fetch(window: { from: number; to: number }): Promise<void> {
    if (this.#closed) return;
    if (this.#busy) {
      this.#again = window;
      return;
    }
    this.#busy = true;
    try {
      const answer = await client.call(routes.footage, {
        params: { id: this.source },
        query: {
          track: this.track,
          from: new Date(window.from).toISOString(),
          to: new Date(window.to).toISOString(),
        },
      });
      const fresh = answer.spans.map((span) => ({
        start: Date.parse(span.start),
        end: Date.parse(span.end),
        codec: span.codec,
        audioCodec: span.audioCodec,
        open: span.open,
      }));
      this.skew = Date.parse(answer.now) - Date.now();
      const known = this.#known;
      // What is known has no hole: an answer that does not touch it takes its place.
      const touches = known !== undefined && window.from <= known.to && window.to >= known.from;
      this.spans = touches ? replaceWindow(this.spans, fresh, window.from, window.to) : fresh;
      this.#known = touches ? { from: Math.min(window.from, known.from), to: Math.max(window.to, known.to) } : window;
      this.state = 'ready';
      this.failure = undefined;
    } catch (error) {
      this.failure = failureOf(error);
      if (this.state === 'loading') this.state = 'failed';
    } finally {
      this.#busy = false;
    }
    const again = this.#again;
    this.#again = undefined;
    if (again) await this.#fetch(again);
  }
}
