/**
 * The segment that is being written: its place on the run's time line, and what has to be known to end it well.
 * Every step may be tried again when it failed.
 */
import { join } from 'node:path';
import type { OpenExtent, SegmentReport } from '../../../contract/recorder.ts';
import type { StreamConfig } from '../../../media/access-unit.ts';
import type { SegmentEnd } from '../../../media/mp4/fragment-table.ts';
import { durationMsOf, type SegmentIdentity, wallOf } from '../../../media/mp4/identity.ts';
import { initSegment } from '../../../media/mp4/init.ts';
import type { Disk } from './disk.ts';
import { fragmentSpec, originOf, type SegmentOrigin, soundSpec } from './fragment-spec.ts';
import type { PendingFragment } from './fragmenter.ts';
import { spoolKey } from './names.ts';
import { PartFile } from './part-file.ts';
import { reportOf } from './report.ts';
import type { SegmentState } from './rotation.ts';
import type { Placed } from './run-time.ts';
import type { Staging } from './staging.ts';

export interface OpenSegmentOptions {
  readonly disk: Disk;
  readonly staging: Staging;
  readonly libraryDir: string;
  /** Of this recorder, below `libraryDir`. */
  readonly spool: string;
  readonly identity: SegmentIdentity;
  readonly config: StreamConfig;
  /** The picture that it begins with. */
  readonly first: Placed;
}

export class OpenSegment {
  readonly identity: SegmentIdentity;
  readonly #part: PartFile;
  readonly #config: StreamConfig;
  readonly #origin: SegmentOrigin;
  /** Wall clock at its first picture's arrival. */
  readonly #arrival: number;
  readonly #spool: string;
  #sequence = 1;
  /** When its newest key frame is shown, in ticks after the origin. */
  #lastKey = 0;
  /** When the oldest picture that is not synced arrived; undefined when all is. */
  #unsyncedSince: number | undefined;

  private constructor({ identity, config, first, spool }: OpenSegmentOptions, part: PartFile) {
    this.identity = identity;
    this.#spool = spool;
    this.#part = part;
    this.#config = config;
    this.#origin = originOf(first, config.audio?.sampleRate);
    this.#arrival = first.unit.arrival;
  }

  /** Makes the file in the spool; its folder is there. */
  static async create(options: OpenSegmentOptions): Promise<OpenSegment> {
    const { disk, staging, libraryDir, spool, identity, config } = options;
    const path = join(libraryDir, spoolKey(identity, spool));
    return new OpenSegment(options, await PartFile.create(disk, staging, path, initSegment(config, identity)));
  }

  get path(): string {
    return this.#part.path;
  }

  /** In the file so far. */
  get bytes(): number {
    return this.#part.bytes;
  }

  /** Media in the file so far. */
  get durationTicks(): number {
    return this.#part.durationTicks;
  }

  /** How long the segment is when the next one begins with `first`. */
  durationUntil(first: Placed): number {
    return Math.max(0, first.pts - this.#origin.pts);
  }

  /** @param arrival wall clock of the picture that comes next. */
  state(arrival: number): SegmentState {
    const { durationTicks, bytes, fragments } = this.#part;
    return {
      mediaMs: durationTicks / 90,
      wallMs: arrival - this.#arrival,
      sinceKeyMs: (durationTicks - this.#lastKey) / 90,
      bytes,
      fragments: fragments.length,
    };
  }

  async append(fragment: PendingFragment): Promise<void> {
    const [first] = fragment.video;
    if (!first) return;
    const time = first.pts - this.#origin.pts;
    const wall = wallOf(this.identity.runWallStart, first.pts);
    const spec = fragmentSpec(fragment, this.#origin, this.#sequence, wall);
    const durationTicks = Math.min(fragment.endDts - first.dts, 0xffffffff);
    await this.#part.append(spec, { time, durationTicks, wall, key: fragment.key, frames: fragment.video.length });
    this.#sequence++;
    if (fragment.key) this.#lastKey = time;
    this.#unsyncedSince ??= fragment.since;
  }

  /** Appends sound that came after the last picture. @param until the picture that begins the next segment. */
  async appendSound(audio: readonly Placed[], until: Placed): Promise<void> {
    if (audio.length === 0) return;
    const wall = wallOf(this.identity.runWallStart, until.pts);
    await this.#part.append(soundSpec(audio, this.#origin, this.#sequence, wall), undefined);
    this.#sequence++;
  }

  /** Whether to sync now: the next chance comes with the next fragment, too late if that would be beyond the limit. */
  isSyncDue(now: number, fragmentMs: number, syncEveryMs: number): boolean {
    return this.#unsyncedSince !== undefined && now + fragmentMs >= this.#unsyncedSince + syncEveryMs;
  }

  async sync(): Promise<void> {
    await this.#part.sync();
    this.#unsyncedSince = undefined;
  }

  /** Writes the index and syncs. @returns the SHA-256 of the file, in hex. */
  finish(ended: SegmentEnd, durationTicks: number): Promise<string> {
    return this.#part.finish(ended, durationTicks);
  }

  close(): Promise<void> {
    return this.#part.close();
  }

  /** @param readable the file stands where the hub can read it. */
  extent(readable: boolean): OpenExtent {
    const { sourceId, track, run, seq, token, wallStart } = this.identity;
    const { video, audio } = this.#config;
    return {
      sourceId,
      track,
      run,
      seq,
      token,
      wallStart,
      key: readable ? spoolKey(this.identity, this.#spool) : null,
      durationMs: durationMsOf(this.identity, this.durationTicks),
      bytes: this.bytes,
      codec: video.codecString,
      ...(audio ? { audioCodec: audio.codecString } : {}),
    };
  }

  report(key: string, sha256: string, ended: SegmentEnd, durationTicks: number): SegmentReport {
    const { identity, bytes } = this;
    const { frames } = this.#part;
    const { video, audio } = this.#config;
    const { codecString: codec, width, height } = video;
    return reportOf(
      { identity, ended, durationTicks, frames, bytes, codec, audioCodec: audio?.codecString, width, height },
      key,
      sha256,
    );
  }
}
