/**
 * Writes one run of one track: access units in, segments out (DESIGN, "How a segment is born").
 *
 * `push` never waits: it gathers fragments, and one chain of steps behind it takes them to the disk in order. A step that fails is
 * tried again until it succeeds; meanwhile fragments wait in bounded memory, and the oldest GOPs are given up, and counted, beyond it.
 */
import { dirname, join } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { messageOf, Unavailable, UserError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { OpenExtent, SegmentReport } from '../../../contract/recorder.ts';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';
import { fragmentBytes } from '../../../media/mp4/fragment.ts';
import type { SegmentEnd } from '../../../media/mp4/fragment-table.ts';
import { durationMsOf, type SegmentIdentity, wallOf } from '../../../media/mp4/identity.ts';
import { initSegment } from '../../../media/mp4/init.ts';
import { Backlog, type Waiting } from './backlog.ts';
import { type Disk, diskErrorCode } from './disk.ts';
import { Folders } from './folders.ts';
import { fragmentSpec, originOf, type SegmentOrigin, soundSpec, splitSound } from './fragment-spec.ts';
import { Fragmenter, type PendingFragment } from './fragmenter.ts';
import { libraryKey, spoolKey } from './names.ts';
import { PartFile } from './part-file.ts';
import { publish } from './publish.ts';
import { reportOf } from './report.ts';
import { firstSegmentMs, rotation } from './rotation.ts';
import { RunTime } from './run-time.ts';
import { Staging } from './staging.ts';

export interface TrackWriterOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Log;
  /** Root of the library, or of the recorder's own disk: `spool/` is made below it. */
  readonly libraryDir: string;
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
  /** Asked before a file is made or published; throws (`Unavailable`) when the library must not be touched now. */
  guard?(): Promise<void>;
  /** Payload that may wait for the disk. 32 MiB when not given. */
  readonly maxBufferedBytes?: number;
  /** Between two tries of a failed step. 1000 when not given. */
  readonly retryMs?: number;
  /** Shared by the writers of a process to save memory and calls. */
  readonly staging?: Staging;
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

/** The segment that is being written. */
interface Open {
  readonly part: PartFile;
  readonly identity: SegmentIdentity;
  readonly origin: SegmentOrigin;
  readonly targetMs: number;
  /** Wall clock at its first picture's arrival. */
  readonly arrival: number;
  sequence: number;
  /** Media time of its newest key frame, ticks after the origin. */
  lastKey: number;
  /** When the oldest picture that is not synced arrived; undefined when all is. */
  unsyncedSince: number | undefined;
}

const DEFAULT_BUFFER = 32 << 20;
/** At the end of a run a failing disk is not waited for longer than so many tries. */
const END_TRIES = 5;

export class TrackWriter {
  readonly #options: TrackWriterOptions;
  readonly #log: Log;
  readonly #staging: Staging;
  readonly #folders: Folders;
  readonly #fragmenter: Fragmenter;
  readonly #backlog = new Backlog();
  readonly #ended = Promise.withResolvers<void>();
  #config: StreamConfig | undefined;
  #time = new RunTime(undefined);
  #runWallStart: number | undefined;
  #open: Open | undefined;
  #seq = 0;
  /** What arrived up to then is to be in a finished segment soon. */
  #earlyAt: number | undefined;
  #ending: SegmentEnd | undefined;
  #working = false;
  /** Payload of the fragment that is being stored. */
  #storing = 0;
  #keyless = false;
  #frames = 0;
  #framesWritten = 0;
  #bytes = 0;

  constructor(options: TrackWriterOptions) {
    this.#options = options;
    this.#log = options.log.child({ track: options.track, run: options.run });
    this.#staging = options.staging ?? new Staging();
    this.#folders = options.folders ?? new Folders(options.disk, options.libraryDir);
    this.#fragmenter = new Fragmenter(options.fragmentMs);
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
    const placed = this.#time.place(unit);
    if (!placed) return;
    this.#runWallStart ??= unit.arrival;
    if (unit.kind === 'video') this.#frames++;
    const closed = this.#fragmenter.push(placed, this.#options.clock.monotonic());
    if (unit.kind === 'video' && this.#fragmenter.skipping) this.#backlog.lose(1);
    if (closed) this.#enqueue(closed);
    this.#bound();
  }

  /** The open segment ends at the next key frame that comes in: all that came before is then in a finished one. */
  closeEarly(): void {
    this.#earlyAt = this.#options.clock.monotonic();
  }

  /** Ends the run. Resolves when the last segment is finished, or was left to `recoverSpool` because the disk fails. */
  end(reason: SegmentEnd): Promise<void> {
    if (this.#ending === undefined) {
      this.#ending = reason;
      const last = this.#fragmenter.flush();
      if (last) this.#backlog.push(last);
      this.#kick();
    }
    return this.#ended.promise;
  }

  get #buffered(): number {
    return this.#fragmenter.bytes + this.#backlog.bytes + this.#storing;
  }

  #enqueue(fragment: PendingFragment): void {
    this.#backlog.push(fragment);
    this.#kick();
  }

  #bound(): void {
    const limit = this.#options.maxBufferedBytes ?? DEFAULT_BUFFER;
    while (this.#buffered > limit) {
      if (this.#backlog.framesDropped === 0)
        this.#log.warn('the disk does not keep up: the oldest pictures are given up', { limit });
      const before = this.#buffered;
      if (!this.#backlog.dropOldest()) this.#backlog.lose(this.#fragmenter.discard());
      if (this.#buffered === before) return;
    }
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
        this.#backlog.lose(next.fragment.video.length);
        await this.#abandon(error);
      }
      this.#storing = 0;
    }
    this.#working = false;
    if (this.#ending !== undefined) this.#ended.resolve();
  }

  async #finish(reason: SegmentEnd): Promise<void> {
    try {
      if (this.#open) await this.#close(this.#open, reason, this.#open.part.durationTicks);
    } catch (error) {
      await this.#abandon(error);
    }
  }

  async #store({ fragment, afterGap }: Waiting): Promise<void> {
    const [first] = fragment.video;
    if (!first) return;
    let pending = fragment;
    if (this.#open) {
      const why = this.#rotation(this.#open, fragment, first.unit.arrival, afterGap);
      if (why !== undefined) pending = await this.#turn(this.#open, fragment, why);
    }
    this.#open ??= await this.#begin(fragment);
    if (!this.#open) {
      this.#backlog.lose(fragment.video.length);
      return;
    }
    await this.#append(this.#open, pending);
  }

  #rotation(open: Open, next: PendingFragment, arrival: number, afterGap: boolean): SegmentEnd | undefined {
    const { part, targetMs } = open;
    const early = next.key && this.#earlyAt !== undefined && next.since > this.#earlyAt;
    if (early) this.#earlyAt = undefined;
    const state = {
      mediaMs: part.durationTicks / 90,
      wallMs: arrival - open.arrival,
      sinceKeyMs: (part.durationTicks - open.lastKey) / 90,
      bytes: part.bytes,
      fragments: part.fragments.length,
    };
    const why = rotation(state, { key: next.key, bytes: next.bytes, afterGap }, targetMs, early);
    this.#keyless = why === 'rotate' && !next.key;
    return why;
  }

  /** Closes a segment before the fragment that begins the next. @returns that fragment without the sound that belonged to the old one. */
  async #turn(open: Open, next: PendingFragment, why: SegmentEnd): Promise<PendingFragment> {
    const [first] = next.video;
    if (!first || why === 'stall') {
      await this.#close(open, why, open.part.durationTicks);
      return next;
    }
    const { late, rest } = splitSound(next, originOf(first, this.#config?.audio?.sampleRate));
    if (late.length > 0) {
      const spec = soundSpec(late, open.origin, ++open.sequence, wallOf(open.identity.runWallStart, first.pts));
      await this.#insist('write', () => open.part.append(spec, undefined));
      this.#bytes += fragmentBytes(spec);
    }
    await this.#close(open, why, Math.max(0, first.pts - open.origin.pts));
    return rest;
  }

  /** Makes the next segment's file, or nothing where the fragment is no place to begin. */
  async #begin(fragment: PendingFragment): Promise<Open | undefined> {
    const [first] = fragment.video;
    const config = this.#config;
    if (!first || !config || this.#runWallStart === undefined || !(fragment.key || this.#keyless)) return undefined;
    const { disk, libraryDir, library, source, track, run, token, segmentMs } = this.#options;
    const seq = this.#seq++;
    const mediaStart = Math.max(0, first.pts);
    const identity: SegmentIdentity = {
      v: 1,
      library,
      sourceId: source.id,
      folder: source.folder,
      track,
      run,
      seq,
      token,
      wallStart: wallOf(this.#runWallStart, mediaStart),
      mediaStart,
      runWallStart: this.#runWallStart,
    };
    const path = join(libraryDir, spoolKey(identity));
    const head = initSegment(config, identity);
    const part = await this.#insist('make', async () => {
      await this.#options.guard?.();
      await this.#folders.ensure(dirname(path));
      return PartFile.create(disk, this.#staging, path, head);
    });
    this.#bytes += head.length;
    return {
      part,
      identity,
      origin: originOf(first, config.audio?.sampleRate),
      arrival: first.unit.arrival,
      sequence: 0,
      lastKey: 0,
      targetMs: seq === 0 ? firstSegmentMs(source.id, track, segmentMs) : segmentMs,
      unsyncedSince: undefined,
    };
  }

  async #append(open: Open, fragment: PendingFragment): Promise<void> {
    const [first] = fragment.video;
    if (!first) return;
    const { part, origin, identity } = open;
    const time = first.pts - origin.pts;
    const wall = wallOf(identity.runWallStart, first.pts);
    const spec = fragmentSpec(fragment, origin, ++open.sequence, wall);
    const frames = fragment.video.length;
    const durationTicks = Math.min(fragment.endDts - first.dts, 0xffffffff);
    await this.#insist('write', () => part.append(spec, { time, durationTicks, wall, key: fragment.key, frames }));
    this.#bytes += fragmentBytes(spec);
    this.#framesWritten += frames;
    if (fragment.key) open.lastKey = time;
    open.unsyncedSince ??= fragment.since;
    this.#options.onExtent(this.#extent(open));
    const { clock, fragmentMs, syncEveryMs } = this.#options;
    // The next chance comes with the next fragment: too late if that would be beyond the limit.
    if (clock.monotonic() + fragmentMs < open.unsyncedSince + syncEveryMs) return;
    await this.#insist('sync', () => part.sync());
    open.unsyncedSince = undefined;
  }

  #extent({ part, identity }: Open): OpenExtent {
    const { sourceId, track, run, seq, token, wallStart } = identity;
    const codec = this.#config?.video.codecString ?? '';
    const audioCodec = this.#config?.audio?.codecString;
    return {
      sourceId,
      track,
      run,
      seq,
      token,
      wallStart,
      codec,
      ...(audioCodec === undefined ? {} : { audioCodec }),
      key: this.#options.publish === 'link' ? spoolKey(identity) : null,
      durationMs: durationMsOf(identity, part.durationTicks),
      bytes: part.bytes,
    };
  }

  async #close(open: Open, ended: SegmentEnd, durationTicks: number): Promise<void> {
    const { part, identity } = open;
    const { disk, libraryDir } = this.#options;
    const before = part.bytes;
    const sha256 = await this.#insist('finish', () => part.finish(ended, durationTicks));
    await part.close();
    this.#bytes += part.bytes - before;
    let key = libraryKey(identity);
    if (this.#options.publish === 'link')
      key = await this.#insist('publish', async () => {
        await this.#options.guard?.();
        return publish(disk, this.#folders, libraryDir, part.path, identity);
      });
    this.#open = undefined;
    const video = this.#config?.video;
    const segment = {
      identity,
      ended,
      durationTicks,
      frames: part.frames,
      bytes: part.bytes,
      codec: video?.codecString ?? '',
      audioCodec: this.#config?.audio?.codecString,
      width: video?.width ?? 0,
      height: video?.height ?? 0,
    };
    const finalPath = this.#options.publish === 'link' ? join(libraryDir, key) : null;
    this.#options.onFinished(reportOf(segment, key, sha256), part.path, finalPath);
    this.#options.onExtent(null);
  }

  /** Repeats a step while it fails for a reason outside, until the run is to end; then, and for a bug, the error comes through. */
  async #insist<T>(what: string, step: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        const result = await step();
        if (tries > 1) {
          this.#log.info('the disk takes footage again', { step: what, tries });
          this.#options.onTrouble?.(null);
        }
        return result;
      } catch (error) {
        const outside =
          diskErrorCode(error) !== undefined || error instanceof Unavailable || error instanceof UserError;
        const over = this.#ending !== undefined && tries >= END_TRIES;
        if (!outside || over || this.#options.signal?.aborted) throw error;
        if ((tries & (tries - 1)) === 0)
          this.#log.error('footage cannot be stored; trying again', { step: what, tries, error });
        this.#options.onTrouble?.(messageOf(error));
        await this.#pause();
      }
    }
  }

  #pause(): Promise<void> {
    const { signal, retryMs = 1000 } = this.#options;
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, retryMs);
      signal?.addEventListener('abort', wake);
    });
  }

  /** Leaves the open segment as it is, for `recoverSpool`, and goes on with a new one at the next key frame. */
  async #abandon(error: unknown): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (this.#options.signal?.aborted) return;
    this.#log.error('a segment is left as it is, to be recovered at the next start', {
      seq: open?.identity.seq,
      error,
    });
    if (!open) return;
    this.#options.onExtent(null);
    const [closed] = await Promise.allSettled([open.part.close()]);
    if (closed.status === 'rejected') this.#log.warn('its file did not close', { error: closed.reason });
  }
}
