/**
 * Writes one run of one track: access units in, segments out (DESIGN, "How a segment is born").
 *
 * `push` never waits: it gathers fragments, and one chain of steps behind it takes them to the disk in order. A step that fails is
 * tried again until it succeeds; meanwhile fragments wait in bounded memory, and the oldest GOPs are given up, and counted, beyond it.
 */
import { dirname, join } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { Unavailable, UserError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import { type Disk, diskErrorCode } from '../../../blobs/disk.ts';
import { Folders } from '../../../blobs/folders.ts';
import type { OpenExtent, SegmentReport } from '../../../contract/recorder.ts';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';
import type { SegmentEnd } from '../../../media/mp4/fragment-table.ts';
import { type SegmentIdentity, wallOf } from '../../../media/mp4/identity.ts';
import { Backlog, type Waiting } from './backlog.ts';
import { diskWords } from './disk-words.ts';
import { originOf, splitSound } from './fragment-spec.ts';
import { Fragmenter, letGo, type PendingFragment } from './fragmenter.ts';
import { Gone } from './gone.ts';
import { HeldMemory } from './held-memory.ts';
import { libraryKey, SPOOL, spoolKey } from './names.ts';
import { OpenSegment } from './open-segment.ts';
import { publish } from './publish.ts';
import { firstSegmentMs, rotation } from './rotation.ts';
import { RunTime } from './run-time.ts';
import { RunWall } from './run-wall.ts';

export interface TrackWriterOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  /** Root of the library, or of the recorder's own disk: `spool/` is made below it. */
  readonly libraryDir: string;
  /** Of this recorder, below `libraryDir`: `ownSpool(id)`. `spool` when not given. */
  readonly spool?: string;
  readonly source: { readonly id: string; readonly folder: string };
  readonly track: string;
  /** Identity of the library, when known. */
  readonly library: string | null;
  /** Fencing token of the lease. */
  readonly token: number;
  /** 8 to 32 letters and digits that sort by start. */
  readonly run: string;
  readonly segmentMs: number;
  readonly fragmentMs: number;
  /** A power loss takes at most so much of the open segment. */
  readonly syncEveryMs: number;
  /** `link`: into the library. `keep`: the finished file stays in the spool, to be uploaded. */
  readonly publish: 'link' | 'keep';
  /** How far the open segment can be read, after each fragment; null when there is none. */
  onExtent(extent: OpenExtent | null): void;
  /**
   * A segment is finished and outlives a power loss. `finalPath` is null with `keep`.
   * When the hub has answered: `acknowledge(disk, spoolPath)`.
   */
  onFinished(report: SegmentReport, spoolPath: string, finalPath: string | null): void;
  /** Why nothing can be written just now; null when it works again. */
  onTrouble?(reason: string | null): void;
  /** The disk has failed for too long to finish this segment: it is closed, and `recoverSpool` can finish it later. */
  onAbandoned?(spoolPath: string): void;
  /** Asked before a file is made or published; throws (`Unavailable`) when the library must not be touched now. */
  guard?(): Promise<void>;
  /** Asked before each step on the disk: why nothing may be written now, or null. Meanwhile footage waits in memory. */
  hold?(): string | null;
  /** The process is to end: `hold` does not count any more, and a disk that fails is tried a few times only. */
  isFinishing?(): boolean;
  /** What may wait for the disk, shared by the writers of a process. */
  readonly memory?: HeldMemory;
  /** Between two tries of a failed step. 1000 when not given. */
  readonly retryMs?: number;
  /** Shared by the writers of a process to save calls. */
  readonly folders?: Folders;
  /** Stops everything where it stands, as if the process died; `recoverSpool` does the rest. */
  readonly signal?: AbortSignal;
}

export interface TrackWriterStats {
  /** Pictures that were taken, and those of them that are in a file. */
  readonly frames: number;
  readonly framesWritten: number;
  /** Pictures given up because the disk did not keep up. */
  readonly framesDropped: number;
  /** Written to files. */
  readonly bytes: number;
  readonly bufferedBytes: number;
  /** Jumps of the camera's clock that were set right. */
  readonly jumps: number;
}

/** So often a step is tried for a file that somebody has removed, and at the end of a run that is not to wait any longer. */
const END_TRIES = 5;
/** A run that has ended waits so long for a disk that fails; what it holds may be all that there is of a camera that has gone. */
const END_PATIENCE_MS = 600_000;

