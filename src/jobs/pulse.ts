/** Tells the hub that a job goes on, and how far; hears from it when the job is to be stopped. */
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Client } from '../contract/client.ts';
import { routes } from '../contract/routes.ts';

/** Progress is told at most this often. */
const TELL_MS = 1000;

export interface PulseOptions {
  readonly heartbeatMs: number;
  readonly client: Client;
  readonly log: Log;
  /** Called whenever the hub has answered. */
  readonly onContact: (() => void) | undefined;
  readonly onLost: (orders: string) => void;
  /** Shows what is being drawn, where there is something new to see. */
  readonly showPicture?: () => Promise<void>;
}

export class Pulse {
  readonly #job: { readonly id: string; readonly attempt: number };
  readonly #options: PulseOptions;
  #timer: NodeJS.Timeout | undefined;
  #progress = 0;
  #stage = 'Starting';
  #told = performance.now();
  #fresh = false;
  #busy = false;
  #stopped = false;

  constructor(job: { readonly id: string; readonly attempt: number }, options: PulseOptions) {
    this.#job = job;
    this.#options = options;
    this.#timer = setInterval(() => void this.#beat(), Math.min(TELL_MS, options.heartbeatMs));
  }

  tell(progress: number, stage: string): void {
    const bounded = Number.isFinite(progress) ? Math.min(1, Math.max(0, progress)) : 0;
    if (bounded === this.#progress && stage === this.#stage) return;
    this.#progress = bounded;
    this.#stage = stage.slice(0, 100);
    this.#fresh = true;
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  async #beat(): Promise<void> {
    if (this.#busy || (!this.#fresh && performance.now() - this.#told < this.#options.heartbeatMs)) return;
    this.#busy = true;
    this.#fresh = false;
    try {
      const body = { attempt: this.#job.attempt, progress: this.#progress, stage: this.#stage };
      const { orders } = await this.#options.client.call(
        routes.workerProgress,
        { params: { id: this.#job.id }, body },
        { signal: AbortSignal.timeout(10_000) },
      );
      this.#told = performance.now();
      this.#options.onContact?.();
      if (orders !== 'go-on' && !this.#stopped) this.#options.onLost(orders);
      else if (!this.#stopped) await this.#options.showPicture?.();
    } catch (error) {
      // A hub that is away does not stop the work: the lease may still be ours when it is back.
      this.#options.log.debug('Progress could not be told.', { error: messageOf(error) });
    } finally {
      this.#busy = false;
    }
  }
}
