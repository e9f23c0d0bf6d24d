/**
 * One MP4 that grows: fragments that can be played at any moment, also after a kill. Ended in order it becomes an ordinary file,
 * with one table of all pictures at its beginning.
 */
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { VIDEO_TIMESCALE } from '../../../base/units.ts';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';
import { AUDIO_TRACK, VIDEO_TRACK } from '../../../media/mp4/box.ts';
import { flatMovieHead } from '../../../media/mp4/flat-movie.ts';
import { FlatTrack } from '../../../media/mp4/flat-track.ts';
import { type FragmentSpec, fragmentPieces } from '../../../media/mp4/fragment.ts';
import { initSegment } from '../../../media/mp4/init.ts';
import { fragmentSpec, originOf, type SegmentOrigin } from '../segments/fragment-spec.ts';
import { Fragmenter, type PendingFragment } from '../segments/fragmenter.ts';

const FRAGMENT_MS = 1000;
const COPY_BYTES = 4_000_000;
/** Above this the tables would take hundreds of megabytes of memory: the file stays in fragments. */
const MOST_SAMPLES = 20_000_000;

export interface Captured {
  readonly file: string;
  readonly bytes: number;
  /** Seconds, gaps included. */
  readonly duration: number;
  readonly pictures: number;
  /** Times that the stream was away. */
  readonly gaps: number;
}

export class CapturedFile {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #config: StreamConfig;
  readonly #init: Buffer;
  readonly #fragmenter = new Fragmenter(FRAGMENT_MS);
  readonly #tables = { video: new FlatTrack(), audio: new FlatTrack() };
  /** When the first picture arrived, UTC ms. */
  readonly #started: number;
  #origin: SegmentOrigin | undefined;
  #bytes: number;
  #sequence = 0;
  #pictures = 0;
  #gaps = 0;
  /** Ticks added to a unit's times; undefined until a connection's first picture. */
  #shift: number | undefined;
  #lastVideo = -1;
  #lastAudio = -1;
  /** Where sound begins, ticks of the sound track. */
  #audioBegins: number | undefined;
  #ticks = 0;
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;

  private constructor(path: string, file: FileHandle, config: StreamConfig, started: number, init: Buffer) {
    this.path = path;
    this.#file = file;
    this.#config = config;
    this.#started = started;
    this.#init = init;
    this.#bytes = init.length;
  }