export class TrackWriter {
  readonly #options: TrackWriterOptions;
  readonly #log: Log;
  readonly #folders: Folders;
  readonly #fragmenter: Fragmenter;
  readonly #backlog = new Backlog();
  readonly #memory: HeldMemory;
  readonly #holder;
  readonly #ended = Promise.withResolvers<void>();
  #config: StreamConfig | undefined;
  #time = new RunTime(undefined);
  readonly #wall = new RunWall();
  /** Of the segment that begins next, where the one before has been closed at its first picture. */
  #nextStart: number | undefined;
  #open: OpenSegment | undefined;
  #seq = 0;
  /** What arrived up to then is to be in a finished segment soon. */
  #earlyAt: number | undefined;
  #ending: SegmentEnd | undefined;
  #endingSince = 0;
  #hurried = false;
  /** Ends the pause before the next try. */
  #wake: (() => void) | undefined;
  #troubled = false;
  #working = false;
  /** Payload of the fragment that is being stored. */
  #storing = 0;
  /** The open segment ended without a key frame, so that the next begins without one. */
  #keyless = false;
  /** How long the open segment is to be. */
  #targetMs = 0;
  #frames = 0;
  #framesWritten = 0;
  #bytes = 0;
  /** Of the picture that is shown last, and from the one before it, 90 kHz. */
  #lastPts = Number.NEGATIVE_INFINITY;
  #lastStep = 0;

