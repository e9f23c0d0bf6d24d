import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { InputError, Unavailable, UserError } from '../../base/errors.ts';
import { createLog } from '../../base/log.ts';
import { type RouteShape, route } from '../../contract/route.ts';
import type { Caller } from './gate.ts';
import { register, registerRaw, registerSocket } from './register.ts';
import { createServer, type HubServer } from './server.ts';

const things = {
  echo: route({
    method: 'POST',
    path: '/api/things/:id',
    access: 'viewer',
    summary: 'Says it back',
    params: z.object({ id: z.string().max(5) }),
    query: z.object({ times: z.coerce.number().int().default(1) }),
    body: z.object({ word: z.string().max(10) }),
    response: z.object({ said: z.string() }),
  }),
  fail: route({
    method: 'GET',
    path: '/api/fail/:how',
    access: 'public',
    summary: 'Fails',
    params: z.object({ how: z.string() }),
    response: z.object({}),
  }),
  admin: route({ method: 'GET', path: '/api/admin', access: 'admin', summary: 'Admins', response: z.object({}) }),
  bytes: route({ method: 'GET', path: '/api/bytes', access: 'viewer', summary: 'Bytes', produces: 'text/plain' }),
  talk: route({ method: 'GET', path: '/api/talk', access: 'viewer', summary: 'Talks', produces: 'websocket' }),
} satisfies Record<string, RouteShape>;

let server: HubServer;
let url: string;
let dist: string;
const lines: string[] = [];
/** Bearer words of this test and who they are. */
const people: Record<string, Caller> = {
  admin: { kind: 'token', token: { id: '1', name: 'a', scope: 'api' } },
  reader: { kind: 'token', token: { id: '2', name: 'r', scope: 'api-read' } },
  recorder: { kind: 'token', token: { id: '3', name: 'c', scope: 'recorder' } },
  viewer: {
    kind: 'session',
    sessionId: 's',
    user: { id: 'u', name: 'Vera', role: 'viewer', createdAt: '2026-01-01T00:00:00.000Z' },
  },
};

before(async () => {
  dist = await mkdtemp(join(tmpdir(), 'vidette-page-'));
  server = await createServer({
    settings: { url: undefined, host: '127.0.0.1', port: 0, trustProxy: false, tls: undefined },
    log: createLog((line) => lines.push(line), 'debug'),
    gate: { identify: async ({ headers }) => people[headers.authorization ?? ''] ?? { kind: 'nobody' } },
    version: '0.0.0',
    webDist: dist,
  });
  const { app } = server;
  register(app, things.echo, async ({ params, query, body }) => {
    const extra = { said: `${params.id}: ${body.word.repeat(query.times)}`, password: 'never shown' };
    return extra;
  });
  register(app, things.fail, async ({ params }) => {
    if (params.how === 'user') throw new UserError('No such thing.', 'Look elsewhere.', { code: 'not-found' });
    if (params.how === 'input') throw new InputError('clip.mp4', 'no moov', { offset: 12 });
    if (params.how === 'away') throw new Unavailable('The database rests.', 2500);
    throw new Error('internal detail 4711');
  });
  register(app, things.admin, async () => ({}));
  registerRaw(app, things.bytes, async (_request, reply) => reply.type('text/plain').send('bytes'));
  registerSocket(app, things.talk, (socket) => {
    socket.on('message', (data) => socket.send(`you said ${String(data)}`));
  });
  ({ url } = await server.listen());
});

after(async () => {
  await server.close();
  await rm(dist, { recursive: true });
});

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'admin', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

test('a handler gets checked input, and its answer is cut to the schema', async () => {
  const answer = await post('/api/things/one?times=2', { word: 'ha' });
  assert.equal(answer.status, 200);
  assert.deepEqual(await answer.json(), { said: 'one: haha' });
  assert.equal(answer.headers.get('cache-control'), 'no-store');
});

test('input that does not fit is refused with the name of the field', async () => {
  for (const [path, body, field] of [
    ['/api/things/one', { word: 'x'.repeat(11) }, 'word'],
    ['/api/things/toolong', { word: 'x' }, 'id'],
    ['/api/things/one?times=many', { word: 'x' }, 'times'],
  ] as const) {
    const answer = await post(path, body);
    assert.equal(answer.status, 400);
    const problem = (await answer.json()) as { error: string; fields: Record<string, string> };
    assert.equal(problem.error, 'invalid');
    assert.ok(problem.fields[field], field);
  }
  assert.equal((await post('/api/things/one', '{"word":')).status, 400);
  assert.equal((await post('/api/things/one', { word: 'x'.repeat(1_100_000) })).status, 413);
  const form = await post('/api/things/one', 'word=x', { 'content-type': 'application/x-www-form-urlencoded' });
  assert.equal(form.status, 415);
});

test('text that no database holds is refused wherever it stands', async () => {
  for (const [path, body] of [
    ['/api/things/one', '{"word":"a\\u0000b"}'],
    ['/api/things/one', '{"word":"a\\ud800b"}'],
    ['/api/things/a%00b', '{"word":"x"}'],
  ] as const) {
    const answer = await post(path, body);
    assert.equal(answer.status, 400, body);
    assert.equal(((await answer.json()) as { error: string }).error, 'invalid');
  }
});

