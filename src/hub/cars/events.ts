/**
 * What has happened to a car, and what it has filmed.
 */
import type { Kysely } from 'kysely';
import { UserError } from '../../base/errors.ts';
import { type CarEventSeen, countCarEventsByDay, getCarEvent, listCarEvents } from '../../catalog/car-events.ts';
import { besideCarEvent, carClipsBetween, carDays, clipsOfCarEvent } from '../../catalog/car-files.ts';
import type { Database, SourceRow } from '../../catalog/tables.ts';
import type { CarDay, CarEvent, CarEventDetail, CarFootage } from '../../contract/car.ts';
import type { CarRange } from './routes.ts';
import { camerasOf, eventOf } from './shown.ts';

export interface CarEventsOptions {
  readonly db: Kysely<Database>;
  /** @throws UserError `not-found` */
  readonly car: (idOrName: string) => Promise<SourceRow>;
}

const DAY_MS = 86_400_000;
/** Six cameras make 8,640 a day. */
const MOST_CLIPS = 12_000;

export class CarEvents {
  readonly #options: CarEventsOptions;

  constructor(options: CarEventsOptions) {
    this.#options = options;
  }

  /** Newest first. */
  async list(
    car: string,
    which: { ring?: 'saved' | 'sentry'; from?: number; before?: number; limit: number },
  ): Promise<CarEvent[]> {
    const { id } = await this.#options.car(car);
    return (await listCarEvents(this.#options.db, id, which)).map(eventOf);
  }

  /** @throws UserError `not-found` */
  async row(car: string, event: string): Promise<CarEventSeen> {
    const { id } = await this.#options.car(car);
    const row = await getCarEvent(this.#options.db, id, event);
    if (!row)
      throw new UserError('The car has no such event.', 'It may have been deleted: see the list.', {
        code: 'not-found',
      });
    return row;
  }

  async detail(car: string, event: string): Promise<CarEventDetail> {
    const { db } = this.#options;
    const row = await this.row(car, event);
    const beside = await besideCarEvent(db, row.id);
    return {
      event: eventOf(row),
      cameras: camerasOf(await clipsOfCarEvent(db, row.id)),
      files: beside.flatMap(({ name, bytes, role }) => (role === 'clip' ? [] : [{ name, bytes, role }])),
    };
  }

  async days(car: string, which: { before?: string; limit: number }): Promise<CarDay[]> {
    const { db } = this.#options;
    const { id } = await this.#options.car(car);
    const days = await carDays(db, id, which);
    const starts = days.map(({ day }) => Date.parse(`${day}T00:00:00Z`));
    const events =
      days.length === 0
        ? new Map<string, number>()
        : await countCarEventsByDay(db, id, { from: Math.min(...starts), to: Math.max(...starts) + DAY_MS });
    return days.map(({ from, to, ...day }) => ({
      ...day,
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      events: events.get(day.day) ?? 0,
    }));
  }

  /** @throws UserError when the range is no range, or longer than a day */
  async footage(car: string, range: CarRange): Promise<CarFootage> {
    const { id } = await this.#options.car(car);
    checkRange(range, DAY_MS, 'a day');
    const clips = await carClipsBetween(this.#options.db, id, range, MOST_CLIPS + 1);
    return {
      from: new Date(range.from).toISOString(),
      to: new Date(range.to).toISOString(),
      cameras: camerasOf(clips.slice(0, MOST_CLIPS)),
      cut: clips.length > MOST_CLIPS,
    };
  }
}

/** @throws UserError */
export function checkRange({ from, to }: CarRange, longest: number, words: string): void {
  if (to <= from)
    throw new UserError('The range ends before it begins.', 'Its end must be later than its start.', {
      code: 'invalid',
    });
  if (to - from > longest)
    throw new UserError(`The range is longer than ${words}.`, 'Ask for a part of it.', { code: 'invalid' });
}
