/**
 * Replays of osu! over HTTP: everybody who may watch drops files, sees them, and looks at pictures of clips.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { REPLAY_MOST_BYTES, type ReplayFrameRequest } from '../../contract/replay.ts';
import { routes } from '../../contract/routes.ts';
import { type Context, register, registerRaw } from '../server/register.ts';
import type { ReplayPicture } from './pictures.ts';
import type { Bringer, Replays } from './replays.ts';
import type { HubScoreAccess } from './score-access.ts';
import type { Scores } from './scores.ts';
import type { Shelf } from './shelf.ts';

export interface ReplayRoutes {
  readonly replays: Replays;
  readonly shelf: Shelf;
  readonly scores: Scores;
  readonly access: HubScoreAccess;
  readonly frame: (id: string, asked: ReplayFrameRequest, signal: AbortSignal) => Promise<ReplayPicture>;
}

export function registerReplayRoutes(app: FastifyInstance, parts: ReplayRoutes): void {
  const { replays, shelf, scores, access, frame } = parts;
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
  register(app, routes.addScore, ({ body }, ctx) => scores.bring(body.link, bringerOf(ctx)));
  register(app, routes.scoreAccess, () => access.seen());
  register(app, routes.setScoreAccess, ({ body }) => access.set(body));
  register(app, routes.removeScoreAccess, () => access.remove());
  register(app, routes.testScoreAccess, async ({ body }) => {
    await access.test(body);
    return { ok: true as const };
  });
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
      ({ query }, ctx) => {
        const { body } = ctx.request;
        return replays.add(query.name, body instanceof Readable ? body : Readable.from([]), bringerOf(ctx));
      },
      { bodyLimit: REPLAY_MOST_BYTES.osz },
    );
  });
}

function bringerOf({ user, token }: Context): Bringer {
  return { name: user?.name ?? token?.name ?? null, id: user?.id ?? null };
}
