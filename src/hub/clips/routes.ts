/**
 * Clips for people and programs, and jobs for workers.
 */
import type { FastifyInstance } from 'fastify';
import type { BlobStore } from '../../blobs/store.ts';
import { routes } from '../../contract/routes.ts';
import { WORKER_PICTURE_BYTES } from '../../contract/worker.ts';
import { sendBlob } from '../bytes/send.ts';
import { type Context, register, registerRaw } from '../server/register.ts';
import type { Clips } from './clips.ts';
import type { JobDesk } from './desk.ts';

export function registerClipRoutes(
  app: FastifyInstance,
  deps: { readonly clips: Clips; readonly blobs: BlobStore },
): void {
  const { clips, blobs } = deps;
  register(app, routes.listClips, ({ query }, { user }) => clips.list(query.limit, user?.id ?? null));
  register(app, routes.getClip, ({ params }, { user }) => clips.get(params.id, user?.id ?? null));
  register(app, routes.createClip, ({ body }, ctx) => clips.create(body, nameOf(ctx), ctx.user?.id ?? null));
  register(app, routes.cancelClip, async ({ params }, { user }) => {
    await clips.mayTakeBack(params.id, user);
    return await clips.cancel(params.id);
  });
  register(app, routes.deleteClip, async ({ params }, { user }) => {
    await clips.mayTakeBack(params.id, user);
    await clips.delete(params.id);
    return { ok: true as const };
  });
  registerRaw(app, routes.clipPicture, async (_request, reply, { user }, { params }) =>
    reply
      .header('cache-control', 'private, no-store')
      .header('content-type', 'image/jpeg')
      .send(await clips.picture(params.id, user?.id ?? null)),
  );
  registerRaw(
    app,
    routes.clipFile,
    async (request, reply, { user }, { params, query }) => {
      const { key, sha256, fileName } = await clips.file(params.id, user?.id ?? null);
      return sendBlob(request, reply, blobs, key, {
        contentType: 'video/mp4',
        etag: sha256,
        fileName,
        download: query.download !== undefined,
      });
    },
    { long: true },
  );
}

export function registerWorkerRoutes(app: FastifyInstance, desk: JobDesk): void {
  register(app, routes.workerLease, async ({ body }, ctx) => {
    const { kept, ...wanted } = body;
    // Asked before: once a job has been taken, nothing may come between it and its worker.
    const settled = await desk.settled(kept);
    return { job: await desk.lease({ ...wanted, signal: ctx.signal }), heartbeatMs: desk.heartbeatMs, settled };
  });
  register(app, routes.workerProgress, async ({ params, body }) => ({ orders: await desk.progress(params.id, body) }));
  register(app, routes.workerComplete, async ({ params, body }) => ({ orders: await desk.complete(params.id, body) }));
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    register(
      scope,
      routes.workerPicture,
      async ({ params, query }, { request }) => {
        const jpeg = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        return { orders: await desk.picture(params.id, query.attempt, jpeg) };
      },
      { bodyLimit: WORKER_PICTURE_BYTES },
    );
  });
  register(app, routes.workerFail, async ({ params, body }) => ({ orders: await desk.fail(params.id, body) }));
}

function nameOf(ctx: Context): string | null {
  return ctx.user?.name ?? ctx.token?.name ?? null;
}
