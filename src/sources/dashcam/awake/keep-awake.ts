/**
 * Keeps the car awake while footage is being taken or sent: it cuts the power of its USB ports when it sleeps. Asked again every few minutes while there
 * is work, and told when there is none any more. Whether it works is the car's affair: a failure is said, and never stops the harvest.
 */

import type { Clock } from '../../../base/clock.ts';
import { messageOf, UserError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { Wait } from '../push/token-bucket.ts';
import type { AwakeStatus } from '../role/status.ts';

/** Whom is asked. */
export interface AwakeCall {
  readonly kind: 'webhook' | 'tesla';
  /** @param awake false: the work is done. @throws UserError, or what the network says */
  ask(awake: boolean, signal: AbortSignal): Promise<void>;
}

export interface KeepAwakeOptions {
  readonly call: AwakeCall;
  /** There is work that the car should stay awake for. */
  readonly working: () => boolean;
  readonly clock: Clock;
  readonly wait: Wait;
  readonly log: Log;
  /** Between two requests, ms. */
  readonly everyMs?: number;
  /** Work may pause so long between two minutes before the car is let go, ms. */
  readonly restMs?: number;
}

const EVERY = 4 * 60_000;
const REST = 3 * 60_000;
const LOOK = 5_000;
const PATIENCE = 20_000;

export class KeepAwake {
  readonly #options: KeepAwakeOptions;
  #at: number | undefined;
  #problem: string | null = null;

  constructor(options: KeepAwakeOptions) {
    this.#options = options;
  }

  get status(): AwakeStatus {
    const at = this.#at === undefined ? null : new Date(this.#at).toISOString();
    return { kind: this.#options.call.kind, at, problem: this.#problem };
  }

  /** Until the signal ends it. */
  async run(signal: AbortSignal): Promise<void> {
    const { working, clock, wait, everyMs = EVERY, restMs = REST } = this.#options;
    let asked: number | undefined;
    let worked: number | undefined;
    while (!signal.aborted) {
      const now = clock.monotonic();
      if (working()) worked = now;
      const due = worked !== undefined && now - worked < restMs;
      if (due && (asked === undefined || now - asked >= everyMs)) {
        asked = now;
        await this.#ask(true, signal);
      } else if (!due && asked !== undefined) {
        asked = undefined;
        await this.#ask(false, signal);
      }
      await wait(LOOK, signal);
    }
  }

  async #ask(awake: boolean, signal: AbortSignal): Promise<void> {
    const { call, clock, log } = this.#options;
    try {
      await call.ask(awake, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]));
      if (awake) this.#at = clock.wall();
      this.#problem = null;
    } catch (error) {
      if (signal.aborted) return;
      const known = error instanceof UserError;
      this.#problem = known
        ? `${error.message} ${error.remedy}`
        : `The car could not be asked to stay awake: ${messageOf(error)}`;
      // The message only: addresses of webhooks hold secrets.
      log.warn('the car could not be asked to stay awake', {
        kind: call.kind,
        reason: known ? error.message : nameOf(error),
      });
    }
  }
}

/** `ENOTFOUND`, `TimeoutError`: what went wrong, without the address. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
