/**
 * Telemetry of an event or a range: read clip by clip in a process of its own, and kept, because reading a clip reads all of it.
 */
import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import { InputError, messageOf, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { type CarClipSeen, carClipsBetween, clipsOfCarEvent } from '../../catalog/car-files.ts';
import type { CarFileRow, Database, SourceRow } from '../../catalog/tables.ts';
import type { CarTelemetry } from '../../contract/car.ts';
import type { FilePlace, TelemetryColumns } from '../../sources/dashcam/reader/messages.ts';
import type { MadeFiles } from '../made-files.ts';
import { type CarEvents, checkRange } from './events.ts';
import type { CarReader } from './reader.ts';
import type { CarRange } from './routes.ts';
import { mergeTelemetry, minutesOf } from './telemetry-merge.ts';

export interface CarTelemetryOptions {
  readonly db: Kysely<Database>;
  readonly car: (idOrName: string) => Promise<SourceRow>;
  readonly events: Pick<CarEvents, 'row'>;
  readonly reader: Pick<CarReader, 'ask'>;
  readonly cache: MadeFiles;
  readonly placeOf: (file: CarFileRow) => Promise<FilePlace | undefined>;
  readonly log: Log;
  /** Somebody waits no longer than this for what is not kept yet. */
  readonly patienceMs?: number;
}

const HOUR_MS = 3_600_000;
const MOST_CLIPS = 1000;
const PATIENCE_MS = 15_000;
/** Changes when the columns do. */
const FORMAT = 1;
const NOTHING: TelemetryColumns = {
  ...{ at: [], speed: [], accelerator: [], steering: [], flags: [], gear: [], autopilot: [] },
  ...{ latitude: [], longitude: [], heading: [], accelerationX: [], accelerationY: [] },
};

export class CarTelemetryReader {
  readonly #options: CarTelemetryOptions;

  constructor(options: CarTelemetryOptions) {
    this.#options = options;
  }

  async ofEvent(car: string, event: string, rows: number, signal: AbortSignal): Promise<CarTelemetry> {
    const { id } = await this.#options.events.row(car, event);
    return this.#of(await clipsOfCarEvent(this.#options.db, id), rows, signal);
  }

  /** @throws UserError when the range is longer than an hour */
  async ofRange(car: string, range: CarRange, rows: number, signal: AbortSignal): Promise<CarTelemetry> {
    const { id } = await this.#options.car(car);
    checkRange(range, HOUR_MS, 'an hour');
    return this.#of(await carClipsBetween(this.#options.db, id, range, MOST_CLIPS), rows, signal);
  }

  async #of(clips: readonly CarClipSeen[], rows: number, signal: AbortSignal): Promise<CarTelemetry> {
    const readable = clips.flatMap((clip) =>
      clip.encrypted || clip.start_at === null ? [] : [{ ...clip, start: clip.start_at }],
    );
    const deadline = performance.now() + (this.#options.patienceMs ?? PATIENCE_MS);
    const parts: { start: number; columns: TelemetryColumns }[] = [];
    let unread = 0;
    for (const minute of minutesOf(readable))
      for (const clip of minute) {
        signal.throwIfAborted();
        const columns = await this.#columns(clip, performance.now() < deadline);
        if (!columns) unread += 1;
        else if (columns.at.length > 0) parts.push({ start: clip.start, columns });
        if (!columns || columns.at.length > 0) break;
      }
    return mergeTelemetry(parts, rows, unread);
  }

  /** @param mayRead undefined is the answer where it would have to be read and may not */
  async #columns(clip: CarClipSeen, mayRead: boolean): Promise<TelemetryColumns | undefined> {
    const { cache, reader, placeOf, log } = this.#options;
    const name = `${createHash('sha256').update(`telemetry ${FORMAT} ${clip.id}`).digest('hex').slice(0, 40)}.json`;
    const kept = await cache.read(name).catch(() => undefined);
    if (kept) return JSON.parse(kept.toString('utf8')) as TelemetryColumns;
    if (!mayRead) return undefined;
    const file = await placeOf(clip);
    if (!file) return NOTHING;
    try {
      await cache.keep(name, async (to) => void (await reader.ask({ do: 'telemetry', file, to })));
      return JSON.parse((await cache.read(name)).toString('utf8')) as TelemetryColumns;
    } catch (error) {
      if (!(error instanceof InputError || error instanceof UserError)) throw error;
      log.info('The telemetry of a clip could not be read.', { file: clip.id, error: messageOf(error) });
      return NOTHING;
    }
  }
}
