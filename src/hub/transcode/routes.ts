/** The socket between the hub and the worker of a conversion. The signature is the right; there is no other check. */
import type { FastifyInstance } from 'fastify';
import type { RawData } from 'ws';
import { messageOf } from '../../base/errors.ts';
import { routes } from '../../contract/routes.ts';
import { registerSocket } from '../server/register.ts';
import type { Transcodes } from './transcodes.ts';

export function registerTranscodeRoutes(app: FastifyInstance, transcodes: Transcodes): void {
  registerSocket(app, routes.transcodeSocket, async (socket, ctx, { params, query }) => {
    let isOpen = true;
    socket.once('close', () => {
      isOpen = false;
    });
    socket.on('error', (error) => ctx.log.debug('A worker’s connection failed.', { error: messageOf(error) }));
    const wire = await transcodes.connect({ id: params.id, ...query }, socket);
    if (!isOpen) return wire.closed();
    socket.on('message', (data, isBinary) => wire.message(toBuffer(data), isBinary));
    socket.once('close', () => wire.closed());
  });
}

function toBuffer(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
