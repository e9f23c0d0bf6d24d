/**
 * Cars over HTTP: everybody who may watch sees them; admins say where they come from, what is deleted and what is protected; a drive in a car sends.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type {
  Car,
  CarChange,
  CarCreate,
  CarDay,
  CarEvent,
  CarEventDetail,
  CarFootage,
  CarHarvest,
  CarHarvestRequest,
  CarTelemetry,
  CarTest,
} from '../../contract/car.ts';
import type {
  CarDriveHello,
  CarDriveLine,
  CarDriveMissing,
  CarDriveRecorded,
  CarDriveWelcome,
} from '../../contract/car-drive.ts';
import type { Protection } from '../../contract/kept.ts';
import { routes } from '../../contract/routes.ts';
import { type Context, register, registerRaw } from '../server/register.ts';

/** A range in UTC ms. */
export interface CarRange {
  readonly from: number;
  readonly to: number;
}

interface Removed {
  readonly files: number;
  readonly bytes: number;
}

/** All `car` are ids or names, and unknown ones a UserError `not-found`. */
export interface CarRoutes {
  readonly cars: {
    list(): Promise<Car[]>;
    get(car: string): Promise<Car>;
    create(given: CarCreate): Promise<Car>;
    change(car: string, change: CarChange): Promise<Car>;
    remove(car: string): Promise<void>;
    test(path: string): Promise<CarTest>;
    look(car: string): Promise<Car>;
  };
  readonly events: {
    list(
      car: string,
      which: { ring?: 'saved' | 'sentry'; from?: number; before?: number; limit: number },
    ): Promise<CarEvent[]>;
    detail(car: string, event: string): Promise<CarEventDetail>;
    days(car: string, which: { before?: string; limit: number }): Promise<CarDay[]>;
    footage(car: string, range: CarRange): Promise<CarFootage>;
  };
  readonly telemetry: {
    ofEvent(car: string, event: string, rows: number, signal: AbortSignal): Promise<CarTelemetry>;
    ofRange(car: string, range: CarRange, rows: number, signal: AbortSignal): Promise<CarTelemetry>;
  };
  readonly files: {
    picture(request: FastifyRequest, reply: FastifyReply, car: string, event: string): Promise<FastifyReply>;
    beside(
      request: FastifyRequest,
      reply: FastifyReply,
      car: string,
      event: string,
      name: string,
    ): Promise<FastifyReply>;
    clip(
      request: FastifyRequest,
      reply: FastifyReply,
      car: string,
      clip: string,
      download: boolean,
    ): Promise<FastifyReply>;
    /** @param name for the browser’s “save as” */
    zip(
      car: string,
      event: string,
      signal: AbortSignal,
    ): Promise<{ readonly name: string; readonly bytes: number; readonly body: Readable }>;
  };
  readonly keeping: {
    deleteEvent(car: string, event: string): Promise<Removed>;
    deleteClip(car: string, clip: string): Promise<Removed>;
    protectEvent(car: string, event: string, by: string | null): Promise<CarEvent>;
    unprotectEvent(car: string, event: string): Promise<CarEvent>;
    protections(car: string): Promise<Protection[]>;
    protect(
      car: string,
      range: { readonly start: string; readonly end: string; readonly track: string | null; readonly note: string },
      by: string | null,
    ): Promise<Protection>;
    unprotect(car: string, protection: string): Promise<void>;
  };
  readonly harvests: {
    start(car: string, request: CarHarvestRequest): Promise<CarHarvest>;
    of(car: string): Promise<CarHarvest | null>;
    cancel(car: string): Promise<CarHarvest | null>;
  };
  readonly intake: {
    hello(given: CarDriveHello): Promise<CarDriveWelcome>;
    missing(
      car: string,
      files: readonly { readonly sha256: string; readonly bytes: number }[],
    ): Promise<CarDriveMissing>;
    part(
      car: string,
      sha256: string,
      at: { readonly offset: number; readonly bytes: number },
      body: Readable,
      signal: AbortSignal,
    ): Promise<{ received: number }>;
    record(car: string, lines: readonly CarDriveLine[]): Promise<CarDriveRecorded>;
  };
}

/** Of a part; the schema of the whole file has its own limit. */
const MOST_PART = 64 << 20;
const MOST_LINES_BYTES = 4_000_000;

export function registerCarRoutes(app: FastifyInstance, deps: CarRoutes): void {
  registerCars(app, deps);
  registerEvents(app, deps);
  registerKeeping(app, deps);
  registerIntake(app, deps);
}

