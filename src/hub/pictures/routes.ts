/**
 * `latest.jpg`.
 */
import type { FastifyInstance } from 'fastify';
import { routes } from '../../contract/routes.ts';
import { registerRaw } from '../server/register.ts';
import type { LatestPictures } from './latest.ts';

export interface PictureDeps {
  readonly latest: LatestPictures;
  /** @throws UserError `not-found` */
  readonly findCamera: (idOrName: string) => Promise<{ readonly id: string }>;
}

export function registerPictureRoutes(app: FastifyInstance, { latest, findCamera }: PictureDeps): void {
  registerRaw(app, routes.latest, async (request, reply, _ctx, { params, query }) => {
    const camera = await findCamera(params.id);
    const { track, width, height, quality, age } = query;
    reply.header('cache-control', 'no-store');
    const maxAge = age === undefined ? undefined : age * 1000;
    const picture = await latest.newest({ cameraId: camera.id, track, width, height, quality, maxAge });
    const tag = `"${picture.id}-${width ?? ''}x${height ?? ''}q${quality}"`;
    reply
      .header('etag', tag)
      .header('age', String(Math.round(picture.ageMs / 1000)))
      .header('last-modified', new Date(picture.takenAt).toUTCString())
      .header('x-vidette-frame-time', new Date(picture.takenAt).toISOString());
    if (request.headers['if-none-match'] === tag) return reply.code(304).send();
    const { buffer, byteOffset, length } = picture.jpeg;
    return reply.header('content-type', 'image/jpeg').send(Buffer.from(buffer, byteOffset, length));
  });
}
