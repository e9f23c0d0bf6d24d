/**
 * Drives over HTTP: everybody who may watch sees them; admins say where they come from.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { UserError } from '../../base/errors.ts';
import { routes } from '../../contract/routes.ts';
import { register, registerRaw } from '../server/register.ts';
import type { Bookmarks } from './bookmarks.ts';
import type { Drives } from './drives.ts';
import type { Frames } from './frames.ts';
import type { MapTiles } from './map-tiles.ts';
import type { Previews } from './previews.ts';
import type { DriveSources } from './sources.ts';
import type { DriveWatch } from './watch.ts';

export interface DriveRoutes {
  readonly sources: DriveSources;
  readonly drives: Drives;
  readonly previews: Previews;
  readonly watch: Pick<DriveWatch, 'lookNow'>;
  readonly bookmarks: Pick<Bookmarks, 'clipLatest'>;
  readonly frames: Pick<Frames, 'make'>;
  readonly map: Pick<MapTiles, 'settings' | 'change' | 'tile'>;
}

export function registerDriveRoutes(app: FastifyInstance, deps: DriveRoutes): void {
  const { sources, drives, previews, watch, bookmarks, frames, map } = deps;
  register(app, routes.listDriveSources, () => sources.list());
  register(app, routes.createDriveSource, ({ body }) => sources.create(body));
  register(app, routes.testDriveSource, ({ body }) => sources.test(body));
  register(app, routes.changeDriveSource, ({ params, body }) => sources.change(params.id, body));
  register(app, routes.deleteDriveSource, async ({ params }) => {
    await sources.remove(params.id);
    return { ok: true as const };
  });
  register(app, routes.lookForDrives, async ({ params }) => {
    const row = await sources.row(params.id);
    await watch.lookNow(row.id);
    return sources.describe(await sources.row(row.id));
  });

  register(app, routes.listDrives, async ({ query }) => {
    const { source, before, limit } = query;
    return drives.list({
      ...(source === undefined ? {} : { sourceId: (await sources.row(source)).id }),
      ...(before === undefined ? {} : { before: Date.parse(before) }),
      limit,
    });
  });
  register(app, routes.getDrive, async ({ params }) => drives.detail(params.id));
  register(app, routes.driveFilm, async ({ params }, { signal }) =>
    previews.film(await drives.known(params.id), signal),
  );
  register(app, routes.driveSettings, () => map.settings());
  register(app, routes.changeDriveSettings, ({ body }) => map.change(body));
  registerRaw(app, routes.driveMap, async (request, reply, _ctx, { params }) => {
    const { name, type, bytes } = await map.tile(params.z, params.x, params.y);
    reply.header('etag', `"${name}"`).header('cache-control', 'private, max-age=604800');
    if (request.headers['if-none-match'] === `"${name}"`) return reply.code(304).send();
    return reply.type(type).send(bytes);
  });
  register(app, routes.clipLatestBookmark, ({ body }, { user, token }) =>
    bookmarks.clipLatest(body, user?.name ?? token?.name ?? null, user?.id ?? null),
  );
  registerRaw(app, routes.driveFrame, async (_request, reply, { signal }, { params, body }) => {
    const jpeg = await frames.make(await drives.known(params.id), body, signal);
    return reply.header('cache-control', 'no-store').type('image/jpeg').send(jpeg);
  });
  registerRaw(app, routes.drivePicture, async (request, reply, _ctx, { params }) => {
    const { name, jpeg } = await previews.poster(await drives.row(params.id));
    const etag = `"${name}"`;
    reply.header('etag', etag).header('cache-control', 'private, max-age=60, stale-while-revalidate=86400');
    if (request.headers['if-none-match'] === etag) return reply.code(304).send();
    return reply.type('image/jpeg').send(jpeg);
  });
  registerRaw(
    app,
    routes.driveVideo,
    async (_request, reply, ctx, { params, query }) => {
      const { from, to, origin } = query;
      if (to <= from) throw new UserError('The range ends before it begins.', 'Its end must be later than its start.');
      const drive = await drives.row(params.id);
      const range = { from: from * 1000, to: to * 1000, ...(origin === undefined ? {} : { origin: origin * 1000 }) };
      const plan = await previews.video(drive, range, ctx.signal);
      if (!plan)
        throw new UserError('There is no film of this drive there.', 'Choose another moment.', { code: 'not-found' });
      reply
        .header('cache-control', 'private, no-store')
        .header('content-type', plan.mime)
        // Milliseconds from the start of the drive.
        .header('x-vidette-start', String(plan.start))
        .header('x-vidette-end', String(plan.end))
        .header('x-vidette-origin', String(plan.origin));
      return reply.send(Readable.from(previews.bytes(plan, ctx.signal), { objectMode: false, highWaterMark: 1 }));
    },
    { long: true },
  );
}