test('errors say what was wrong, and bugs show nothing of the inside', async () => {
  const user = await fetch(`${url}/api/fail/user`);
  assert.equal(user.status, 404);
  assert.deepEqual(await user.json(), { error: 'not-found', message: 'No such thing.', remedy: 'Look elsewhere.' });
  assert.equal((await fetch(`${url}/api/fail/input`)).status, 422);
  const away = await fetch(`${url}/api/fail/away`);
  assert.equal(away.status, 503);
  assert.equal(away.headers.get('retry-after'), '3');
  const bug = await fetch(`${url}/api/fail/bug?token=very-secret-word`);
  assert.equal(bug.status, 500);
  const text = await bug.text();
  assert.doesNotMatch(text, /4711/);
  const id = bug.headers.get('x-request-id') ?? '';
  assert.match(text, new RegExp(id));
  assert.ok(lines.some((line) => line.includes('4711') && line.includes(id)));
  assert.ok(!lines.some((line) => line.includes('very-secret-word')), 'a query is never logged');
});

test('who may call what: people by role, programs by scope', async () => {
  const status = async (path: string, who: string): Promise<number> =>
    (await fetch(url + path, { headers: who === '' ? {} : { authorization: who } })).status;
  assert.equal(await status('/api/bytes', ''), 401);
  assert.equal(await status('/api/bytes', 'viewer'), 200);
  assert.equal(await status('/api/bytes', 'reader'), 200);
  assert.equal(await status('/api/bytes', 'recorder'), 403);
  assert.equal(await status('/api/admin', 'viewer'), 403);
  assert.equal(await status('/api/admin', 'reader'), 403);
  assert.equal(await status('/api/admin', 'admin'), 200);
  assert.equal((await post('/api/things/one', { word: 'x' }, { authorization: 'reader' })).status, 403, 'reading only');
});

test('a write with a session must come from our own page', async () => {
  const write = async (headers: Record<string, string>): Promise<number> =>
    (await post('/api/things/one', { word: 'x' }, { authorization: 'viewer', ...headers })).status;
  assert.equal(await write({}), 403);
  assert.equal(await write({ origin: 'https://evil.example' }), 403);
  assert.equal(await write({ origin: 'null' }), 403);
  assert.equal(await write({ origin: url }), 200);
  assert.equal(await write({ 'sec-fetch-site': 'same-origin' }), 200);
  assert.equal(await write({ 'sec-fetch-site': 'cross-site' }), 403);
  const token = await post('/api/things/one', { word: 'x' }, { origin: 'https://evil.example' });
  assert.equal(token.status, 403, 'a page of another site cannot use a token either');
});

test('sockets: refused before they open, closed for good reasons', async () => {
  const attempt = (headers: Record<string, string>): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/api/talk`, { headers });
      socket.on('unexpected-response', (_request, response) => {
        response.resume();
        resolve(String(response.statusCode));
      });
      socket.on('open', () => socket.send('hello'));
      socket.on('message', (data) => {
        socket.close();
        resolve(String(data));
      });
      socket.on('error', reject);
    });
  assert.equal(await attempt({}), '401');
  assert.equal(await attempt({ authorization: 'viewer' }), '403');
  assert.equal(await attempt({ authorization: 'viewer', origin: 'https://evil.example' }), '403');
  assert.equal(await attempt({ authorization: 'viewer', origin: url }), 'you said hello');
  assert.equal(await attempt({ authorization: 'admin' }), 'you said hello');
  const plain = await fetch(`${url}/api/talk`, { headers: { authorization: 'admin' } });
  assert.equal(plain.status, 426);
});

test('a revoked caller loses its open socket at once', async () => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/talk`, {
    headers: { authorization: 'viewer', origin: url },
  });
  await new Promise((resolve) => socket.once('open', resolve));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  server.app.vidette.connections.revoke({ userId: 'somebody else' });
  server.app.vidette.connections.revoke({ userId: 'u' });
  assert.equal(await closed, 4401);
});

test('the page: its routes, its assets, its base, and a word when it is not built', async () => {
  const missing = await fetch(`${url}/`);
  assert.equal(missing.status, 503);
  assert.match(await missing.text(), /not been built/);
  await writeFile(join(dist, 'index.html'), '<!doctype html><html><head><title>V</title></head></html>');
  await writeFile(join(dist, 'icon.svg'), '<svg/>');
  for (const path of ['/', '/sign-in', '/cameras/front-door']) {
    const page = await fetch(url + path);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<head><base href="\/"><title>/);
    assert.equal(page.headers.get('cache-control'), 'no-cache');
    const csp = page.headers.get('content-security-policy') ?? '';
    assert.match(csp, /default-src 'self'/);
    assert.doesNotMatch(csp, /unsafe/);
    assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(page.headers.get('x-frame-options'), 'DENY');
  }
  assert.equal((await fetch(`${url}/icon.svg`)).headers.get('content-type'), 'image/svg+xml');
  for (const path of [
    '/missing.js',
    '/assets/missing.js',
    '/api/nothing',
    '/blobs/x',
    '/..%2f..%2fetc/passwd.txt',
    '/%ff.js',
  ]) {
    const answer = await fetch(url + path);
    assert.ok(answer.status === 404 || answer.status === 400, `${path}: ${answer.status}`);
    assert.match(answer.headers.get('content-type') ?? '', /application\/json/, path);
  }
});
