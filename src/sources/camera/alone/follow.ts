/**
 * Reads a stream, and reads it again when it ends.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../../base/clock.ts';
import { InputError, messageOf, Unavailable, UserError } from '../../../base/errors.ts';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';
import { readerFor } from '../address.ts';
import { readWithFfmpeg } from '../reader/read-with-ffmpeg.ts';
import { type AttemptResult, retryDelay, WORKED_AFTER_MS } from '../recorder/backoff.ts';
import type { ReadOptions, StreamReader } from '../recorder/stream-reader.ts';
import { readRtsp } from '../rtsp/client.ts';

export interface StreamAddress {
  /** Without user name and password. */
  readonly url: string;
  readonly username: string | null;
  readonly password: string | null;
}

export interface StreamSink {
  onConfig(config: StreamConfig): void;
  onUnit(unit: AccessUnit): void;
  /** It has ended, or could not be opened. @param retryMs until it is tried again */
  onEnd(reason: string, retryMs: number): void;
  /** Pictures must come as they arrive. */
  hurried(): boolean;
}

export interface FollowOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Only until it ends for the first time. */
  readonly once?: boolean;
  /** Give up when the very first attempt says that it cannot be: refused, or nothing that can be read. */
  readonly mustBegin?: boolean;
  /** In place of the real ones. */
  readonly readers?: Readonly<Record<'rtsp' | 'ffmpeg', StreamReader>>;
}

/** Nothing for this long: the camera hangs, whatever its socket says. */
const STALL_MS = 10_000;
/** A first picture may need a whole group of pictures. */
const FIRST_MS = 45_000;

/**
 * Resolves when the signal aborts.
 * @throws with `once`: UserError, InputError, Unavailable when the stream cannot be read or has ended; with `mustBegin`: UserError, InputError
 */
export async function followStream(address: StreamAddress, sink: StreamSink, options: FollowOptions): Promise<void> {
  const { signal, clock, once } = options;
  let failures = 0;
  let begun = options.mustBegin !== true;
  while (!signal.aborted) {
    const began = clock.monotonic();
    const attempt = await readOnce(address, sink, options);
    if (signal.aborted) return;
    if (once === true) throw attempt.error;
    begun ||= attempt.pictures > 0;
    if (!begun && (attempt.error instanceof UserError || attempt.error instanceof InputError)) throw attempt.error;
    const worked = attempt.pictures > 0 && clock.monotonic() - began >= WORKED_AFTER_MS;
    const result: AttemptResult = worked ? 'worked' : attempt.refused ? 'refused' : 'failed';
    failures = worked ? 0 : failures + 1;
    const delay = retryDelay(result, failures);
    sink.onEnd(messageOf(attempt.error), delay);
    await wait(delay, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

interface Attempt {
  readonly pictures: number;
  readonly refused: boolean;
  readonly error: unknown;
}

async function readOnce(address: StreamAddress, sink: StreamSink, options: FollowOptions): Promise<Attempt> {
  const { clock, readers = { rtsp: readRtsp, ffmpeg: readWithFfmpeg } } = options;
  const read = readers[readerFor(address.url, 'auto')];
  const attempt = new AbortController();
  const signal = AbortSignal.any([options.signal, attempt.signal]);
  let pictures = 0;
  let heard = clock.monotonic();
  const watch = setInterval(() => {
    if (clock.monotonic() - heard < (pictures === 0 ? FIRST_MS : STALL_MS)) return;
    attempt.abort(new Unavailable(`No picture for ${Math.round((clock.monotonic() - heard) / 1000)} s.`, 0));
  }, 500);
  try {
    const { reason } = await read({
      ...address,
      clock,
      signal,
      onConfig: (config) => sink.onConfig(config),
      onUnit: (unit) => {
        if (unit.kind === 'video') {
          pictures += 1;
          heard = clock.monotonic();
        }
        sink.onUnit(unit);
      },
      unhurried: () => !sink.hurried(),
      onNote: () => undefined,
    } satisfies ReadOptions);
    return { pictures, refused: false, error: new Unavailable(`The stream has ended: ${reason}.`, 1000) };
  } catch (error) {
    const refused = error instanceof UserError && (error.code === 'auth' || error.code === 'unauthorised');
    return { pictures, refused, error: attempt.signal.aborted ? attempt.signal.reason : error };
  } finally {
    clearInterval(watch);
    attempt.abort();
  }
}
