/**
 * What every answer carries against misuse in a browser, and how often one address may ask.
 */
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { UserError } from '../../base/errors.ts';

export interface SecurityOptions {
  /** The hub is reached by https, here or at the proxy. */
  readonly https: boolean;
  /** Requests a minute from one address; a page with sixteen cameras needs a few hundred. */
  readonly requestsPerMinute: number;
}

/** Installs headers and the general rate limit. Must run before any route is registered. */
export async function secure(app: FastifyInstance, options: SecurityOptions): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        mediaSrc: ["'self'", 'blob:'],
        // CSP level 3: 'self' covers ws:// and wss:// of the same host.
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
        formAction: ["'self'"],
        baseUri: ["'self'"],
      },
    },
    crossOriginEmbedderPolicy: false,
    // Browsers ignore these two on plain http, and say so on the console.
    crossOriginOpenerPolicy: options.https,
    originAgentCluster: options.https,
    strictTransportSecurity: options.https ? { maxAge: 15_552_000, includeSubDomains: false } : false,
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
  });
  await app.register(rateLimit, { global: false });
  const limit = app.createRateLimit({ max: options.requestsPerMinute, timeWindow: 60_000 });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('permissions-policy', 'camera=(), microphone=(), geolocation=()');
    const result = await limit(request);
    if (result.isAllowed || !result.isExceeded) return;
    reply.header('retry-after', result.ttlInSeconds);
    throw new UserError('Too many requests from this address.', 'Wait a minute.', { code: 'too-many' });
  });
}
