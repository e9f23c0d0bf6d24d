/**
 * Sends the spool to the hub while it can be reached: what matters most first, resumed wherever it was cut, each file once.
 *
 * Nothing here has to survive a crash: which lines the hub has got is a hint on disk, which bytes it has is asked.
 */
import { join } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { InputError, messageOf, Unavailable, UserError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import {
  type CarDriveLine,
  CarDriveRecord,
  type CarDriveState,
  type CarDriveWelcome,
} from '../../../contract/car-drive.ts';
import type { SpoolIndex } from '../role/spool-index.ts';
import type { PushStatus } from '../role/status.ts';
import type { HubLine } from './hub-line.ts';
import { type PushState, readPushState, writePushState } from './push-state.ts';
import { type Batch, type PendingFile, PushQueue } from './queue.ts';
import { TokenBucket, type Wait } from './token-bucket.ts';

export interface PusherOptions {
  readonly hub: HubLine;
  /** As it is shown, without a credential. */
  readonly address: string;
  /** Name of the car. */
  readonly car: string;
  readonly index: SpoolIndex;
  /** Where it remembers how far it is. */
  readonly stateFile: string;
  /** Bytes a second; undefined: as fast as it goes. */
  readonly rate: number | undefined;
  readonly clock: Clock;
  readonly wait: Wait;
  readonly log: Log;
  /** What the hub is told of the drive. */
  readonly describe: () => Omit<CarDriveState, 'waiting'>;
  /** 0 to 1, so that the drives of a family do not all knock at once. */
  readonly random?: () => number;
}

const HELLO_MS = 60_000;
/** After a failure: doubled up to the longest. Whoever comes home is noticed within it. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 30_000;
/** Refused as such: only a person can change that. */
const REFUSED_PAUSE = 60_000;
/** Of a batch: small, because what comes meanwhile may matter more. */
const BATCH = { files: 16, bytes: 64 << 20 };
const ASK_AT_ONCE = 500;
/** A file whose bytes the hub does not take is tried so often in a row. */
const MOST_TRIES = 3;
const RATE_MS = 30_000;

export class Pusher {
  readonly #options: PusherOptions;
  readonly #queue: PushQueue;
  readonly #bucket: TokenBucket;
  /** What the hub has whole, as it said. */
  readonly #whole = new Set<string>();
  readonly #tries = new Map<string, number>();
  readonly #sent: { readonly at: number; readonly bytes: number }[] = [];
  /** What the state on disk was made for, until the hub has said who it is. */
  #expected: PushState | undefined;
  /** The hub has been asked for all that was waiting at the start. */
  #asked = false;
  #welcome: CarDriveWelcome | undefined;
  #helloAt = Number.NEGATIVE_INFINITY;
  #saved: string;
  #on: boolean;
  #state: PushStatus['state'] = 'waiting';
  #problem: string | null = null;
  #at: number | null = null;
  #failures = 0;
  /** Ends the pause. */
  #wake: () => void = () => undefined;
  /** Something came since the manifest was last read. */
  #news = false;
  #busy = new AbortController();

  /** Before the index is read for the first time. */
  constructor(options: PusherOptions, on: boolean) {
    this.#options = options;
    this.#on = on;
    const known = readPushState(options.stateFile);
    const same = known?.hub === options.address;
    this.#queue = new PushQueue(same ? known.from : 1);
    this.#saved = same ? keyOf(known) : '';
    this.#expected = same ? known : undefined;
    this.#bucket = new TokenBucket(options);
    options.index.listen(this.#queue);
  }
  get status(): PushStatus {
    const { address, clock } = this.#options;
    const now = clock.monotonic();
    while ((this.#sent[0]?.at ?? now) < now - RATE_MS) this.#sent.shift();
    const bytes = this.#sent.reduce((sum, one) => sum + one.bytes, 0);
    const seconds = Math.max(1, (now - (this.#sent[0]?.at ?? now)) / 1000);
    return {
      state: this.#on ? this.#state : 'off',
      hub: address,
      files: this.#queue.files,
      bytes: this.#queue.bytes,
      rate: this.#state === 'sending' ? Math.round(bytes / seconds) : 0,
      at: this.#at === null ? null : new Date(this.#at).toISOString(),
      problem: this.#on ? this.#problem : null,
    };
  }

  /** Whether the hub lacks a file, as far as is known. */
  lacks(sha256: string): boolean {
    return this.#queue.has(sha256);
  }

  /** Something new is in the manifest. While the hub is away that does not make it come back. */
  poke(): void {
    this.#news = true;
    if (this.#failures === 0) this.#wake();
  }

  set(on: boolean): void {
    this.#on = on;
    this.#failures = 0;
    if (!on) this.#busy.abort();
    this.#news = true;
    this.#wake();
  }

  /** Until the signal ends it. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.#on) {
        await this.#pause(undefined, signal);
        continue;
      }
      this.#busy = new AbortController();
      const busy = AbortSignal.any([signal, this.#busy.signal]);
      let pause: number | undefined;
      try {
        pause = await this.#step(busy);
        this.#failures = 0;
      } catch (error) {
        if (busy.aborted) continue;
        pause = this.#failed(error);
      }
      if (pause > 0) await this.#pause(pause, signal);
    }
    this.#save();
  }

  /** @returns how long there is nothing to do, ms */
  async #step(signal: AbortSignal): Promise<number> {
    const { index, clock } = this.#options;
    this.#news = false;
    await index.refresh();
    const welcome = await this.#hello(signal);
    if (!welcome.accepts) {
      this.#state = 'waiting';
      this.#problem = 'The hub takes nothing just now: its library is full or away.';
      return HELLO_MS;
    }
    this.#problem = index.broken === undefined ? null : `The manifest is damaged: ${index.broken}.`;
    const batch = this.#queue.next(clock.wall(), { ...BATCH, lines: Math.max(1, Math.min(64, welcome.lines)) });
    if (!batch) {
      this.#state = 'idle';
      this.#save();
      return HELLO_MS;
    }
    this.#state = 'sending';
    await this.#push(batch, welcome, signal);
    this.#save();
    return 0;
  }

  async #hello(signal: AbortSignal): Promise<CarDriveWelcome> {
    const { hub, car, describe, clock, address } = this.#options;
    const now = clock.monotonic();
    if (this.#welcome?.accepts && now - this.#helloAt < HELLO_MS) return this.#welcome;
    const waiting = { files: this.#queue.files, bytes: this.#queue.bytes };
    const welcome = await hub.hello({ car, state: { ...describe(), waiting } }, signal);
    const { library } = this.#queue;
    const other =
      this.#expected &&
      (this.#expected.car !== welcome.car || (library !== undefined && this.#expected.library !== library));
    const behind = this.#queue.from > this.#options.index.lines + 1;
    if (other || behind || (this.#welcome && this.#welcome.car !== welcome.car)) {
      // Another library on either side: what is remembered is of the old one.
      this.#options.log.info('the hub is asked anew for everything', { hub: address, car: welcome.car });
      this.#whole.clear();
      await this.#options.index.again();
    }
    this.#expected = undefined;
    this.#welcome = welcome;
    this.#helloAt = now;
    return welcome;
  }

  async #push(batch: Batch, welcome: CarDriveWelcome, signal: AbortSignal): Promise<void> {
    const { hub, log } = this.#options;
    const { ready, lost } = await this.#send(batch.files, welcome, signal);
    const lines: { readonly line: CarDriveLine; readonly file: PendingFile | undefined }[] = [];
    // What an event is stands before what belongs to it; otherwise as in the manifest.
    const places = [
      ...batch.loose.map((place) => ({ place, file: undefined })),
      ...ready.flatMap((file) => file.lines.map((place) => ({ place, file }))),
    ].sort((a, b) => a.place.number - b.place.number);
    for (const { place, file } of places) {
      const line = await this.#lineAt(place);
      if (line) lines.push({ line, file });
    }
    const again = new Set<PendingFile>();
    if (lines.length > 0) {
      const { refused } = await hub.record(
        welcome.car,
        lines.map(({ line }) => line),
        signal,
      );
      for (const { line: at, why } of refused) {
        const { file } = lines[at] ?? {};
        if (!file) continue;
        this.#whole.delete(file.sha256);
        const tries = (this.#tries.get(file.sha256) ?? 0) + 1;
        this.#tries.set(file.sha256, tries);
        if (tries < MOST_TRIES) again.add(file);
        else log.warn('the hub does not take a file', { sha256: file.sha256, why });
      }
    }
    const finished = batch.files.filter((file) => !again.has(file));
    this.#queue.done({ files: finished, loose: batch.loose });
    for (const { sha256 } of finished) {
      this.#whole.delete(sha256);
      this.#tries.delete(sha256);
    }
    for (const { sha256 } of lost) log.warn('a file is gone before the hub had it', { sha256 });
    this.#at = this.#options.clock.wall();
  }

  /** Bytes of what the hub lacks. */
  async #send(
    files: readonly PendingFile[],
    welcome: CarDriveWelcome,
    signal: AbortSignal,
  ): Promise<{ readonly ready: PendingFile[]; readonly lost: PendingFile[] }> {
    const received = await this.#ask(files, welcome, signal);
    const ready: PendingFile[] = [];
    const lost: PendingFile[] = [];
    for (const file of files) {
      const offset = received.get(file.sha256);
      try {
        if (offset !== undefined) await this.#sendFile(file, offset, welcome, signal);
        ready.push(file);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        lost.push(file);
      }
    }
    return { ready, lost };
  }

  async #sendFile(file: PendingFile, offset: number, welcome: CarDriveWelcome, signal: AbortSignal): Promise<void> {
    const { hub, index, clock } = this.#options;
    const { sha256, bytes, key } = file;
    const path = join(index.root, key);
    const take = async (count: number): Promise<void> => {
      await this.#bucket.take(count, signal);
      this.#sent.push({ at: clock.monotonic(), bytes: count });
      if (this.#sent.length > 4000) this.#sent.splice(0, 2000);
    };
    for (let [at, stuck] = [offset, 0]; at < bytes; ) {
      const length = Math.min(Math.max(1, welcome.partBytes), bytes - at);
      let next: number;
      try {
        next = await hub.part(welcome.car, { sha256, bytes, path, offset: at, length }, take, signal);
      } catch (error) {
        if (!(error instanceof UserError) || error.code !== 'offset' || stuck >= MOST_TRIES) throw error;
        const [now] = await hub.missing(welcome.car, [{ sha256, bytes }], signal);
        next = now ? now.received : bytes;
        stuck += 1;
      }
      if (next === at) stuck += 1;
      if (stuck > MOST_TRIES) throw new Unavailable('The hub takes no bytes of a file.', 5000);
      at = next;
    }
    this.#whole.add(sha256);
  }

  /** @returns SHA-256 → bytes that it has; what it has whole is not there */
  async #ask(
    files: readonly PendingFile[],
    welcome: CarDriveWelcome,
    signal: AbortSignal,
  ): Promise<Map<string, number>> {
    const received = new Map<string, number>();
    // What comes next is asked for as well: after a restart the hub may have most of it.
    const unknown = files.filter(({ sha256, bytes }) => bytes > 0 && !this.#whole.has(sha256));
    if (unknown.length === 0) return received;
    const ask = new Map(unknown.map((file) => [file.sha256, file]));
    if (!this.#asked) {
      for (const file of this.#queue.upcoming(this.#options.clock.wall(), ASK_AT_ONCE))
        if (file.bytes > 0) ask.set(file.sha256, file);
      this.#asked = ask.size < ASK_AT_ONCE;
    }
    const asked = [...ask.values()].map(({ sha256, bytes }) => ({ sha256, bytes }));
    const missing = await this.#options.hub.missing(welcome.car, asked, signal);
    for (const one of missing) received.set(one.sha256, one.received);
    for (const { sha256 } of asked) if (!received.has(sha256)) this.#whole.add(sha256);
    const wanted = new Set(files.map(({ sha256 }) => sha256));
    for (const sha256 of received.keys()) if (!wanted.has(sha256)) received.delete(sha256);
    return received;
  }

  /** As the hub takes it; undefined for what it does not know. */
  async #lineAt(place: PendingFile['lines'][number]): Promise<CarDriveLine | undefined> {
    const line = await this.#options.index.lineAt(place);
    if (!line) return undefined;
    const parsed = CarDriveRecord.shape.lines.element.safeParse(line);
    if (!parsed.success)
      this.#options.log.warn('a line of the manifest is not one that a hub takes', {
        line: place.number,
        kind: line.kind,
      });
    return parsed.data;
  }

  /** @returns how long to wait, ms */
  #failed(error: unknown): number {
    this.#state = 'waiting';
    const known = error instanceof Unavailable || error instanceof UserError;
    this.#problem = known ? [error.message, 'remedy' in error ? error.remedy : ''].join(' ').trim() : messageOf(error);
    this.#failures += 1;
    // Another one may answer next time.
    this.#helloAt = Number.NEGATIVE_INFINITY;
    if (this.#failures === 1) {
      const level = known ? 'info' : 'error';
      this.#options.log[level]('the hub does not take footage now', { hub: this.#options.address, error });
    }
    const doubled = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(10, this.#failures - 1));
    const asked = error instanceof Unavailable ? Math.min(error.retryAfterMs, REFUSED_PAUSE) : 0;
    const pause = error instanceof UserError ? REFUSED_PAUSE : Math.max(doubled, asked);
    return pause * (0.75 + 0.5 * (this.#options.random ?? Math.random)());
  }

  /** @param ms undefined: until somebody switches it on */
  async #pause(ms: number | undefined, signal: AbortSignal): Promise<void> {
    if (signal.aborted || (this.#news && this.#failures === 0 && this.#on)) return;
    const over = new AbortController();
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true, signal: over.signal });
    });
    try {
      const both = AbortSignal.any([signal, over.signal]);
      await (ms === undefined ? woken : Promise.race([woken, this.#options.wait(ms, both)]));
    } finally {
      this.#wake = () => undefined;
      over.abort();
    }
  }

  #save(): void {
    const { library } = this.#queue;
    if (this.#welcome === undefined || library === undefined || this.#expected) return;
    const state = { hub: this.#options.address, car: this.#welcome.car, library, from: this.#queue.from };
    if (keyOf(state) === this.#saved) return;
    writePushState(this.#options.stateFile, state);
    this.#saved = keyOf(state);
  }
}

const keyOf = (state: PushState): string => JSON.stringify(Object.values(state));
