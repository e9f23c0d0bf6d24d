/**
 * Clips of cars: of an event, or of a time. The files are where the car's footage lies, and their URLs are signed when a worker takes the job.
 */
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { type CarEventSeen, findCarEvent } from '../../catalog/car-events.ts';
import { type CarClipSeen, carClipsBetween, clipsOfCarEvent, USUAL_MS } from '../../catalog/car-files.ts';
import { isUuid } from '../../catalog/connection.ts';
import { findSource } from '../../catalog/sources.ts';
import type { Database, SourceRow } from '../../catalog/tables.ts';
import { ClipRequest } from '../../contract/clip.ts';
import { resolveMoment } from '../../contract/time.ts';
import { fileNameOf } from '../../sources/camera/plan.ts';
import {
  aroundTrigger,
  type CarPlan,
  type CarWish,
  type PlanCar,
  type PlanClip,
  planCar,
} from '../../sources/dashcam/plan.ts';
import type { Accepted, ClipKind, Named, Planning } from '../clips/kind.ts';
import { type JobPayload, payloadOf } from '../clips/payload.ts';
import { offsetOf } from '../clips/ranges.ts';

export interface CarKindOptions {
  readonly db: Kysely<Database>;
  /** A signed path of a file, below the hub's own address. */
  readonly sign: (fileId: string) => string;
  /** UTC ms. */
  readonly now: () => number;
  /** IANA zone of file names. */
  readonly timeZone: string;
}

/** A car, or one of its events. */
interface NamedCar extends Named {
  readonly car: SourceRow;
  readonly event: CarEventSeen | undefined;
}

interface FileClip extends PlanClip {
  readonly row: CarClipSeen;
}

/** What there is to make a clip of. */
interface Footage extends PlanCar<FileClip> {
  /** Nothing tells UTC: times are the car's local ones as if they were UTC. */
  readonly timeless: boolean;
}

const Plan = z.object({
  car: z.uuid(),
  event: z.uuid().nullable(),
  ranges: z.array(z.object({ start: z.number(), end: z.number() })).min(1),
});
const Reference = z.object({ file: z.uuid() });

/** Where an event is asked for without a time, ms. */
const USUAL_LENGTH = 30_000;
/** Clips that lie beside the ranges, ms: of the cameras that a car has, and by which a damaged one is repaired. */
const BESIDE = 90_000;
const MOST_CLIPS = 5000;

export function carKind({ db, sign, now, timeZone }: CarKindOptions): ClipKind {
  const carOf = async (id: string): Promise<SourceRow | undefined> => {
    const row = await findSource(db, id);
    return row?.kind === 'dashcam' ? row : undefined;
  };

  return {
    kind: 'dashcam',
    noun: 'a car',

    async find(name): Promise<NamedCar | undefined> {
      const car = await carOf(name);
      if (car) return { id: car.id, name: car.name, car, event: undefined };
      if (!isUuid(name)) return undefined;
      const event = await findCarEvent(db, name);
      const owner = event && (await carOf(event.source_id));
      return owner && { id: event.id, name: `${owner.name}, ${event.name}`, car: owner, event };
    },

    async accept(request, sources): Promise<Accepted> {
      const [source, ...more] = sources as readonly NamedCar[];
      if (!source) throw gone();
      if (more.length > 0) throw wrong('sources', 'A clip is made of one car.', 'Make one clip of each.');
      const { car, event } = source;
      const clips = event ? await clipsOfCarEvent(db, event.id) : [];
      const ranges = rangesOf(request, event, footageOf(clips, event));
      // What cannot be is said at once, not by a clip that fails.
      planned(request, ranges, footageOf(event ? clips : await between(car.id, ranges), event));
      return { plan: { car: car.id, event: event?.id ?? null, ranges }, title: titleOf(car, ranges) };
    },

    async plan(clip, given): Promise<Planning> {
      const { car: id, event: eventId, ranges } = Plan.parse(given);
      const car = await carOf(id);
      const event = eventId === null ? undefined : await findCarEvent(db, eventId);
      if (!car || (eventId !== null && !event)) return { state: 'failed', error: 'The footage is not there any more.' };
      const request = ClipRequest.parse(clip.request);
      const clips = event ? await clipsOfCarEvent(db, event.id) : await between(id, ranges);
      const plan = planned(request, ranges, footageOf(clips, event));
      const payload = payloadFor(car, plan, request.limits, `${titleOf(car, ranges)}.mp4`);
      return { state: 'ready', payload, seconds: plan.seconds };
    },

    async sign(inputs) {
      return inputs.map(({ ref }) => ({ url: sign(Reference.parse(ref).file) }));
    },
  };

  function between(carId: string, ranges: CarWish['ranges']): Promise<CarClipSeen[]> {
    const from = Math.min(...ranges.map(({ start }) => start)) - BESIDE;
    const to = Math.max(...ranges.map(({ end }) => end)) + BESIDE;
    return carClipsBetween(db, carId, { from, to }, MOST_CLIPS);
  }

  /** @throws UserError naming the range that cannot be */
  function rangesOf(request: ClipRequest, event: CarEventSeen | undefined, footage: Footage): CarWish['ranges'] {
    if (request.ranges.length === 0) {
      if (event) return [aroundTrigger(footage.trigger?.at, footage.clips, USUAL_LENGTH)];
      throw wrong('ranges', 'The request names no time.', 'Give a range, or name an event of the car.');
    }
    const first = footage.clips.reduce((least, { start }) => Math.min(least, start), Number.POSITIVE_INFINITY);
    return request.ranges.map((range, at) => {
      const name = request.ranges.length === 1 ? 'The range' : `Range ${at + 1}`;
      const momentOf = (position: string | number): number => {
        const offset = offsetOf(position);
        if (offset !== undefined && event) return first + offset * 1000;
        const wall = offset === undefined ? resolveMoment(String(position), now()) : Number.NaN;
        if (Number.isFinite(wall)) return wall;
        throw wrong(
          'ranges',
          `${name} has a time that cannot be read for a car.`,
          'Write it like 2026-11-21T18:05:00Z; seconds count from the beginning of an event.',
        );
      };
      const start = momentOf(range.start);
      return { start, end: range.end === undefined ? start + (range.length ?? 0) * 1000 : momentOf(range.end) };
    });
  }

  function titleOf(car: SourceRow, ranges: CarWish['ranges']): string {
    return fileNameOf([car.name], Math.min(...ranges.map(({ start }) => start)), timeZone).replace(/\.mp4$/, '');
  }
}

