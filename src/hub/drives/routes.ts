/**
 * Drives over HTTP: everybody who may watch sees what is everybody's, and adds accounts of his own; admins say where the others come from.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { UserError } from '../../base/errors.ts';
import { routes } from '../../contract/routes.ts';
import { type Context, register, registerRaw } from '../server/register.ts';
import type { Bookmarks } from './bookmarks.ts';
import type { Drives } from './drives.ts';
import type { Frames } from './frames.ts';
import type { MapTiles } from './map-tiles.ts';
import type { Previews } from './previews.ts';
import type { Asker } from './privacy.ts';
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

const askerOf = ({ user }: Context): Asker => user?.id ?? null;

export function registerDriveRoutes(app: FastifyInstance, deps: DriveRoutes): void {
  const { sources, drives, previews, watch, bookmarks, frames, map } = deps;
  register(app, routes.listDriveSources, (_, { user }) => sources.list(user));
  register(app, routes.createDriveSource, ({ body }, { user }) => sources.create(body, user));
  register(app, routes.testDriveSource, ({ body }, { user }) => sources.test(body, user));
  register(app, routes.changeDriveSource, ({ params, body }, { user }) => sources.change(params.id, body, user));
  register(app, routes.deleteDriveSource, async ({ params }, { user }) => {
    await sources.remove(params.id, user);
    return { ok: true as const };
  });
  register(app, routes.lookForDrives, async ({ params }, ctx) => {
    const row = await sources.row(params.id, askerOf(ctx));
    await watch.lookNow(row.id);
    return sources.describe(await sources.row(row.id, askerOf(ctx)));
  });

  register(app, routes.listDrives, async ({ query }, ctx) => {
    const { source, before, limit } = query;
    const asker = askerOf(ctx);
    const which = {
      ...(source === undefined ? {} : { sourceId: (await sources.row(source, asker)).id }),
      ...(before === undefined ? {} : { before: Date.parse(before) }),
      limit,
    };
    return drives.list(which, asker);
  });
  register(app, routes.getDrive, async ({ params }, ctx) => drives.detail(params.id, askerOf(ctx)));
  register(app, routes.driveFilm, async ({ params }, ctx) =>
    previews.film(await drives.known(params.id, askerOf(ctx)), ctx.signal),
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
  registerRaw(app, routes.driveFrame, async (_request, reply, ctx, { params, body }) => {
    const jpeg = await frames.make(await drives.known(params.id, askerOf(ctx)), body, ctx.signal);
    return reply.header('cache-control', 'no-store').type('image/jpeg').send(jpeg);
  });
  registerRaw(app, routes.drivePicture, async (request, reply, ctx, { params }) => {
    const { name, jpeg } = await previews.poster(await drives.row(params.id, askerOf(ctx)));
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
      const drive = await drives.row(params.id, askerOf(ctx));
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