  /** @param started arrival of the first picture, UTC ms @throws UserError `conflict` when there is such a file and `force` is not given */
  static async create(path: string, config: StreamConfig, started: number, force: boolean): Promise<CapturedFile> {
    const file = await open(path, force ? 'w' : 'wx').catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      throw new UserError(`${basename(path)} exists already.`, 'Give another name, or --force to replace it.', {
        code: 'conflict',
        cause: error,
      });
    });
    const init = initSegment(config);
    await file.write(init);
    return new CapturedFile(path, file, config, started, init);
  }

  get config(): StreamConfig {
    return this.#config;
  }

  /** What is in the file so far. */
  get captured(): Captured {
    const { path, ...count } = { path: this.path, bytes: this.#bytes, pictures: this.#pictures, gaps: this.#gaps };
    return { file: path, duration: this.#ticks / VIDEO_TIMESCALE, ...count };
  }

  /** Why it cannot be written; undefined when all is well. */
  get failure(): unknown {
    return this.#failure;
  }

  /** The stream has ended and may come again; the time between is left out of nothing: it stands in the file as a gap. */
  interrupt(): void {
    if (this.#shift === undefined) return;
    this.#shift = undefined;
    this.#gaps += 1;
    this.#put(this.#fragmenter.flush());
  }

  push(unit: AccessUnit): void {
    if (this.#shift === undefined) {
      if (unit.kind !== 'video' || !unit.key) return;
      const wall = Math.round(((unit.arrival - this.#started) * VIDEO_TIMESCALE) / 1000);
      this.#shift = Math.max(wall, this.#ticks) - unit.dts;
    }
    const rate = unit.kind === 'video' ? VIDEO_TIMESCALE : (this.#config.audio?.sampleRate ?? 0);
    if (rate === 0) return;
    const shift = Math.round((this.#shift * rate) / VIDEO_TIMESCALE);
    const last = unit.kind === 'video' ? this.#lastVideo : this.#lastAudio;
    const dts = Math.max(unit.dts + shift, last + 1);
    const placed = { unit, pts: Math.max(unit.pts + shift, 0), dts };
    if (unit.kind === 'video') {
      this.#lastVideo = dts;
      this.#origin ??= originOf(placed, this.#config.audio?.sampleRate);
    } else this.#lastAudio = dts;
    this.#put(this.#fragmenter.push(placed, 0));
  }

  /** Makes it whole. @param flat as an ordinary MP4 @throws when the disk does not take it; what was written before can be played */
  async end(flat: boolean): Promise<Captured> {
    this.#put(this.#fragmenter.flush());
    await this.#writing;
    try {
      if (this.#failure !== undefined) throw this.#failure;
      await this.#file.sync();
      const isSmall = this.#tables.video.samples + this.#tables.audio.samples <= MOST_SAMPLES;
      if (flat && isSmall && this.#pictures > 0) await this.#flatten();
    } finally {
      await this.#file.close();
    }
    return { ...this.captured, bytes: (await stat(this.path)).size };
  }

  #put(pending: PendingFragment | undefined): void {
    if (pending === undefined || this.#origin === undefined || this.#failure !== undefined) return;
    this.#sequence += 1;
    const spec = fragmentSpec(pending, this.#origin, this.#sequence, Date.now());
    const bytes = Buffer.concat(fragmentPieces(spec));
    const place = this.#bytes - this.#init.length;
    this.#bytes += bytes.length;
    this.#pictures += pending.video.length;
    this.#ticks = pending.endDts - this.#origin.dts;
    this.#note(spec, place, bytes.length);
    this.#writing = this.#writing.then(async () => {
      if (this.#failure !== undefined) return;
      try {
        await this.#file.write(bytes);
      } catch (error) {
        this.#failure = error;
      }
    });
  }

  /** For the table of the ordinary file: the payload stands at the end of a fragment, pictures first. */
  #note(spec: FragmentSpec, place: number, bytes: number): void {
    const payload = spec.tracks.reduce((sum, track) => sum + track.samples.reduce((all, { size }) => all + size, 0), 0);
    let at = place + bytes - payload;
    for (const { id, baseTime, samples } of spec.tracks) {
      if (samples.length === 0) continue;
      const table = id === VIDEO_TRACK ? this.#tables.video : this.#tables.audio;
      if (id === AUDIO_TRACK) this.#audioBegins ??= baseTime;
      table.lastUntil(baseTime - (id === AUDIO_TRACK ? (this.#audioBegins ?? 0) : 0));
      table.chunk(at, samples);
      at += samples.reduce((sum, { size }) => sum + size, 0);
    }
  }

  /** Beside it, then over it in one step: at any moment there is a file that can be played. */
  async #flatten(): Promise<void> {
    const { video, audio } = this.#tables;
    const dataBytes = this.#bytes - this.#init.length;
    const rate = this.#config.audio?.sampleRate ?? 1;
    const toMovie = (ticks: number): number => Math.round((ticks / rate) * VIDEO_TIMESCALE);
    const begins = toMovie(this.#audioBegins ?? 0);
    const head = flatMovieHead({
      init: this.#init,
      timescale: VIDEO_TIMESCALE,
      dataBytes,
      tracks: [
        { id: VIDEO_TRACK, table: video, edit: { empty: 0, mediaTime: 0, duration: video.ticks } },
        { id: AUDIO_TRACK, table: audio, edit: { empty: begins, mediaTime: 0, duration: toMovie(audio.ticks) } },
      ],
      created: this.#started,
    });
    const draft = join(dirname(this.path), `.${basename(this.path)}.${process.pid}.tmp`);
    try {
      const [target, source] = [await open(draft, 'wx'), await open(this.path, 'r')];
      try {
        await target.write(head);
        const block = Buffer.allocUnsafe(COPY_BYTES);
        for (let done = 0; done < dataBytes; ) {
          const { bytesRead } = await source.read(
            block,
            0,
            Math.min(COPY_BYTES, dataBytes - done),
            this.#init.length + done,
          );
          if (bytesRead === 0) throw new Error('the captured file has become shorter');
          await target.write(block, 0, bytesRead);
          done += bytesRead;
        }
        await target.sync();
      } finally {
        await target.close();
        await source.close();
      }
      await rename(draft, this.path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }
}
