/**
 * The HTTP(S) server below Fastify, with its limits, and its certificate read again when it is renewed.
 */
import { readFileSync, statSync } from 'node:fs';
import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps, type Server as SecureServer } from 'node:https';
import type { FastifyInstance } from 'fastify';
import { messageOf, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

const MAX_CONNECTIONS = 2000;
const RENEWAL_CHECK_MS = 60 * 60_000;

/** @throws UserError when certificate or key cannot be read or used */
export function createListener(handler: RequestListener, tls: TlsFiles | undefined, log: Log): Server {
  const server = tls === undefined ? createHttp(handler) : createTls(handler, tls, log);
  server.headersTimeout = 15_000;
  // Uploads to signed URLs may be slow; JSON bodies have a bound of their own.
  server.requestTimeout = 60 * 60_000;
  server.keepAliveTimeout = 75_000;
  server.maxConnections = MAX_CONNECTIONS;
  return server as Server;
}

/**
 * A second way in for the hub's own children, beside TLS: plain HTTP on loopback, same routes and same checks.
 * @param port a wish; any other when it is taken
 */
export async function openInside(app: FastifyInstance, port: number): Promise<{ url: string; close(): void }> {
  const server = createHttp((request, response) => app.routing(request, response));
  server.headersTimeout = 15_000;
  server.on('upgrade', (request, socket, head) => app.server.emit('upgrade', request, socket, head));
  const listen = (wanted: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(wanted, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  try {
    await listen(port);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    await listen(0);
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the inner listener has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function createTls(handler: RequestListener, tls: TlsFiles, log: Log): SecureServer {
  let server: SecureServer;
  try {
    server = createHttps(read(tls), handler);
  } catch (cause) {
    throw new UserError(
      `The certificate cannot be used: ${messageOf(cause)}.`,
      'VIDETTE_TLS_CERT and VIDETTE_TLS_KEY must name PEM files that belong together and that the hub may read.',
      { code: 'setting', cause },
    );
  }
  let seen = statSync(tls.cert).mtimeMs;
  const timer = setInterval(() => {
    try {
      const now = statSync(tls.cert).mtimeMs;
      if (now === seen) return;
      server.setSecureContext(read(tls));
      seen = now;
      log.info('the renewed certificate is in use');
    } catch (error) {
      log.warn('the renewed certificate cannot be used; going on with the old one', { error });
    }
  }, RENEWAL_CHECK_MS).unref();
  server.once('close', () => clearInterval(timer));
  return server;
}

function read(tls: TlsFiles): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(tls.cert), key: readFileSync(tls.key) };
}