function registerCars(app: FastifyInstance, deps: CarRoutes): void {
  register(app, routes.listCars, () => deps.cars.list());
  register(app, routes.createCar, ({ body }) => deps.cars.create(body));
  register(app, routes.testCar, ({ body }) => deps.cars.test(body.path));
  register(app, routes.getCar, ({ params }) => deps.cars.get(params.id));
  register(app, routes.changeCar, ({ params, body }) => deps.cars.change(params.id, body));
  register(app, routes.deleteCar, async ({ params }) => {
    await deps.cars.remove(params.id);
    return { ok: true as const };
  });
  register(app, routes.lookAtCar, ({ params }) => deps.cars.look(params.id));
  register(app, routes.startCarHarvest, ({ params, body }) => deps.harvests.start(params.id, body));
  register(app, routes.carHarvest, ({ params }) => deps.harvests.of(params.id));
  register(app, routes.cancelCarHarvest, ({ params }) => deps.harvests.cancel(params.id));
}

function registerEvents(app: FastifyInstance, deps: CarRoutes): void {
  register(app, routes.listCarEvents, ({ params, query: { ring, from, before, limit } }) =>
    deps.events.list(params.id, {
      ...(ring === undefined ? {} : { ring }),
      ...(from === undefined ? {} : { from: Date.parse(from) }),
      ...(before === undefined ? {} : { before: Date.parse(before) }),
      limit,
    }),
  );
  register(app, routes.getCarEvent, ({ params }) => deps.events.detail(params.id, params.event));
  register(app, routes.listCarDays, ({ params, query: { before, limit } }) =>
    deps.events.days(params.id, { ...(before === undefined ? {} : { before }), limit }),
  );
  register(app, routes.carFootage, ({ params, query }) => deps.events.footage(params.id, rangeOf(query)));
  register(app, routes.carEventTelemetry, ({ params, query }, { signal }) =>
    deps.telemetry.ofEvent(params.id, params.event, query.rows, signal),
  );
  register(app, routes.carTelemetry, ({ params, query }, { signal }) =>
    deps.telemetry.ofRange(params.id, rangeOf(query), query.rows, signal),
  );
  registerRaw(app, routes.carEventPicture, (request, reply, _ctx, { params }) =>
    deps.files.picture(request, reply, params.id, params.event),
  );
  registerRaw(app, routes.carEventFile, (request, reply, _ctx, { params }) =>
    deps.files.beside(request, reply, params.id, params.event, params.name),
  );
  registerRaw(
    app,
    routes.carEventZip,
    async (_request, reply, { signal }, { params }) => {
      const { name, bytes, body } = await deps.files.zip(params.id, params.event, signal);
      return reply
        .header('cache-control', 'private, no-store')
        .header('content-type', 'application/zip')
        .header('content-length', bytes)
        .header('content-disposition', `attachment; filename="${name}"`)
        .send(body);
    },
    { long: true },
  );
  registerRaw(
    app,
    routes.carClipVideo,
    (request, reply, _ctx, { params, query }) =>
      deps.files.clip(request, reply, params.id, params.clip, query.download),
    { long: true },
  );
}

function registerKeeping(app: FastifyInstance, { keeping }: CarRoutes): void {
  register(app, routes.deleteCarEvent, ({ params }) => keeping.deleteEvent(params.id, params.event));
  register(app, routes.deleteCarClip, ({ params }) => keeping.deleteClip(params.id, params.clip));
  register(app, routes.protectCarEvent, ({ params }, ctx) => keeping.protectEvent(params.id, params.event, whoIs(ctx)));
  register(app, routes.unprotectCarEvent, ({ params }) => keeping.unprotectEvent(params.id, params.event));
  register(app, routes.listCarProtections, ({ params }) => keeping.protections(params.id));
  register(app, routes.createCarProtection, ({ params, body }, ctx) => keeping.protect(params.id, body, whoIs(ctx)));
  register(app, routes.deleteCarProtection, async ({ params }) => {
    await keeping.unprotect(params.id, params.protection);
    return { ok: true as const };
  });
}

function registerIntake(app: FastifyInstance, { intake }: CarRoutes): void {
  register(app, routes.carDriveHello, ({ body }) => intake.hello(body));
  register(app, routes.carDriveMissing, ({ params, body }) => intake.missing(params.id, body.files));
  register(app, routes.carDriveRecord, ({ params, body }) => intake.record(params.id, body.lines), {
    bodyLimit: MOST_LINES_BYTES,
  });
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Bytes as they come, never collected.
    scope.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
    register(
      scope,
      routes.carDrivePart,
      ({ params, query }, { request, signal }) => {
        const body = request.body instanceof Readable ? request.body : Readable.from([]);
        return intake.part(params.id, params.sha256, query, body, signal);
      },
      { bodyLimit: MOST_PART },
    );
  });
}

const rangeOf = ({ from, to }: { readonly from: string; readonly to: string }): CarRange => ({
  from: Date.parse(from),
  to: Date.parse(to),
});

function whoIs({ user, token }: Context): string | null {
  return user?.name ?? token?.name ?? null;
}