  constructor(options: TrackWriterOptions) {
    this.#options = options;
    this.#log = options.log.child({ track: options.track, run: options.run });
    this.#folders = options.folders ?? new Folders(options.disk, options.libraryDir);
    this.#fragmenter = new Fragmenter(options.fragmentMs);
    this.#memory = options.memory ?? new HeldMemory();
    const backlog = this.#backlog;
    this.#holder = {
      get heldSince() {
        return backlog.since;
      },
      dropOldest: () => this.#dropOldest(),
    };
    this.#memory.join(this.#name, this.#holder);
  }

  get #name(): string {
    return `${this.#options.source.id}/${this.#options.track}`;
  }

  get stats(): TrackWriterStats {
    return {
      frames: this.#frames,
      framesWritten: this.#framesWritten,
      framesDropped: this.#backlog.framesDropped,
      bytes: this.#bytes,
      bufferedBytes: this.#buffered,
      jumps: this.#time.jumps,
    };
  }

  /** Once, before the first unit. Another configuration is another run: end this one. */
  start(config: StreamConfig): void {
    if (this.#config) throw new Error('a run has one configuration');
    this.#config = config;
    this.#time = new RunTime(config.audio?.sampleRate);
  }

  /** Takes a unit; never waits. What comes before the first key frame or after `end` is left out. */
  push(unit: AccessUnit): void {
    if (!this.#config) throw new Error('start comes before push');
    if (this.#ending !== undefined) return;
    const now = this.#options.clock.monotonic();
    const placed = this.#time.place(unit, now);
    if (!placed) return;
    if (unit.kind === 'video') {
      this.#frames++;
      this.#wall.sample(unit.arrival, placed.pts);
      if (placed.pts > this.#lastPts) {
        this.#lastStep = this.#frames > 1 ? placed.pts - this.#lastPts : 0;
        this.#lastPts = placed.pts;
      }
    }
    const closed = this.#fragmenter.push(placed, now);
    if (unit.kind === 'video' && this.#fragmenter.skipping) this.#backlog.lose(1);
    if (closed) this.#enqueue(closed);
    this.#bound();
  }

  /** How far the wall clock is ahead of the run's own time of day; more than slewing can mend is for a new run. */
  get wallErrorMs(): number {
    return this.#wall.errorMs;
  }

  /** Where the last picture ends on the timeline, UTC ms; undefined before the first. */
  get wallEnd(): number | undefined {
    const end = this.#wall.at(this.#lastPts + this.#lastStep);
    return end === undefined ? undefined : Math.ceil(end);
  }

  /** The run before this one of the same track ended then, UTC ms; `unbroken`: and this one goes on there. To be said before the first unit. */
  follow(wallEnd: number, unbroken: boolean): void {
    this.#wall.follow(wallEnd, unbroken);
  }

  /** This machine's clock was set. @returns true when all that the run holds gets the right time by it, because nothing was written yet */
  clockStepped(byMs: number): boolean {
    return this.#wall.shift(byMs);
  }

  /** The open segment ends at the next key frame that comes in: all that came before is then in a finished one. */
  closeEarly(): void {
    this.#earlyAt = this.#options.clock.monotonic();
  }

  /** Ends the run. Resolves when the last segment is finished, or was left to `recoverSpool` because the disk fails. */
  end(reason: SegmentEnd): Promise<void> {
    if (this.#ending === undefined) {
      this.#ending = reason;
      this.#endingSince = this.#options.clock.monotonic();
      const last = this.#fragmenter.flush();
      if (last) this.#backlog.push(last);
      this.#kick();
    }
    return this.#ended.promise;
  }

  /** A disk that fails is waited for no longer than a few tries, and an order to hold does not count. */
  hurry(): void {
    this.#hurried = true;
    this.#wake?.();
  }

  get #buffered(): number {
    return this.#fragmenter.bytes + this.#backlog.bytes + this.#storing;
  }

  #enqueue(fragment: PendingFragment): void {
    this.#backlog.push(fragment);
    this.#kick();
  }

  #bound(): void {
    const dropped = this.#backlog.framesDropped;
    this.#memory.set(this.#holder, this.#buffered);
    const limit = this.#memory.bound(this.#holder);
    if (limit !== undefined && dropped === 0 && this.#backlog.framesDropped > 0)
      this.#log.warn('the disk does not keep up: the oldest pictures are given up', { limit });
  }

  #dropOldest(): boolean {
    const before = this.#buffered;
    if (!this.#backlog.dropOldest()) this.#backlog.lose(this.#fragmenter.discard());
    this.#memory.set(this.#holder, this.#buffered);
    return this.#buffered < before;
  }

  #kick(): void {
    if (this.#working) return;
    this.#working = true;
    void this.#work();
  }

  async #work(): Promise<void> {
    while (!this.#options.signal?.aborted) {
      const next = this.#backlog.shift();
      if (!next) {
        if (this.#ending !== undefined) await this.#finish(this.#ending);
        break;
      }
      this.#storing = next.fragment.bytes;
      try {
        await this.#store(next);
      } catch (error) {
        await this.#abandon(error);
      }
      this.#storing = 0;
      this.#memory.set(this.#holder, this.#buffered);
    }
    this.#working = false;
    if (this.#ending === undefined) return;
    this.#memory.leave(this.#name, this.#holder);
    this.#ended.resolve();
  }

  async #finish(reason: SegmentEnd): Promise<void> {
    try {
      if (this.#open) await this.#close(this.#open, reason, this.#open.durationTicks);
    } catch (error) {
      await this.#abandon(error);
    }
  }

  async #store(next: Waiting): Promise<void> {
    const frames = next.fragment.video.length;
    let stored = false;
    try {
      // Before anything is named: what is held may be waiting for the right time of day.
      await this.#whileHeld();
      const fragment = await this.#turn(next);
      this.#open ??= await this.#begin(fragment);
      const open = this.#open;
      if (!open) return;
      const before = open.bytes;
      await this.#insist('write', () => open.append(fragment));
      stored = true;
      this.#bytes += open.bytes - before;
      this.#framesWritten += frames;
      await this.#told(open);
    } finally {
      if (!stored) this.#backlog.lose(frames);
      // No write is on its way any more: each was waited for, also one that failed.
      letGo(next.fragment);
    }
  }

  async #told(open: OpenSegment): Promise<void> {
    const { clock, fragmentMs, syncEveryMs, publish: how } = this.#options;
    this.#options.onExtent(open.extent(how === 'link'));
    if (open.isSyncDue(clock.monotonic(), fragmentMs, syncEveryMs)) await this.#insist('sync', () => open.sync());
  }

  /** Closes the open segment if it ends before this fragment. @returns the fragment without the sound that belonged to the old one. */
  async #turn({ fragment, afterGap }: Waiting): Promise<PendingFragment> {
    const open = this.#open;
    const [first] = fragment.video;
    if (!open || !first) return fragment;
    const { key, bytes } = fragment;
    const early = key && this.#earlyAt !== undefined && fragment.since > this.#earlyAt;
    if (early) this.#earlyAt = undefined;
    const why = rotation(open.state(fragment.since), { key, bytes, afterGap }, this.#targetMs, early);
    this.#keyless = why === 'rotate' && !key;
    if (why === undefined) return fragment;
    if (why === 'stall') {
      await this.#close(open, why, open.durationTicks);
      return fragment;
    }
    const { late, rest } = splitSound(fragment, originOf(first, this.#config?.audio?.sampleRate));
    const before = open.bytes;
    await this.#insist('write', () => open.appendSound(late, first));
    this.#bytes += open.bytes - before;
    // The segment lasts until the next begins: what the time of day is slewed by in between belongs to it.
    this.#nextStart = this.#wall.begin(first.pts);
    const stretchMs = open.stretchUntil(this.#nextStart, first);
    await this.#close(open, why, open.durationUntil(first), stretchMs);
    return rest;
  }

  /** Makes the next segment's file, or nothing where the fragment is no place to begin. */
  async #begin(fragment: PendingFragment): Promise<OpenSegment | undefined> {
    const [first] = fragment.video;
    const config = this.#config;
    if (!first || !config || !(fragment.key || this.#keyless)) return undefined;
    const runWallStart = this.#nextStart ?? this.#wall.begin(first.pts);
    this.#nextStart = undefined;
    if (runWallStart === undefined) return undefined;
    const { disk, libraryDir, library, source, track, run, token, segmentMs } = this.#options;
    let seq = this.#seq++;
    this.#targetMs = seq === 0 ? firstSegmentMs(source.id, track, segmentMs) : segmentMs;
    const mediaStart = Math.max(0, first.pts);
    const times = { wallStart: wallOf(runWallStart, mediaStart), mediaStart, runWallStart };
    const spool = this.#options.spool ?? SPOOL;
    const open = await this.#insist('make', async () => {
      const place = { sourceId: source.id, folder: source.folder, track, run, seq, token };
      const identity: SegmentIdentity = { v: 1, library, ...place, ...times };
      await this.#options.guard?.();
      await this.#folders.ensure(join(libraryDir, dirname(spoolKey(identity, spool))));
      try {
        return await OpenSegment.create({ disk, libraryDir, spool, identity, config, fragment });
      } catch (error) {
        // The beginning of an earlier try that could not be removed; `recoverSpool` does it.
        if (diskErrorCode(error) === 'EEXIST') seq = this.#seq++;
        throw error;
      }
    });
    this.#bytes += open.bytes;
    return open;
  }

  /** Finishes, publishes, reports. */
  async #close(open: OpenSegment, ended: SegmentEnd, durationTicks: number, stretchMs = 0): Promise<void> {
    const { disk, libraryDir, publish: how, guard } = this.#options;
    const before = open.bytes;
    const sha256 = await this.#insist('finish', () => open.finish({ ended, durationTicks, stretchMs }));
    await open.close();
    this.#bytes += open.bytes - before;
    let key = libraryKey(open.identity);
    if (how === 'link')
      key = await this.#insist('publish', async () => {
        await guard?.();
        return publish(disk, this.#folders, libraryDir, open.path, open.identity);
      });
    this.#open = undefined;
    const finalPath = how === 'link' ? join(libraryDir, key) : null;
    this.#options.onFinished(open.report(key, sha256, { ended, durationTicks, stretchMs }), open.path, finalPath);
    this.#options.onExtent(null);
  }

  /**
   * Repeats a step while it fails for a reason outside. Comes through with the error for a bug, and when the run has ended and there is
   * no more time.
   */
  async #insist<T>(what: string, step: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      await this.#whileHeld();
      try {
        const result = await step();
        if (tries > 1) this.#log.info('the disk takes footage again', { step: what, tries });
        this.#tell(null);
        return result;
      } catch (error) {
        const outside =
          diskErrorCode(error) !== undefined || error instanceof Unavailable || error instanceof UserError;
        const over = tries >= END_TRIES && (error instanceof Gone || this.#isOver);
        if (!outside || over || this.#options.signal?.aborted) throw error;
        if ((tries & (tries - 1)) === 0)
          this.#log.error('footage cannot be stored; trying again', { step: what, tries, error });
        this.#tell(diskWords(error));
        await this.#pause();
      }
    }
  }

  /** Waits while the disk must not be written to. */
  async #whileHeld(): Promise<void> {
    for (;;) {
      const why = this.#isHurried || this.#options.signal?.aborted ? null : (this.#options.hold?.() ?? null);
      if (why === null) return;
      this.#tell(why);
      await this.#pause();
    }
  }

  get #isHurried(): boolean {
    return this.#hurried || this.#options.isFinishing?.() === true;
  }

  /** The run has ended, and its footage is not waited for any longer. */
  get #isOver(): boolean {
    if (this.#ending === undefined) return false;
    return this.#isHurried || this.#options.clock.monotonic() - this.#endingSince > END_PATIENCE_MS;
  }

  #tell(trouble: string | null): void {
    if (trouble === null && !this.#troubled) return;
    this.#troubled = trouble !== null;
    this.#options.onTrouble?.(trouble);
  }

  #pause(): Promise<void> {
    const { signal, retryMs = 1000 } = this.#options;
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(wake, retryMs);
      signal?.addEventListener('abort', wake);
      this.#wake = wake;
    });
  }

  /** Leaves the open segment as it is, for `recoverSpool`, and goes on with a new one at the next key frame. */
  async #abandon(error: unknown): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (this.#options.signal?.aborted) return;
    this.#tell(null);
    if (this.#isOver && !(error instanceof Gone)) this.#backlog.clear();
    this.#log.error('a segment is left as it is, to be recovered later', {
      seq: open?.identity.seq,
      error,
    });
    if (!open) return;
    this.#options.onExtent(null);
    const [closed] = await Promise.allSettled([open.close()]);
    if (closed.status === 'rejected') this.#log.warn('its file did not close', { error: closed.reason });
    if (!(error instanceof Gone)) this.#options.onAbandoned?.(open.path);
  }
}
