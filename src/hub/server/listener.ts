/**
 * The HTTP(S) server below Fastify, with its limits, and its certificate read again when it is renewed.
 */
import { readFileSync, statSync } from 'node:fs';
import { createServer as createHttp, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps, type Server as SecureServer } from 'node:https';
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
