/**
 * One line per request: what was asked and how it went. Never a query, a header or a body.
 */
import type { FastifyInstance } from 'fastify';
import { pathOnly } from './core.ts';

/** Reading that went well is `debug`: a page asks all the time. */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const { log } = app.vidette;
    const fields = {
      request: request.id,
      method: request.method,
      path: pathOnly(request).slice(0, 300),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      from: request.ip,
    };
    const steady = request.method === 'GET' || /^\/api\/(recorder|worker)\//.test(fields.path);
    if (reply.statusCode >= 500) log.warn('request', fields);
    else if (reply.statusCode >= 400 || !steady) log.info('request', fields);
    else log.debug('request', fields);
  });
}
