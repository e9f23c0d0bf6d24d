/**
 * Pictures of a drive for the page: its small film, minute by minute, and a poster.
 */
import { InputError, messageOf, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { DriveRow } from '../../catalog/tables.ts';
import type { DriveFilm } from '../../contract/drive.ts';
import { SEGMENT_SECONDS } from '../../sources/openpilot/names/route-request.ts';
import { MadeFiles, writing } from '../made-files.ts';
import type { Playable } from '../playback/library.ts';
import { SegmentShelf } from '../playback/segment-shelf.ts';
import { planVideo, type VideoPlan, videoBytes } from '../playback/video.ts';
import type { DriveReader } from './reader.ts';
import type { DriveStore, WantedFile } from './store.ts';

export interface PreviewsOptions {
  readonly store: DriveStore;
  readonly reader: Pick<DriveReader, 'ask'>;
  readonly cache: MadeFiles;
  readonly log: Log;
}

/** One answer shows at most this much. */
const LONGEST_MS = 120_000;
const POSTER_WIDTH = 480;
const MINUTE_MS = SEGMENT_SECONDS * 1000;

export class Previews {
  readonly #options: PreviewsOptions;
  readonly #shelf: SegmentShelf;

  constructor(options: PreviewsOptions) {
    this.#options = options;
    this.#shelf = new SegmentShelf(options.cache.blobs);
  }

  /** How it is coded, by the first minute that can be read. @throws UserError `not-found` when there is none, InputError */
  async film(drive: DriveRow, signal?: AbortSignal): Promise<DriveFilm> {
    const minutes = filmed(drive);
    let wrong: unknown;
    for (const minute of minutes.slice(0, 3)) {
      try {
        const { index } = await this.#shelf.open(await this.#make(drive, minute, signal));
        const { video, audio } = index.config;
        return {
          codec: video.codec,
          audioCodec: audio?.codec ?? null,
          width: video.width,
          height: video.height,
          minutes,
        };
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        wrong ??= error;
      }
    }
    throw (
      wrong ??
      new UserError(
        'There is no small film (qcamera.ts) of this drive.',
        'It is there once the device has uploaded it.',
        {
          code: 'not-found',
        },
      )
    );
  }

  /**
   * The film from the key frame at or before a moment; ms from the start of the drive.
   * @returns undefined when there is nothing in the range
   */
  async video(
    drive: DriveRow,
    range: { from: number; to: number; origin?: number },
    signal: AbortSignal,
  ): Promise<VideoPlan | undefined> {
    const to = Math.min(range.to, range.from + LONGEST_MS);
    const playables: Playable[] = [];
    const minutes = filmed(drive);
    for (const minute of minutes) {
      const start = minute * MINUTE_MS;
      const followed = minutes.includes(minute + 1);
      // The last picture of a minute may end a little later than the minute.
      const end = start + MINUTE_MS + (followed ? 0 : 2000);
      if (start >= to || end <= range.from) continue;
      try {
        playables.push({ key: await this.#make(drive, minute, signal), shownFrom: start, shownTo: end });
      } catch (error) {
        if (!(error instanceof InputError || (error instanceof UserError && error.code === 'not-found'))) throw error;
        this.#options.log.warn('A minute of a drive cannot be shown.', {
          drive: drive.id,
          minute,
          error: messageOf(error),
        });
      }
    }
    return planVideo(playables, this.#shelf, { ...range, to, longest: LONGEST_MS }, this.#options.log, signal);
  }

  bytes(plan: VideoPlan, signal: AbortSignal): AsyncGenerator<Buffer> {
    return videoBytes(plan, this.#shelf, signal);
  }

  /** JPEG. @throws UserError `not-found` */
  async poster(drive: DriveRow): Promise<{ name: string; jpeg: Buffer }> {
    const { store, reader, cache } = this.#options;
    const minutes = drive.files_known ? filmed(drive) : [0];
    // The middle says more than the driveway.
    const minute = minutes[Math.floor(minutes.length / 2)];
    if (minute === undefined)
      throw new UserError('There is no picture of this drive.', 'It needs qcamera.ts.', { code: 'not-found' });
    const wanted: WantedFile = { drive, minute, file: 'qcamera' };
    const name = MadeFiles.nameOf('poster', ...store.stamp(wanted), POSTER_WIDTH);
    const make = async (): Promise<Uint8Array> =>
      (await store.sprite(drive, minute)) ??
      store.withFile(wanted, async (path) => {
        const file = { minute, path, name: `qcamera.ts of minute ${minute}` };
        return (await reader.ask({ do: 'poster', file, at: 15, width: POSTER_WIDTH })).jpeg;
      });
    await cache.keep(name, writing(make));
    return { name, jpeg: await cache.read(name) };
  }

  /** Makes it playable. @returns its name in the cache */
  async #make(drive: DriveRow, minute: number, signal?: AbortSignal): Promise<string> {
    const { store, reader, cache } = this.#options;
    const wanted: WantedFile = { drive, minute, file: 'qcamera' };
    const name = MadeFiles.nameOf('film', ...store.stamp(wanted));
    await cache.keep(name, (to) =>
      store.withFile(
        wanted,
        async (path) => {
          await reader.ask({ do: 'film', file: { minute, path, name: `qcamera.ts of minute ${minute}` }, to });
        },
        signal,
      ),
    );
    return name;
  }
}

/** Minutes that have a small film, in order. */
function filmed(drive: Pick<DriveRow, 'minutes'>): number[] {
  return drive.minutes.flatMap(({ minute, files }) => (files.qcamera ? [minute] : []));
}
