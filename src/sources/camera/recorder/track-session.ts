/**
 * One stream of a camera, kept open for as long as the camera is held: read, hand on to disk and viewers, and read
 * again when it ends.
 */
import type { Clock } from '../../../base/clock.ts';
import { UserError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { WallMs } from '../../../base/units.ts';
import type { OutageCause } from '../../../contract/outage.ts';
import type { OpenExtent, SegmentReport } from '../../../contract/recorder.ts';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';
import { type AttemptResult, retryDelay, WORKED_AFTER_MS, wantedPause } from './backoff.ts';
import type { TrackCounters } from './counters.ts';
import type { LiveFeed } from './live-feed.ts';
import type { OutageWatch } from './outage-watch.ts';
import { Rates } from './rates.ts';
import { runId } from './run-id.ts';
import { sameConfig } from './same-config.ts';
import { type ReadingEnd, reasonOf, SessionOutages } from './session-outages.ts';
import type { ReadOptions, StreamReader } from './stream-reader.ts';

export type Ended = SegmentReport['ended'];

/** Why a session is told to stop, or a run to end. */
export type StopReason = Extract<Ended, 'stop' | 'change' | 'disconnect'>;

export type SessionState =
  | { readonly status: 'connecting'; readonly since: WallMs; readonly reason?: string }
  | { readonly status: 'recording'; readonly since: WallMs; readonly config: StreamConfig }
  | { readonly status: 'stalled'; readonly since: WallMs; readonly reason: string }
  | { readonly status: 'backoff'; readonly since: WallMs; readonly reason: string };

/** Where the units of one run go; a `TrackWriter`. */
export interface RunWriter {
  start(config: StreamConfig): void;
  push(unit: AccessUnit): void;
  closeEarly(): void;
  end(reason: Ended): Promise<void>;
  /** Does not wait any longer for a disk that fails. */
  hurry(): void;
  /** How far the wall clock is ahead of the run's own time of day. */
  readonly wallErrorMs?: number;
  /** Where its last picture ends on the timeline, UTC ms. */
  readonly wallEnd?: number | undefined;
  /** Said ahead of the first unit: where the last picture of the run before ends, and whether this run goes on exactly there. */
  follow?(wallEnd: number, unbroken: boolean): void;
  /** This machine's clock was set; true when the run gets the right time by it. */
  clockStepped?(byMs: number): boolean;
  readonly stats: { readonly framesWritten: number; readonly framesDropped: number };
}

/** What a writer tells. */
export interface WriterEvents {
  /** How far the open segment can be read; null when there is none. */
  onExtent(extent: OpenExtent | null): void;
  /** Why nothing can be written just now; null when it works again. */
  onTrouble(reason: string | null): void;
}

export interface SessionOptions {
  readonly camera: { readonly id: string; readonly name: string };
  readonly track: string;
  readonly stream: Pick<ReadOptions, 'url' | 'username' | 'password' | 'transport'>;
  readonly read: StreamReader;
  /** Opens the writer of a new run, with the token and storage of that moment. */
  readonly openWriter: (run: string, events: WriterEvents) => RunWriter;
  readonly feed: LiveFeed;
  /** Of this track; absent when it is not recorded. */
  readonly outages?: OutageWatch;
  readonly clock: Clock;
  readonly log: Log;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** No picture for this long: the camera hangs, whatever its socket says. */
const STALL_MS = 10_000;
/** A first picture may need a whole group of pictures: some cameras send a key frame only each 30 s. */
const FIRST_PICTURE_MS = 45_000;
/** Runs whose last bytes are still on their way to a slow disk; with more, the oldest is not waited for any longer. */
const MAX_ENDING = 16;
const MAX_REASON = 500;
/** What a run's time of day may be wrong by; slewing mends it within an hour or so. */
const SLEWED_MS = 2000;

interface Run {
  readonly id: string;
  readonly writer: RunWriter;
}

export class TrackSession {
  readonly track: string;
  readonly #o: SessionOptions;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  readonly #rates = new Rates();
  readonly #outages: SessionOutages | undefined;
  readonly #extents = new Map<string, OpenExtent>();
  readonly #ending = new Map<Promise<void>, RunWriter>();
  #stopReason: StopReason = 'stop';
  #state: SessionState;
  #attempt: AbortController | undefined;
  #stalled = false;
  #config: StreamConfig | undefined;
  #run: Run | undefined;
  /** Where the last run ended on the timeline, UTC ms, and on which connection, unless our clock was why. */
  #ended: { readonly at: number; readonly attempt: AbortController | undefined } | undefined;
  #clockMoved = false;
  #renewRun = false;
  #runs = 0;
  #trouble: string | null = null;
  #framesRead = 0;
  #bytesRead = 0;
  #framesWritten = 0;
  #framesDropped = 0;
  #lastFrameAt: WallMs | undefined;
  #quietMs = 0;
  #ticked: { at: number; frames: number };

  constructor(options: SessionOptions) {
    this.#o = options;
    this.track = options.track;
    this.#outages = options.outages && new SessionOutages(options.outages);
    this.#state = { status: 'connecting', since: options.clock.wall() };
    this.#ticked = { at: options.clock.monotonic(), frames: 0 };
    this.#done = this.#live();
  }

  get state(): SessionState {
    return this.#state;
  }
  get lastFrameAt(): WallMs | undefined {
    return this.#lastFrameAt;
  }
  get rates(): { fps: number; bitrate: number } | undefined {
    return this.#state.status === 'recording' ? this.#rates.current : undefined;
  }
  /** Why what is read cannot be written just now. */
  get trouble(): string | null {
    return this.#trouble;
  }
  get extents(): Iterable<OpenExtent> {
    return this.#extents.values();
  }

  get counters(): TrackCounters {
    let written = this.#framesWritten;
    let dropped = this.#framesDropped;
    for (const writer of [this.#run?.writer, ...this.#ending.values()]) {
      written += writer?.stats.framesWritten ?? 0;
      dropped += writer?.stats.framesDropped ?? 0;
    }
    return {
      cameraId: this.#o.camera.id,
      camera: this.#o.camera.name,
      track: this.track,
      status: this.#state.status,
      framesRead: this.#framesRead,
      framesWritten: written,
      framesDropped: dropped,
      bytesRead: this.#bytesRead,
      runs: this.#runs,
    };
  }

  /** A clip waits for the open segment. */
  closeEarly(): void {
    this.#run?.writer.closeEarly();
  }

  /** From the next key frame on a new run is written, without a new connection and without a gap: token or storage have changed. */
  renewRun(): void {
    this.#renewRun = this.#run !== undefined;
  }

  /** Ends reading and the open segment; resolves when that is on the disk. */
  stop(reason: StopReason): Promise<void> {
    if (!this.#stop.signal.aborted) {
      this.#stopReason = reason;
      this.#stop.abort();
      this.#attempt?.abort();
    }
    return this.#done;
  }

  /**
   * To be called about once a second. Time is counted in ticks that did happen: a recorder that was itself paused
   * must first read what waits in its sockets before it may blame a camera.
   */
  tick(): void {
    const at = this.#o.clock.monotonic();
    const elapsed = Math.min(at - this.#ticked.at, 1500);
    const quiet = this.#framesRead === this.#ticked.frames;
    this.#ticked = { at, frames: this.#framesRead };
    this.#quietMs = quiet ? this.#quietMs + elapsed : 0;
    const { status } = this.#state;
    this.#outages?.tick(this.#run?.writer.stats.framesDropped, this.#trouble);
    if (status === 'recording') this.#rates.sample(at, this.#framesRead, this.#bytesRead);
    const limit = this.#run === undefined ? FIRST_PICTURE_MS : STALL_MS;
    if ((status === 'recording' || status === 'connecting') && this.#quietMs >= limit) {
      const reason = `no picture for ${Math.round(this.#quietMs / 1000)} s`;
      this.#o.log.warn('camera has stalled; connecting anew', { reason });
      this.#become({ status: 'stalled', since: this.#o.clock.wall(), reason });
      this.#stalled = true;
      this.#attempt?.abort();
    }
  }

  async #live(): Promise<void> {
    const { signal } = this.#stop;
    let failures = 0;
    // A session exists before its first read begins, whatever the reader does.
    await Promise.resolve();
    while (!signal.aborted) {
      const { result, reason, wants, cause } = await this.#readOnce();
      if (signal.aborted) break;
      failures = result === 'worked' ? 0 : failures + 1;
      const delay = Math.max(retryDelay(result, failures), wants);
      this.#o.log.warn('stream has ended', { reason, cause, retryMs: delay });
      if (delay > 0) {
        this.#become({ status: 'backoff', since: this.#o.clock.wall(), reason });
        await this.#o.sleep(delay, signal);
      }
      while (this.#ending.size >= MAX_ENDING) {
        const [oldest] = this.#ending.values();
        oldest?.hurry();
        await Promise.race(this.#ending.keys());
      }
    }
    await Promise.all(this.#ending.keys());
  }

  async #readOnce(): Promise<{ result: AttemptResult; reason: string; wants: number; cause?: OutageCause }> {
    const { clock, stream } = this.#o;
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#stalled = false;
    this.#quietMs = 0;
    this.#config = undefined;
    const before = this.#state;
    this.#become({
      status: 'connecting',
      since: clock.wall(),
      ...('reason' in before && before.reason !== undefined ? { reason: before.reason } : {}),
    });
    const began = clock.monotonic();
    const framesBefore = this.#framesRead;
    let outcome: ReadingEnd['outcome'];
    let refused = false;
    try {
      outcome = await this.#o.read({
        ...stream,
        clock,
        signal: attempt.signal,
        onConfig: (config) => this.#onConfig(config),
        onUnit: (unit) => this.#onUnit(unit),
        // The first picture's arrival is the run's wall time.
        unhurried: () => this.#run !== undefined && !this.#o.feed.watched,
        onNote: (note) => {
          this.#outages?.note(note.kind, clock.wall());
          this.#o.log.debug('stream note', { kind: note.kind, text: note.text });
        },
      });
    } catch (error) {
      refused = error instanceof UserError && (error.code === 'auth' || error.code === 'unauthorised');
      outcome = { error };
    }
    // What a camera says of itself may be of any length, and is told with each heartbeat.
    let reason = reasonOf(outcome).slice(0, MAX_REASON);
    this.#attempt = undefined;
    attempt.abort();
    if (this.#stalled && this.#state.status === 'stalled') reason = this.#state.reason;
    this.#endRun(this.#stop.signal.aborted ? this.#stopReason : this.#stalled ? 'stall' : 'disconnect');
    const hadPictures = this.#framesRead > framesBefore;
    const end: ReadingEnd = { outcome, hadPictures, stalled: this.#stalled, refused };
    let cause: OutageCause | undefined;
    if (!this.#stop.signal.aborted) cause = this.#outages?.ended(end, reason);
    else if (this.#stopReason === 'change') this.#outages?.changing();
    const worked = hadPictures && clock.monotonic() - began >= WORKED_AFTER_MS;
    const result = worked ? 'worked' : refused ? 'refused' : 'failed';
    return {
      result,
      reason,
      wants: wantedPause('error' in outcome ? outcome.error : undefined),
      ...(cause === undefined ? {} : { cause }),
    };
  }

  #onConfig(config: StreamConfig): void {
    if (this.#config !== undefined && sameConfig(this.#config, config)) return;
    this.#config = config;
    this.#outages?.renewed('change', 'The coding of the pictures has changed.');
    this.#endRun('change');
  }

  #onUnit(unit: AccessUnit): void {
    const isVideo = unit.kind === 'video';
    if (isVideo) {
      this.#framesRead += 1;
      this.#lastFrameAt = unit.arrival;
      if (unit.key && this.#renewRun) this.#endRun('change');
    }
    this.#bytesRead += unit.size;
    let run = this.#run;
    if (run === undefined) {
      if (!isVideo || !unit.key || this.#config === undefined || this.#attempt === undefined) return;
      run = this.#openRun(this.#config, unit);
    }
    if (isVideo) {
      this.#watchClock(run);
      this.#outages?.picture(unit);
    }
    run.writer.push(unit);
    this.#o.feed.push(unit);
  }

  #watchClock(run: Run): void {
    const errorMs = run.writer.wallErrorMs ?? 0;
    if (Math.abs(errorMs) <= SLEWED_MS || this.#renewRun) return;
    this.#o.log.info('the clock and the camera do not agree any more; a new run begins at the next key frame', {
      run: run.id,
      errorMs: Math.round(errorMs),
    });
    this.#renewForClock();
  }

  /**
   * This machine's clock was set. What is being recorded does not move: a small step is slewed, after a large one the next key frame begins
   * a run with the right time of day.
   */
  clockStepped(byMs: number): void {
    const run = this.#run;
    if (run === undefined || Math.abs(byMs) <= SLEWED_MS || run.writer.clockStepped?.(byMs)) return;
    this.#renewForClock();
  }

  #renewForClock(): void {
    this.#clockMoved = true;
    this.#outages?.renewed('clock');
    this.renewRun();
  }

  #openRun(config: StreamConfig, first: AccessUnit): Run {
    const id = runId(this.#o.clock.wall());
    const writer = this.#o.openWriter(id, {
      onExtent: (extent) => {
        if (extent === null) this.#extents.delete(id);
        else {
          this.#extents.set(id, extent);
          this.#outages?.stored(extent, writer.stats.framesDropped);
        }
      },
      onTrouble: (reason) => {
        this.#trouble = reason;
      },
    });
    writer.start(config);
    if (this.#ended !== undefined)
      writer.follow?.(this.#ended.at, this.#ended.attempt !== undefined && this.#ended.attempt === this.#attempt);
    // Decoding begins before the first picture is shown where pictures are reordered.
    this.#o.feed.start(config, first.arrival, Math.min(first.pts, first.dts));
    this.#rates.reset();
    this.#runs += 1;
    this.#outages?.opened(id);
    this.#run = { id, writer };
    this.#become({ status: 'recording', since: this.#o.clock.wall(), config });
    this.#o.log.info('recording', {
      run: id,
      codec: config.video.codecString,
      audio: config.audio?.codecString ?? null,
      width: config.video.width,
      height: config.video.height,
    });
    return this.#run;
  }

  #endRun(ended: Ended): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    const { wallEnd } = run.writer;
    this.#ended =
      wallEnd === undefined ? undefined : { at: wallEnd, attempt: this.#clockMoved ? undefined : this.#attempt };
    this.#clockMoved = false;
    this.#renewRun = false;
    this.#o.feed.stop();
    const ending = this.#finish(run, ended).finally(() => this.#ending.delete(ending));
    this.#ending.set(ending, run.writer);
  }

  async #finish(run: Run, ended: Ended): Promise<void> {
    try {
      await run.writer.end(ended);
    } catch (error) {
      this.#o.log.error('the end of a run could not be written', { run: run.id, error });
    }
    this.#extents.delete(run.id);
    const { framesWritten, framesDropped } = run.writer.stats;
    this.#framesWritten += framesWritten;
    this.#framesDropped += framesDropped;
    this.#o.log.info('run has ended', {
      run: run.id,
      ended,
      framesWritten,
      framesDropped,
      framesRead: this.#framesRead,
    });
  }

  #become(state: SessionState): void {
    this.#state = state;
  }
}
