/**
 * Serves the built page: hashed assets for ever, `index.html` never from a cache, and `index.html` for
 * every path that the page itself routes. Without a build it says how to make one.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { UserError } from '../../base/errors.ts';
import { pathOnly } from './core.ts';

/** @param dist folder of the build; need not exist yet */
export async function servePage(app: FastifyInstance, dist: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: dist,
    serve: false,
    cacheControl: false,
    index: false,
    dotfiles: 'ignore',
  });
  const index = cachedIndex(join(dist, 'index.html'), app.vidette.basePath);

  app.get('/assets/*', async (request, reply) => {
    reply.header('cache-control', 'public, max-age=31536000, immutable');
    return reply.sendFile(decodeURI(pathOnly(request)).slice(1));
  });

  app.get('/*', async (request, reply) => {
    const path = decodeURI(pathOnly(request));
    if (path.startsWith('/api/') || path.startsWith('/blobs/')) throw notHere();
    const file = path.slice(1);
    if (file !== '' && file !== 'index.html' && /\.[a-z0-9]{2,12}$/i.test(file)) {
      reply.header('cache-control', 'no-cache');
      return reply.sendFile(file);
    }
    return sendIndex(reply, await index());
  });

  app.setNotFoundHandler(async () => {
    throw notHere();
  });
}

function notHere(): UserError {
  return new UserError('There is nothing at this address.', 'The API is described at /api/.', { code: 'not-found' });
}

function sendIndex(reply: FastifyReply, html: string | undefined): FastifyReply {
  reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8');
  return html === undefined ? reply.code(503).send(NOT_BUILT) : reply.send(html);
}

/** `index.html` with its base, read again when it has changed. */
function cachedIndex(path: string, base: string): () => Promise<string | undefined> {
  let mtime = -1;
  let html: string | undefined;
  return async () => {
    try {
      const now = (await stat(path)).mtimeMs;
      if (now !== mtime) {
        html = withBase(await readFile(path, 'utf8'), base);
        mtime = now;
      }
      return html;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  };
}

/** Puts `<base>` first in the head, so that relative addresses hold at every depth and below a sub-path. */
export function withBase(html: string, base: string): string {
  const tag = `<base href="${base.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;')}">`;
  return html.replace(/<base\b[^>]*>\s*/i, '').replace(/<head([^>]*)>/i, (head) => `${head}${tag}`);
}

const NOT_BUILT = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Vidette</title></head>
<body><h1>The page has not been built yet</h1>
<p>The hub is running and recording. In the checkout, run <code>npm run build -w web</code> and load this page again.</p>
<p>The API is described at <a href="api/">api/</a>.</p></body></html>
`;