/** Rows as a plan reads them. */
function footageOf(rows: readonly CarClipSeen[], event: CarEventSeen | undefined): Footage {
  const timeless = rows.every(({ start_by: by }) => by === null);
  const names = new Set<string>();
  const clips = rows.flatMap((row): FileClip[] => {
    // Beside clips whose time is proven, one whose time is not belongs nowhere.
    if (row.start_at === null || (row.start_by === null && !timeless)) return [];
    // The car may have two of one name, in an event and beside it.
    const input = names.has(row.name) ? `${row.id.slice(0, 8)}-${row.name}` : row.name;
    names.add(input);
    const { camera, start_at: start, complete } = row;
    return [{ input, camera, start, end: start + (row.duration_ms ?? USUAL_MS), zone: row.zone, complete, row }];
  });
  return {
    clips,
    timeless,
    trigger: event && (event.at_known || timeless) ? { at: event.at, camera: event.camera ?? undefined } : undefined,
    city: event?.city ?? undefined,
    street: event?.street ?? undefined,
  };
}

/** @throws UserError */
function planned(request: ClipRequest, ranges: CarWish['ranges'], footage: Footage): CarPlan<FileClip> {
  const { layout, overlays, privacy, sound, speed } = request;
  if (overlays.marker) throw wrong('overlays', 'The running time belongs to drives.', 'Use clock for the time of day.');
  const plan = planCar(
    {
      ranges,
      layout,
      units: overlays.hud?.units === 'imperial' ? 'imperial' : 'metric',
      telemetry: overlays.telemetry,
      stamp: overlays.clock && !footage.timeless,
      stripPlace: privacy.stripPlace,
      title: overlays.title ?? '',
      sound,
      speed,
    },
    footage,
  );
  const encrypted = plan.inputs.filter(({ row }) => row.encrypted);
  const [first] = encrypted;
  if (first)
    throw new UserError(
      `${first.row.name}${encrypted.length > 1 ? ` and ${encrypted.length - 1} more` : ''} ${encrypted.length > 1 ? 'are' : 'is'} encrypted by the car.`,
      'Harvest it again with its keys (vidette harvest --keys), or choose other cameras and times.',
      { code: 'encrypted' },
    );
  return plan;
}

function payloadFor(
  car: SourceRow,
  { params, inputs }: CarPlan<FileClip>,
  limits: ClipRequest['limits'],
  fileName: string,
): JobPayload {
  return payloadOf({
    kind: 'dashcam',
    params,
    inputs: inputs.map(({ input, row }) => ({ name: input, source: car.id, ref: { file: row.id }, bytes: row.bytes })),
    limits,
    fileName,
    // The id of a file is made of its contents, or of where it lies and when it was changed.
    content: inputs.map(({ row }) => ({ file: row.id, bytes: row.bytes })),
  });
}

function wrong(field: string, what: string, remedy: string): UserError {
  return new UserError(what, remedy, { code: 'invalid', fields: { [field]: what } });
}

function gone(): UserError {
  return new UserError('The car is not there any more.', 'See the list of cars.', { code: 'not-found' });
}
