/**
 * The description of the API, for programs (`/api/openapi.json`) and for people (`/api/`).
 */
import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { RouteShape } from '../../contract/route.ts';
import { routes } from '../../contract/routes.ts';
import { openApi } from './openapi.ts';
import { registerRaw } from './register.ts';

/** @param version of Vidette */
export function registerApiPage(app: FastifyInstance, version: string): void {
  const description = openApi(routes, version);
  const json = JSON.stringify(description);
  const html = apiPage(routes, description);
  registerRaw(app, routes.openapi, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').header('cache-control', 'no-cache').send(json),
  );
  // Relative, so that it holds below a sub-path.
  app.get('/api', async (_request, reply) => reply.code(308).header('location', 'api/').send());
  app.get('/api/', async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-cache')
      .header(
        'content-security-policy',
        `default-src 'none'; style-src '${STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'`,
      )
      .send(html),
  );
}

const access: Readonly<Record<RouteShape['access'], string>> = {
  public: 'anybody',
  viewer: 'viewers, tokens “api”; reading also “api-read”',
  admin: 'admins, tokens “api”',
  recorder: 'tokens “recorder”',
  worker: 'tokens “worker”',
  drive: 'tokens “drive”',
  metrics: 'admins and programs that collect metrics',
};

/** One page without scripts; everything in it comes from the table. */
export function apiPage(table: Readonly<Record<string, RouteShape>>, description: Record<string, unknown>): string {
  const groups = Map.groupBy(Object.entries(table), ([, route]) => route.path.split('/')[2] ?? '');
  const paths = description.paths as Record<string, Record<string, Record<string, unknown>>>;
  const menu = [...groups.keys()].map((group) => `<a href="#${escapeHtml(group)}">${escapeHtml(group)}</a>`).join('\n');
  const sections = [...groups].map(([group, entries]) => {
    const operations = entries.map(([name, route]) =>
      operation(name, route, paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()] ?? {}),
    );
    return `<section id="${escapeHtml(group)}"><h2>${escapeHtml(group)}</h2>${operations.join('\n')}</section>`;
  });
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Vidette API</title><style>${STYLE}</style></head><body>
<header><h1>Vidette API</h1>
<p>For programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1). Send a token that an admin made under Settings:</p>
<pre>curl -H "Authorization: Bearer $VIDETTE_TOKEN" …/api/cameras</pre>
<p>Times are RFC 3339. Errors are JSON: <code>error</code> is a word for programs, <code>message</code> says what was wrong, <code>remedy</code> what to do,
<code>fields</code> names the parts of the request that did not fit. 503 comes with <code>Retry-After</code>.</p>
<nav aria-label="Groups">${menu}</nav></header><main>${sections.join('\n')}</main></body></html>
`;
}

function operation(name: string, route: RouteShape, described: Record<string, unknown>): string {
  const parts: string[] = [];
  for (const parameter of (described.parameters ?? []) as {
    name: string;
    in: string;
    required: boolean;
    schema: unknown;
  }[])
    parts.push(
      `<tr><th scope="row"><code>${escapeHtml(parameter.name)}</code></th><td>${parameter.in === 'path' ? 'in the path' : parameter.required ? 'query' : 'query, optional'}</td><td><code>${escapeHtml(brief(parameter.schema))}</code></td></tr>`,
    );
  const table = parts.length === 0 ? '' : `<table>${parts.join('')}</table>`;
  const body = shape('Body', pick(described, 'requestBody'));
  const answer = shape('Answer', pick((described.responses as Record<string, unknown> | undefined) ?? {}, '200'));
  const produces =
    route.response === undefined && route.produces !== undefined
      ? `<p>Answers with ${escapeHtml(route.produces)}.</p>`
      : '';
  return `<article id="${escapeHtml(name)}"><h3><span class="method">${route.method}</span> <code>${escapeHtml(route.path)}</code></h3>
<p>${escapeHtml(route.summary)}. <span class="who">For ${access[route.access]}.</span></p>${table}${produces}${body}${answer}</article>`;
}

function pick(from: Record<string, unknown>, key: string): unknown {
  const content = (from[key] as { content?: Record<string, { schema?: unknown }> } | undefined)?.content;
  return content?.['application/json']?.schema;
}

function shape(title: string, schema: unknown): string {
  return schema === undefined
    ? ''
    : `<details><summary>${title}</summary><pre>${escapeHtml(JSON.stringify(schema, null, 2))}</pre></details>`;
}

function brief(schema: unknown): string {
  const { type, enum: values, format, default: fallback } = schema as Record<string, unknown>;
  const kind = Array.isArray(values) ? values.join(' | ') : String(format ?? type ?? 'any');
  return fallback === undefined ? kind : `${kind} = ${String(fallback)}`;
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

const STYLE = `
:root{color-scheme:light dark;font:16px/1.55 system-ui,sans-serif}
body{max-width:56rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1{margin:0 0 .5rem}h2{margin:3rem 0 .5rem;text-transform:capitalize}
h3{margin:0;font-size:1rem;font-weight:600;overflow-wrap:anywhere}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1rem;margin-top:1rem}
article{border-top:1px solid color-mix(in srgb,currentColor 18%,transparent);padding:1rem 0}
article p{margin:.25rem 0 .5rem}
.method{display:inline-block;min-width:4.2em;font-size:.8em;font-weight:700;letter-spacing:.04em}
.who{opacity:.7}
pre{overflow:auto;padding:.75rem;border-radius:.4rem;background:color-mix(in srgb,currentColor 7%,transparent);font-size:.85rem}
table{border-collapse:collapse;font-size:.9rem;margin:.25rem 0}
th,td{text-align:left;font-weight:400;padding:.15rem 1rem .15rem 0;vertical-align:top}
summary{cursor:pointer}
`;
const STYLE_HASH = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`;
