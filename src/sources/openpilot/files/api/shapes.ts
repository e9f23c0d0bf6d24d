/**
 * What servers of the comma API's shape answer (comma's openapi document, and what konik and asius send), and what of it is used here.
 * Tolerant: a field that is missing, new or of another type costs only that field; an item without a name costs only that item.
 */
import { z } from 'zod';

const lenient = <T extends z.ZodType>(type: T) =>
  type
    .nullish()
    .catch(null)
    .transform((value) => value ?? null);
const text = lenient(z.string().max(4096));
const number = lenient(z.number());
const flag = lenient(z.boolean());
const DONGLE = /^[a-f0-9]{16}$/;
const FULLNAME = /^([a-f0-9]{16})[|/](\d{4}-\d{2}-\d{2}--\d{2}-\d{2}-\d{2}|[a-f0-9]{8}--[a-z0-9]{10})$/;

/** Milliseconds since 1970, of a number of seconds or milliseconds, or of a date. */
function moment(value: unknown): number | null {
  if (typeof value === 'number') return value > 1e11 ? value : value > 0 ? value * 1000 : null;
  if (typeof value !== 'string') return null;
  const parsed = Date.parse(/[zZ]|[+-]\d{2}:?\d{2}$/.test(value) ? value : `${value}Z`);
  return Number.isNaN(parsed) ? null : parsed;
}

/** Items of a list that are what they should be; the others are left out. */
const listOf = <T extends z.ZodType>(item: T, most: number) =>
  z
    .array(z.unknown())
    .max(most)
    .transform((items) =>
      items.flatMap((one) => {
        const parsed = item.safeParse(one);
        return parsed.success ? [parsed.data] : [];
      }),
    );

/** `GET /v1/me` */
export const Me = z
  .object({ id: text, user_id: text, email: text, username: text })
  .refine((me) => [me.id, me.user_id, me.email, me.username].some((value) => value !== null), 'names nobody');

/** `GET /v1/me/devices` */
export const Devices = listOf(
  z
    .object({
      dongle_id: z.string().regex(DONGLE),
      alias: text,
      device_type: text,
      is_owner: flag,
      last_athena_ping: number,
    })
    .transform((device) => ({
      dongle: device.dongle_id,
      name: device.alias,
      type: device.device_type,
      owned: device.is_owner,
      /** Milliseconds since 1970. */
      lastSeen: moment(device.last_athena_ping),
    })),
  1000,
);

const place = (lat: number | null, lng: number | null): { lat: number; lng: number } | null =>
  lat === null || lng === null || (lat === 0 && lng === 0) ? null : { lat, lng };

/** `GET /v1/route/<name>`, and the items of `routes` and `routes_segments`. */
export const RouteInfo = z
  .object({
    fullname: z.string().regex(FULLNAME),
    url: text,
    maxqlog: lenient(z.number().int().max(9999)),
    segment_numbers: lenient(z.array(z.number().int().min(0).max(9999)).max(10_000)),
    start_time_utc_millis: number,
    end_time_utc_millis: number,
    start_time: lenient(z.union([z.string().max(100), z.number()])),
    end_time: lenient(z.union([z.string().max(100), z.number()])),
    create_time: number,
    is_public: flag,
    platform: text,
    version: text,
    git_remote: text,
    git_branch: text,
    git_commit: text,
    git_dirty: flag,
    distance: number,
    length: number,
    start_lat: number,
    start_lng: number,
    end_lat: number,
    end_lng: number,
  })
  .transform((route) => {
    const [, dongle = '', logId = ''] = FULLNAME.exec(route.fullname) ?? [];
    const last = route.segment_numbers?.reduce((most, one) => Math.max(most, one), -1) ?? -1;
    const minutes = Math.max(last, route.maxqlog ?? -1) + 1;
    return {
      dongle,
      logId,
      /** Milliseconds since 1970; null where the server does not know. */
      start: moment(route.start_time_utc_millis) ?? moment(route.start_time) ?? moment(route.create_time),
      end: moment(route.end_time_utc_millis) ?? moment(route.end_time),
      /** Counted from 0; null where the server does not tell. */
      minutes: minutes > 0 ? minutes : null,
      public: route.is_public,
      car: route.platform,
      version: route.version,
      gitRemote: route.git_remote,
      gitBranch: route.git_branch,
      gitCommit: route.git_commit,
      dirty: route.git_dirty,
      miles: route.distance ?? route.length,
      from: place(route.start_lat, route.start_lng),
      to: place(route.end_lat, route.end_lng),
      /** Where events, coordinates and pictures are. A capability: never logged or stored. */
      derived: route.url,
    };
  });
export type RouteInfo = z.infer<typeof RouteInfo>;
export const RouteList = listOf(RouteInfo, 5000);

const urls = z
  .array(z.unknown())
  .max(20_000)
  .nullish()
  .catch(null)
  .transform((items) => (items ?? []).filter((item) => typeof item === 'string' && item.length <= 8192) as string[]);

/** `GET /v1/route/<name>/files` */
export const FileLists = z.object({
  qlogs: urls,
  qcameras: urls,
  logs: urls,
  cameras: urls,
  dcameras: urls,
  ecameras: urls,
});
export type FileLists = z.infer<typeof FileLists>;

/** `<derived>/<minute>/events.json` */
export const Events = listOf(
  z
    .object({
      type: z.string().max(100),
      route_offset_millis: z.number().min(0),
      data: lenient(
        z.object({
          state: text,
          enabled: flag,
          alertStatus: lenient(z.union([z.number(), z.string().max(100)])),
          event_type: text,
        }),
      ),
    })
    .transform(({ type, route_offset_millis, data }) => ({
      type,
      /** Seconds since the start of the route. */
      at: route_offset_millis / 1000,
      state: data?.state ?? null,
      enabled: data?.enabled ?? null,
      alertStatus: data?.alertStatus ?? null,
      eventType: data?.event_type ?? null,
    })),
  100_000,
);
export type DriveEvent = z.infer<typeof Events>[number];

/** `<derived>/<minute>/coords.json` */
export const Coords = listOf(
  z
    .object({
      t: z.number(),
      lat: z.number().min(-90).max(90),
      lng: z.number().min(-180).max(180),
      speed: number,
      dist: number,
    })
    .transform(({ t, lat, lng, speed }) => ({
      /** Seconds since the start of the route. */ at: t,
      lat,
      lng,
      /** m/s. */ speed,
    })),
  100_000,
);
export type DriveCoord = z.infer<typeof Coords>[number];
