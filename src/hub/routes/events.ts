/**
 * What changes in the hub, as server-sent events (HTML standard, section 9.2).
 */
import type { FastifyInstance } from 'fastify';
import { UserError } from '../../base/errors.ts';
import { routes } from '../../contract/routes.ts';
import { type EventBus, reaches } from '../server/events.ts';
import { registerRaw } from '../server/register.ts';

/** A comment in between, so that proxies and browsers do not give the connection up. */
const HEARTBEAT_MS = 15_000;
/** A reader that lets this much pile up is cut off; it comes again and asks for everything anew. */
const MAX_WAITING_BYTES = 1_000_000;
const MAX_LISTENERS = 500;

export function registerEventRoutes(app: FastifyInstance, bus: EventBus): void {
  registerRaw(
    app,
    routes.events,
    async (request, reply, ctx) => {
      if (request.method === 'HEAD') return reply.type('text/event-stream').send();
      if (bus.listeners >= MAX_LISTENERS)
        throw new UserError('Too many pages are open at once.', 'Close some and try again.', { code: 'too-many' });
      const headers = Object.fromEntries(
        Object.entries(reply.getHeaders()).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
      );
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        ...headers,
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store, no-transform',
        // nginx: do not collect the answer.
        'x-accel-buffering': 'no',
      });
      raw.write('retry: 2000\n\n');
      const send = (text: string): void => {
        if (raw.writableLength > MAX_WAITING_BYTES) raw.destroy();
        else raw.write(text);
      };
      const stop = bus.subscribe((json, audience) => {
        if (reaches(audience, ctx.user?.id)) send(`data: ${json}\n\n`);
      });
      const beating = setInterval(() => send(': still here\n\n'), HEARTBEAT_MS).unref();
      const over = (): void => {
        stop();
        clearInterval(beating);
        raw.end();
      };
      if (ctx.signal.aborted) over();
      else ctx.signal.addEventListener('abort', over, { once: true });
    },
    { long: true },
  );
}
