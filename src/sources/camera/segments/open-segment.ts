/**
 * The segment that is being written: its place on the run's time line, and what has to be known to end it well.
 * Every step may be tried again when it failed.
 */
import { join } from 'node:path';
import type { Disk } from '../../../blobs/disk.ts';
import type { OpenExtent, SegmentReport } from '../../../contract/recorder.ts';
import type { StreamConfig } from '../../../media/access-unit.ts';
import { marksOf } from '../../../media/mp4/fragment-table.ts';
import { durationMsOf, type SegmentIdentity, wallOf } from '../../../media/mp4/identity.ts';
import { initSegment } from '../../../media/mp4/init.ts';
import { fragmentSpec, originOf, type SegmentOrigin, soundSpec } from './fragment-spec.ts';
import type { PendingFragment } from './fragmenter.ts';
import { spoolKey } from './names.ts';
import { type PartEnd, PartFile } from './part-file.ts';
import { reportOf } from './report.ts';
import type { SegmentState } from './rotation.ts';
import type { Placed } from './run-time.ts';

export interface OpenSegmentOptions {
  readonly disk: Disk;
  readonly libraryDir: string;
  /** Of this recorder, below `libraryDir`. */
  readonly spool: string;
  readonly identity: SegmentIdentity;
  readonly config: StreamConfig;
  /** The fragment that it begins with. */
  readonly fragment: PendingFragment;
}

export class OpenSegment {
  readonly identity: SegmentIdentity;
  readonly #part: PartFile;
  readonly #config: StreamConfig;
  readonly #origin: SegmentOrigin;
  /** When its first picture arrived, by the monotonic clock: the wall clock may be set. */
  readonly #since: number;
  readonly #key: string;
  #sequence = 1;
  /** When its newest key frame is shown, in ticks after the origin. */
  #lastKey = 0;
  /** When the oldest picture that is not synced arrived; undefined when all is. */
  #unsyncedSince: number | undefined;

  private constructor({ identity, config, fragment, spool }: OpenSegmentOptions, first: Placed, part: PartFile) {
    this.identity = identity;
    this.#key = spoolKey(identity, spool);
    this.#part = part;
    this.#config = config;
    this.#origin = originOf(first, config.audio?.sampleRate);
    this.#since = fragment.since;
  }

  /** Makes the file in the spool; its folder is there. */
  static async create(options: OpenSegmentOptions): Promise<OpenSegment> {
    const { disk, libraryDir, spool, identity, config } = options;
    const path = join(libraryDir, spoolKey(identity, spool));
    const [first] = options.fragment.video;
    if (!first) throw new Error('a segment begins with a picture');
    return new OpenSegment(options, first, await PartFile.create(disk, path, initSegment(config, identity)));
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

  /** How many ms later than its media says the next segment begins. @param nextStart time of day of the run's media time 0 from then on */
  stretchUntil(nextStart: number | undefined, first: Placed): number {
    if (nextStart === undefined) return 0;
    return wallOf(nextStart, first.pts) - wallOf(this.identity.runWallStart, first.pts);
  }

  /** @param now when the picture that comes next arrived, by the monotonic clock. */
  state(now: number): SegmentState {
    const { durationTicks, bytes, fragments } = this.#part;
    return {
      mediaMs: durationTicks / 90,
      wallMs: now - this.#since,
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
    const { key, timing, lost } = fragment;
    const entry = { time, durationTicks, wall, key, frames: fragment.video.length };
    await this.#part.append(spec, { ...entry, ...(timing ? { timing } : {}), ...(lost > 0 ? { lost } : {}) });
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
  finish(end: PartEnd): Promise<string> {
    return this.#part.finish(end);
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
      key: readable ? this.#key : null,
      durationMs: durationMsOf(this.identity, this.durationTicks),
      bytes: this.bytes,
      codec: video.codecString,
      ...(audio ? { audioCodec: audio.codecString } : {}),
    };
  }

  report(key: string, sha256: string, end: PartEnd): SegmentReport {
    const { identity, bytes } = this;
    const { frames, fragments } = this.#part;
    const { video, audio } = this.#config;
    const { codecString: codec, width, height } = video;
    return reportOf(
      { identity, ...end, ...marksOf(fragments), frames, bytes, codec, audioCodec: audio?.codecString, width, height },
      key,
      sha256,
    );
  }
}
