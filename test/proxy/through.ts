/** What has to work through every proxy. Plain node:https, so that an own certificate can be trusted and headers are seen as they are. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { routes } from '../../src/contract/routes.ts';
import { createUser } from '../../src/hub/auth/users.ts';
import { registerSocket } from '../../src/hub/server/register.ts';
import type { HubServer } from '../../src/hub/server/server.ts';
import { PASSWORD, type TestHub } from '../hub/server.ts';

/** A page as `vite build` leaves it, with an asset of 100,000 bytes. */
async function fakePage(dist: string): Promise<void> {
  await mkdir(join(dist, 'assets'), { recursive: true });
  await writeFile(join(dist, 'index.html'), '<!doctype html><html><head><title>Vidette</title></head></html>');
  await writeFile(join(dist, 'assets', 'video.bin'), Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 251)));
}

/** A WebSocket route that says back what it hears. */
export function echoLive(server: HubServer): void {
  registerSocket(server.app, routes.live, (socket, ctx) => {
    socket.on('message', (data) => socket.send(`${ctx.request.ip} ${String(data)}`));
  });
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** @param url the public address, below which everything is asked for */
export async function everythingWorksThrough(hub: TestHub, url: string, ca: Buffer, dist: string): Promise<void> {
  await fakePage(dist);
  const origin = new URL(url).origin;
  const open = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const asked = request(
        url + path,
        { method, ca, servername: 'localhost', headers: { origin, ...headers } },
        resolve,
      );
      asked.setTimeout(15_000, () => asked.destroy(new Error(`${path}: no answer`)));
      asked.on('error', reject);
      asked.end(body);
    });
  const ask = async (
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<Answer> => {
    const answer = await open(method, path, headers, body);
    const pieces: Buffer[] = [];
    for await (const piece of answer as AsyncIterable<Buffer>) pieces.push(piece);
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces) };
  };

  // The page finds its files below the sub-path.
  const base = `${new URL(url).pathname.replace(/\/$/, '')}/`;
  for (const path of ['/', '/cameras/front-door']) {
    const page = await ask('GET', path);
    assert.equal(page.status, 200);
    assert.ok(page.body.toString().includes(`<base href="${base}">`), 'the page knows its base');
  }

  // Sign-in gives a cookie for https and this path only.
  await createUser(hub.auth.db, { name: 'Ada', password: PASSWORD, role: 'admin' });
  const credentials = JSON.stringify({ name: 'Ada', password: PASSWORD });
  const json = { 'content-type': 'application/json' };
  const signIn = await ask('POST', '/api/session', json, credentials);
  assert.equal(signIn.status, 200, signIn.body.toString());
  const set = signIn.headers['set-cookie']?.[0] ?? '';
  assert.match(set, /; HttpOnly; Secure; SameSite=Lax$/);
  assert.ok(set.includes(`; Path=${base};`), set);
  const cookie = set.split(';')[0] ?? '';
  assert.equal((await ask('GET', '/api/session', { cookie })).status, 200);
  assert.equal(
    (await ask('POST', '/api/session', { ...json, origin: 'https://evil.example' }, credentials)).status,
    403,
  );
  assert.match(String(signIn.headers['strict-transport-security']), /max-age/);

  // Ranges.
  const part = await ask('GET', '/assets/video.bin', { range: 'bytes=1000-1999' });
  assert.equal(part.status, 206);
  assert.equal(part.headers['content-range'], 'bytes 1000-1999/100000');
  assert.deepEqual([...part.body.subarray(0, 3)], [1000 % 251, 1001 % 251, 1002 % 251]);
  assert.equal(part.body.length, 1000);

  // An event arrives while the answer is still open.
  const events = await open('GET', '/api/events', { cookie });
  assert.equal(events.statusCode, 200);
  let heard = '';
  events.setEncoding('utf8').on('data', (piece: string) => {
    heard += piece;
  });
  const created = await ask(
    'POST',
    '/api/cameras',
    { ...json, cookie },
    JSON.stringify({ name: 'Front door', url: 'rtsp://10.0.0.9/' }),
  );
  assert.equal(created.status, 200, created.body.toString());
  for (let waited = 0; !heard.includes('"Front door"') && waited < 5000; waited += 10)
    await new Promise((resolve) => setTimeout(resolve, 10));
  assert.match(heard, /"Front door"/, 'the proxy does not hold events back');
  events.destroy();

  // A WebSocket, with the visitor's address as the proxy tells it; none from another site.
  const live = `${url.replace('https', 'wss')}/api/cameras/x/live/main`;
  const say = (from: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(live, { ca, headers: { cookie, origin: from } });
      socket.on('open', () => socket.send('hello'));
      socket.on('message', (data) => {
        socket.close();
        resolve(String(data));
      });
      socket.on('unexpected-response', (_request, answer) => {
        answer.resume();
        resolve(String(answer.statusCode));
      });
      socket.on('error', reject);
    });
  assert.equal(await say(origin), '127.0.0.1 hello');
  assert.equal(await say('https://evil.example'), '403');
}
