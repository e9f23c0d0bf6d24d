/** Export and HLS over HTTP, as a program and as a player without credentials ask for them. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { routes } from '../../src/contract/routes.ts';
import { lookAt } from '../media/footage.ts';
import { type FootageHub, openFootageHub } from './footage-hub.ts';
import { type RealWish, realSegments } from './real-segments.ts';

let hub: FootageHub;
let camera = '';
let folder = '';
const recorder = randomUUID();
/** Whole seconds, so that pictures stand at round times. */
const T = Math.floor(Date.now() / 1000) * 1000 - 600_000;
const at = (ms: number): string => new Date(T + ms).toISOString();

before(async () => {
  hub = await openFootageHub();
  folder = await mkdtemp(join(tmpdir(), 'vidette-playback-'));
  camera = await hub.addCamera('Front door', 'door');
  await hub.client('recorder').call(routes.recorderRegister, {
    body: { id: recorder, host: 'here', pid: 1, capacity: 10, library: hub.library },
  });
  await record({ groups: [5, 5], runWallStart: T });
  await record({ groups: [4], runWallStart: T + 60_000, run: 'run0000000000001' });
  await record({ groups: [4], runWallStart: T + 90_000, run: 'run0000000000002', fixture: 'h264-240p' });
});
after(async () => {
  await hub[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function record(wish: Partial<RealWish> & Pick<RealWish, 'groups' | 'runWallStart'>): Promise<void> {
  const made = await realSegments({ fixture: 'h264-360p', sourceId: camera, ...wish });
  const reports = await Promise.all(
    made.map(async ({ bytes, identity, durationMs, frames, config }) => {
      const [day = '', time = ''] = new Date(identity.wallStart).toISOString().split('T');
      const name = `${time.replaceAll(':', '-')}-${identity.run}-${identity.seq}.mp4`;
      const key = `door/main/${day}/${time.slice(0, 2)}/${name}`;
      await hub.write(key, bytes);
      return {
        sourceId: camera,
        track: 'main',
        run: identity.run,
        seq: identity.seq,
        token: 1,
        key,
        wallStart: identity.wallStart,
        mediaStart: identity.mediaStart,
        durationMs,
        frames,
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        codec: config.video.codecString,
        width: config.video.width,
        height: config.video.height,
        ended: 'rotate' as const,
      };
    }),
  );
  await hub.client('recorder').call(routes.recorderSegments, { body: { recorder, reports } });
}

const ask = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${hub.base}${path}`, { headers });
const signedIn = { authorization: 'Bearer api' };
const exportPath = (from: number, to: number, more = ''): string =>
  `/api/cameras/${camera}/export.mp4?from=${at(from)}&to=${at(to)}${more}`;

test('export: its length is told before, any range of it can be asked for, and it is for viewers only', async () => {
  const path = exportPath(1000, 9000);
  assert.equal((await ask(path)).status, 401);
  const head = await fetch(hub.base + path, { method: 'HEAD', headers: signedIn });
  const whole = await ask(path, signedIn);
  const bytes = Buffer.from(await whole.arrayBuffer());
  const etag = whole.headers.get('etag') ?? '';
  assert.deepEqual(
    [head.status, head.headers.get('content-length'), head.headers.get('etag'), whole.headers.get('content-length')],
    [200, String(bytes.length), etag, String(bytes.length)],
  );
  assert.equal(whole.headers.get('x-vidette-frames'), '120');
  assert.match(whole.headers.get('content-disposition') ?? '', /Front door \d{4}-\d\d-\d\d \d\d-\d\d-\d\dZ\.mp4/);
  const part = await ask(path, { ...signedIn, range: 'bytes=1000-50000', 'if-range': etag });
  assert.equal(part.status, 206);
  assert.equal(part.headers.get('content-range'), `bytes 1000-50000/${bytes.length}`);
  assert.ok(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(1000, 50_001)));
  assert.equal((await ask(path, { ...signedIn, range: `bytes=${bytes.length}-` })).status, 416);
  assert.equal((await ask(path, { ...signedIn, 'if-none-match': etag })).status, 304);
  const changed = await ask(path, { ...signedIn, range: 'bytes=0-9', 'if-range': '"other"' });
  assert.equal(changed.status, 200, 'another file than was thought comes whole');
  await changed.body?.cancel();
  const file = join(folder, 'export.mp4');
  await writeFile(file, bytes);
  assert.deepEqual(
    (await lookAt(file)).frames,
    Array.from({ length: 120 }, (_, index) => index + 15),
  );
});

test('export: where the coding changed, the answer lists parts that can be had', async () => {
  const refused = await ask(exportPath(61_000, 93_000), signedIn);
  assert.equal(refused.status, 409);
  const { error, fields } = (await refused.json()) as { error: string; fields: Record<string, string> };
  assert.equal(error, 'several-codings');
  const parts = Object.values(fields);
  assert.deepEqual(parts, [`${at(61_000)}/${at(90_000)}`, `${at(90_000)}/${at(93_000)}`]);
  for (const part of parts) {
    const [from = '', to = ''] = part.split('/');
    const answer = await ask(`/api/cameras/${camera}/export.mp4?from=${from}&to=${to}`, signedIn);
    assert.deepEqual([answer.status, answer.headers.get('x-vidette-frames')], [200, '45']);
    await answer.body?.cancel();
  }
  const none = await ask(exportPath(20_000, 30_000), signedIn);
  assert.deepEqual([none.status, ((await none.json()) as { fields: { next: string } }).fields.next], [404, at(60_000)]);
  assert.equal((await ask(exportPath(0, 90_000_000), signedIn)).status, 400);
});

test('HLS: a player without credentials plays a signed address, and nothing else', async () => {
  const base = `/api/cameras/${camera}/hls/`;
  const range = `from=${at(1500)}&to=${at(64_000)}`;
  assert.equal((await ask(`${base}index.m3u8?${range}`)).status, 401);
  assert.equal((await ask(`${base}index.m3u8?${range}`, signedIn)).status, 200);
  const { path } = await hub
    .client('api')
    .call(routes.hlsLink, { params: { id: camera }, query: { from: at(1500), to: at(64_000) } });
  const list = await ask(path);
  assert.equal(list.headers.get('content-type'), 'application/vnd.apple.mpegurl');
  const text = await list.text();
  assert.equal(text.match(/#EXT-X-DISCONTINUITY/g)?.length, 1, text);
  assert.match(text, /#EXT-X-ENDLIST/);

  // As a player does: heads and pieces in order, each seam a stream of its own.
  const streams: Buffer[][] = [];
  for (const line of text.split('\n')) {
    const init = /^#EXT-X-MAP:URI="(.*)"$/.exec(line)?.[1];
    if (init !== undefined || line.startsWith('#EXT-X-DISCONTINUITY'))
      streams.push(init === undefined ? (streams.at(-1)?.slice(0, 1) ?? []) : [await body(base + init)]);
    else if (line !== '' && !line.startsWith('#')) streams.at(-1)?.push(await body(base + line));
  }
  const seen: (number | null)[] = [];
  for (const [index, stream] of streams.entries()) {
    const file = join(folder, `hls-${index}.mp4`);
    await writeFile(file, Buffer.concat(stream));
    seen.push(...(await lookAt(file)).frames);
  }
  // From the key frame before 1.5 s on, to the gap; then the second run.
  const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);
  assert.deepEqual(seen, [...numbers(15, 150), ...numbers(0, 60)]);

  const piece = text.split('\n').find((line) => line.startsWith('piece'));
  assert.ok(piece);
  const wider = piece.replace(/from=[^&]*/, `from=${encodeURIComponent(at(0))}`);
  assert.equal((await ask(base + wider)).status, 403, 'another range');
  const beyond = piece.replace(/start=[^&]*&end=[^&]*/, `start=${at(91_000)}&end=${at(93_000)}`);
  assert.equal((await ask(base + beyond)).status, 403, 'a piece outside of the range');
  assert.equal((await ask(path.replace(/sig=.{6}/, 'sig=AAAAAA'))).status, 403);
  const other = await hub.addCamera('Garden', 'garden');
  assert.equal((await ask(path.replace(camera, other))).status, 403, 'another camera');
});

async function body(path: string): Promise<Buffer> {
  const answer = await ask(path);
  assert.equal(answer.status, 200, path);
  return Buffer.from(await answer.arrayBuffer());
}
