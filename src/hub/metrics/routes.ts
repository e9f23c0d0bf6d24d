/**
 * `/metrics`, `/healthz`, `/readyz`.
 */
import type { FastifyInstance } from 'fastify';
import { Unavailable } from '../../base/errors.ts';
import { routes } from '../../contract/routes.ts';
import { register, registerRaw } from '../server/register.ts';
import type { Metrics } from './metrics.ts';

export interface MetricRouteDeps {
  readonly metrics: Metrics;
  readonly version: string;
  readonly database: () => Promise<boolean>;
}

export function registerMetricRoutes(app: FastifyInstance, deps: MetricRouteDeps): void {
  registerRaw(app, routes.metrics, async (_request, reply) => {
    const text = await deps.metrics.text();
    return reply.header('cache-control', 'no-store').type(deps.metrics.contentType).send(text);
  });
  register(app, routes.alive, async () => ({ status: 'ok' as const, version: deps.version }));
  register(app, routes.ready, async () => {
    if (!(await deps.database())) throw new Unavailable('The database does not answer.', 1000);
    return { status: 'ok' as const, version: deps.version };
  });
}

/** Before any route is registered: from then on each answer is counted. */
export function countRequests(app: FastifyInstance, metrics: () => Metrics | undefined): void {
  app.addHook('onResponse', async (request, reply) => {
    // The pattern, so that nobody can fill the registry by asking for one address after the other.
    const route = request.routeOptions.url ?? 'none';
    metrics()?.answered(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
  });
}
