/**
 * Replays of osu! over HTTP: everybody who may watch drops files, sees them, and looks at pictures of clips.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { REPLAY_MOST_BYTES, type ReplayFrameRequest } from '../../contract/replay.ts';
import { routes } from '../../contract/routes.ts';
import { register, registerRaw } from '../server/register.ts';
import type { ReplayPicture } from './pictures.ts';
import type { Replays } from './replays.ts';
import type { Shelf } from './shelf.ts';

export interface ReplayRoutes {
  readonly replays: Replays;
  readonly shelf: Shelf;
  readonly frame: (id: string, asked: ReplayFrameRequest, signal: AbortSignal) => Promise<ReplayPicture>;
}

export function registerReplayRoutes(app: FastifyInstance, { replays, shelf, frame }: ReplayRoutes): void {
  register(app, routes.listReplays, ({ query }) => replays.list(query.limit));
  register(app, routes.getReplay, ({ params }) => replays.get(params.id));
  register(app, routes.deleteReplay, async ({ params }, { user }) => {
    await replays.remove(params.id, 'replay', user);
    return { ok: true as const };
  });
  register(app, routes.listReplaySkins, () => replays.skins());
  register(app, routes.deleteReplaySkin, async ({ params }, { user }) => {
    await replays.remove(params.id, 'skin', user);
    return { ok: true as const };
  });
  register(app, routes.replaySettings, () => shelf.settings());
  register(app, routes.changeReplaySettings, ({ body }) => shelf.change(body));
  registerRaw(app, routes.replayFrame, async (_request, reply, { signal }, { params, body }) => {
    const { jpeg, seconds } = await frame(params.id, body, signal);
    return reply
      .header('cache-control', 'private, no-store')
      .header('content-type', 'image/jpeg')
      .header('vidette-seconds', seconds.toFixed(3))
      .send(jpeg);
  });
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Bytes as they come, never collected.
    scope.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
    register(
      scope,
      routes.addReplayFile,
      ({ query }, { request, user, token }) => {
        const body = request.body instanceof Readable ? request.body : Readable.from([]);
        return replays.add(query.name, body, { name: user?.name ?? token?.name ?? null, id: user?.id ?? null });
      },
      { bodyLimit: REPLAY_MOST_BYTES.osz },
    );
  });
}
