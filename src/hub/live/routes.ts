/**
 * The two ends of live pictures: the recorder's socket, and those of the viewers.
 */
import type { FastifyInstance } from 'fastify';
import type { RawData } from 'ws';
import { z } from 'zod';
import { messageOf, UserError } from '../../base/errors.ts';
import { RecorderToHub } from '../../contract/recorder.ts';
import { routes } from '../../contract/routes.ts';
import type { PictureStreams } from '../pictures/stream.ts';
import { registerSocket } from '../server/register.ts';
import type { Transcodes } from '../transcode/transcodes.ts';
import type { Live } from './live.ts';

export interface LiveDeps {
  readonly live: Live;
  readonly pictures: PictureStreams;
  readonly transcodes: Transcodes;
  /** @throws UserError `not-found` */
  readonly findCamera: (idOrName: string) => Promise<{ readonly id: string }>;
}

const Track = z.string().regex(/^[a-z0-9-]{1,32}$/);
/** A recorder that does not say who it is goes. */
const HELLO_MS = 10_000;

export function registerLiveRoutes(app: FastifyInstance, { live, pictures, transcodes, findCamera }: LiveDeps): void {
  registerSocket(app, routes.live, async (socket, _ctx, { params, query }) => {
    let leave: (() => void) | undefined;
    socket.once('close', () => leave?.());
    // Viewers have nothing to say.
    socket.on('message', () => socket.close(1008, 'nothing is read here'));
    const camera = await findCamera(params.id);
    const track = Track.safeParse(params.track);
    if (!track.success) throw new UserError('There is no such track.', 'Use “main”.', { code: 'not-found' });
    if (socket.readyState !== socket.OPEN) return;
    const { as, ...wish } = query;
    if (as === 'pictures') leave = pictures.watch({ cameraId: camera.id, track: track.data, ...wish }, socket);
    else leave = (as === 'h264' ? transcodes : live).watch(camera.id, track.data, socket);
  });

  registerSocket(app, routes.recorderSocket, (socket, ctx) => {
    let wire: ReturnType<Live['connect']> | undefined;
    const late = setTimeout(() => socket.close(1008, 'say hello'), HELLO_MS).unref();
    socket.on('message', (data, isBinary) => {
      const bytes = toBuffer(data);
      if (wire) return wire.message(bytes, isBinary);
      const hello = isBinary ? undefined : parseHello(bytes);
      if (hello === undefined) return socket.close(1008, 'say hello first');
      clearTimeout(late);
      ctx.log.debug('A recorder has opened its live connection.', { recorder: hello });
      wire = live.connect(hello, socket);
    });
    socket.once('close', () => {
      clearTimeout(late);
      wire?.closed();
    });
    socket.on('error', (error) => ctx.log.debug('A recorder’s live connection failed.', { error: messageOf(error) }));
  });
}

function parseHello(data: Buffer): string | undefined {
  try {
    const message = RecorderToHub.safeParse(JSON.parse(data.toString('utf8')));
    return message.success && message.data.type === 'hello' ? message.data.id : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
