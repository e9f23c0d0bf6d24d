import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Clip } from '../../src/contract/clip.ts';
import {
  type HubToRecorder,
  LIVE_INIT,
  LIVE_KEY,
  type OpenExtent,
  type RecorderOrders,
} from '../../src/contract/recorder.ts';
import { routes } from '../../src/contract/routes.ts';
import { CameraRenderParams, type RenderJob } from '../../src/contract/worker.ts';
import { type FootageHub, openFootageHub } from './footage-hub.ts';
import { keyOf, type MadeSegment, makeSegment } from './segment-file.ts';

let hub: FootageHub;
let camera = '';
const recorderId = randomUUID();
let leases: RecorderOrders['leases'] = [];

before(async () => {
  hub = await openFootageHub();
  camera = await hub.addCamera('Front door', 'front-door');
  const welcome = await hub.client('recorder').call(routes.recorderRegister, {
    body: { id: recorderId, host: 'here', pid: 1, capacity: 10, library: hub.library },
  });
  assert.equal(welcome.publish, 'link');
  const first = await beat([]);
  assert.deepEqual(
    first.cameras.map((item) => [item.name, item.username, item.password]),
    [['Front door', 'viewer', 'canary-password']],
  );
});
after(async () => {
  await hub[Symbol.asyncDispose]();
});

async function beat(open: OpenExtent[]): Promise<RecorderOrders> {
  const orders = await hub
    .client('recorder')
    .call(routes.recorderHeartbeat, { body: { id: recorderId, holding: leases, open } });
  leases = orders.leases;
  return orders;
}

/** A segment as the recorder of this test makes it. */
function record(
  startedAgoMs: number,
  fragments: number,
  run = randomUUID().replaceAll('-', '').slice(0, 16),
): MadeSegment {
  const runWallStart = Date.now() - startedAgoMs;
  return makeSegment({
    sourceId: camera,
    folder: 'front-door',
    library: hub.library,
    runWallStart,
    fragments,
    run,
    token: leases[0]?.token ?? 1,
  });
}

const spoolKey = (made: MadeSegment): string => `spool/front-door/main/${made.identity.run}-0.part`;

function extentOf(made: MadeSegment, fragments: number): OpenExtent {
  const { sourceId, track, run, seq, token, wallStart } = made.identity;
  const bytes = fragments < made.fragments.length ? (made.fragments[fragments]?.offset ?? 0) : made.openBytes;
  return {
    sourceId,
    track,
    run,
    seq,
    token,
    wallStart,
    key: spoolKey(made),
    durationMs: fragments * 1000,
    bytes,
    codec: made.codec,
  };
}

async function publish(made: MadeSegment): Promise<void> {
  await hub.write(keyOf(made), made.bytes);
  const { receipts } = await hub.client('recorder').call(routes.recorderSegments, {
    body: { recorder: recorderId, reports: [made.report(keyOf(made))] },
  });
  assert.equal(receipts[0]?.state, 'published');
}

const iso = (wall: number): string => new Date(wall).toISOString();

async function footage(from: number, to: number) {
  const answer = await hub
    .client('api')
    .call(routes.footage, { params: { id: 'front door' }, query: { from: iso(from), to: iso(to) } });
  return answer.spans.map((span) => [Date.parse(span.start), Date.parse(span.end), span.open]);
}

function video(from: number, to: number): Promise<Response> {
  const query = new URLSearchParams({ from: iso(from), to: iso(to) });
  return fetch(`${hub.base}/api/cameras/${camera}/video.mp4?${query}`, { headers: { authorization: 'Bearer api' } });
}

async function askClip(start: number, seconds: number, more: object = {}): Promise<Clip> {
  return hub.client('api').call(routes.createClip, {
    body: { sources: ['Front door'], ranges: [{ start: iso(start), length: seconds }], ...more },
  });
}

async function until(id: string, good: (clip: Clip) => boolean): Promise<Clip> {
  for (let tries = 0; tries < 200; tries++) {
    const clip = await hub.client('api').call(routes.getClip, { params: { id } });
    if (good(clip)) return clip;
    await sleep(50);
  }
  assert.fail('the clip did not get there');
}

async function take(): Promise<RenderJob> {
  const { job } = await hub.client('worker').call(routes.workerLease, {
    body: { worker: randomUUID(), types: ['render'], kinds: ['camera'], waitMs: 5000 },
  });
  assert.ok(job?.type === 'render');
  return job;
}

const put = (job: RenderJob, body: string): Promise<Response> =>
  fetch(hub.base + job.output.url, { method: 'PUT', body, headers: job.output.headers });

async function complete(job: RenderJob, body: string, claims: { sha256?: string } = {}): Promise<string> {
  const sha256 = claims.sha256 ?? createHash('sha256').update(body).digest('hex');
  const result = { bytes: body.length, sha256, duration: 2, width: 1280, height: 720 };
  const { orders } = await hub
    .client('worker')
    .call(routes.workerComplete, { params: { id: job.id }, body: { attempt: job.attempt, result } });
  return orders;
}

test('open footage is on the timeline and plays; when it is finished it goes on playing', async () => {
  const made = record(3_600_000, 6);
  const { wallStart } = made.identity;
  await hub.write(spoolKey(made), made.bytes.subarray(0, made.openBytes));
  await beat([extentOf(made, 4)]);
  assert.deepEqual(await footage(wallStart - 5000, wallStart + 60_000), [[wallStart, wallStart + 4000, true]]);
  const open = await video(wallStart + 1500, wallStart + 60_000);
  assert.equal(open.status, 200);
  assert.equal(open.headers.get('content-type'), 'video/mp4; codecs="avc1.64001f"');
  assert.equal(open.headers.get('x-vidette-start'), iso(wallStart + 1000));
  assert.equal(open.headers.get('x-vidette-end'), iso(wallStart + 4000));
  const bytes = Buffer.from(await open.arrayBuffer());
  assert.ok(bytes.includes('moof') && bytes.subarray(4, 8).toString() === 'ftyp');

  await publish(made);
  await unlink(join(hub.root, spoolKey(made)));
  await beat([]);
  assert.deepEqual(await footage(wallStart - 5000, wallStart + 60_000), [[wallStart, wallStart + 6000, false]]);
  assert.equal((await video(wallStart + 5000, wallStart + 6000)).status, 200);
  assert.ok(hub.events.some((event) => event.type === 'footage' && event.source === camera));
});

test('where there is no footage the answer says where it goes on', async () => {
  const made = record(1_800_000, 2);
  await publish(made);
  const before = made.identity.wallStart - 60_000;
  const answer = await video(before, before + 10_000);
  assert.equal(answer.status, 404);
  const problem = (await answer.json()) as { error: string; fields: { next: string } };
  assert.deepEqual([problem.error, problem.fields.next], ['no-footage', iso(made.identity.wallStart)]);
});

test('a clip of the last seconds has its segment finished early, is rendered by a worker, and is downloaded', async () => {
  const made = record(8000, 9);
  const { wallStart } = made.identity;
  await hub.write(spoolKey(made), made.bytes.subarray(0, made.openBytes));
  await beat([extentOf(made, 5)]);
  const clip = await askClip(wallStart + 1000, 4, {
    overlays: { title: 'Who was it?', clock: true },
    limits: { maxBytes: 100_000 },
  });
  assert.deepEqual([clip.state, clip.title, clip.createdBy], ['waiting', 'Who was it?', 'a api']);
  let ordered: RecorderOrders['closeEarly'] = [];
  for (let tries = 0; tries < 100 && ordered.length === 0; tries++) {
    ordered = (await beat([extentOf(made, 6)])).closeEarly;
    await sleep(50);
  }
  assert.deepEqual(ordered, [{ cameraId: camera, track: 'main' }]);
  await publish(made);
  await beat([]);

  const job = await take();
  const params = CameraRenderParams.parse(job.params);
  assert.deepEqual(params.sources[0]?.pieces, [{ input: '0000.mp4', from: 1, to: 5, wallStart: wallStart + 1000 }]);
  assert.deepEqual([params.title, params.clock, job.limits.maxBytes], ['Who was it?', true, 100_000]);
  const input = await fetch(hub.base + job.inputs[0]?.url);
  assert.equal(
    createHash('sha256')
      .update(Buffer.from(await input.arrayBuffer()))
      .digest('hex'),
    job.inputs[0]?.sha256,
  );
  await hub.client('worker').call(routes.workerProgress, {
    params: { id: job.id },
    body: { attempt: job.attempt, progress: 0.5, stage: 'Encoding' },
  });
  const running = await until(clip.id, (at) => at.progress === 0.5);
  assert.deepEqual([running.state, running.stage], ['running', 'Encoding']);
  assert.equal((await put(job, 'the clip itself')).status, 201);
  assert.equal(await complete(job, 'the clip itself'), 'go-on');
  const done = await until(clip.id, (at) => at.state === 'done');
  assert.equal(done.result?.bytes, 15);
  assert.match(done.result?.fileName ?? '', /^Front door \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.mp4$/);
  assert.ok(
    hub.events.some((event) => event.type === 'clip' && event.clip.id === clip.id && event.clip.state === 'done'),
  );

  const authorization = 'Bearer api';
  const file = await fetch(`${hub.base}/api/clips/${clip.id}/file.mp4?download`, {
    headers: { authorization, range: 'bytes=4-7' },
  });
  assert.deepEqual([file.status, await file.text(), file.headers.get('content-range')], [206, 'clip', 'bytes 4-7/15']);
  assert.match(file.headers.get('content-disposition') ?? '', /^attachment; filename="Front door .*\.mp4"/);
  const head = await fetch(`${hub.base}/api/clips/${clip.id}/file.mp4`, { method: 'HEAD', headers: { authorization } });
  assert.equal(head.headers.get('content-length'), '15');

  const equal = await askClip(wallStart + 1000, 4, {
    overlays: { title: 'Who was it?', clock: true },
    limits: { maxBytes: 100_000 },
  });
  const shared = await until(equal.id, (at) => at.state === 'done');
  assert.equal(shared.result?.sha256, done.result?.sha256);
  const remove = (id: string) => hub.client('api').call(routes.deleteClip, { params: { id } });
  await remove(clip.id);
  const key = `clips/${/clips%2F|clips\/([0-9a-f]{64})/.exec(job.output.url)?.[1]}.mp4`;
  assert.ok(await hub.blobs.stat(key));
  await remove(equal.id);
  assert.equal(await hub.blobs.stat(key), undefined);

  const rows = await hub.database.catalog.db.selectFrom('jobs').selectAll().execute();
  assert.ok(!JSON.stringify(rows).includes('sig='), 'no signed URL is stored');
  assert.ok(!hub.log.join('').includes('sig=') || !/sig=(?!…)/.test(hub.log.join('')), 'no signature in the log');
});

test('a result that is not what the worker says is made again', async () => {
  const made = record(900_000, 5);
  await publish(made);
  const clip = await askClip(made.identity.wallStart, 2, { limits: { maxBytes: 50_000 } });
  const job = await take();
  assert.equal((await put(job, 'x'.repeat(50_001))).status, 413);
  assert.equal((await put(job, 'damaged')).status, 201);
  assert.equal(await complete(job, 'damaged', { sha256: 'b'.repeat(64) }), 'lost');
  const again = await take();
  assert.deepEqual([again.id, again.attempt], [job.id, 1]);
  assert.notEqual(again.output.url.split('?')[0], job.output.url.split('?')[0]);
  await put(again, 'whole');
  assert.equal(await complete(again, 'whole'), 'go-on');
  await until(clip.id, (at) => at.state === 'done');
});

test('invariant 5: where two recorders wrote the same time it is shown once, in timeline, playback and clips', async () => {
  const start = Date.now() - 5_400_000;
  const make = (run: string, token: number, at: number, fragments: number): MadeSegment =>
    makeSegment({
      sourceId: camera,
      folder: 'front-door',
      library: hub.library,
      runWallStart: start + at,
      fragments,
      run,
      token,
    });
  const older = make('oldrun0000000000', 1001, 0, 10);
  const newer = make('newrun0000000000', 1002, 4000, 10);
  const late = make('oldrun0000000001', 1001, 6000, 3);
  await publish(older);
  await publish(newer);
  await hub.write(keyOf(late), late.bytes);
  const { receipts } = await hub
    .client('recorder')
    .call(routes.recorderSegments, { body: { recorder: recorderId, reports: [late.report(keyOf(late))] } });
  assert.equal(receipts[0]?.state, 'shadow');
  assert.deepEqual(await footage(start, start + 60_000), [[start, start + 14_000, false]]);
  const answer = await video(start, start + 60_000);
  const fragments =
    Buffer.from(await answer.arrayBuffer())
      .toString('latin1')
      .split('moof').length - 1;
  assert.deepEqual([fragments, answer.headers.get('x-vidette-end')], [14, iso(start + 14_000)]);

  await askClip(start + 2000, 6);
  const job = await take();
  assert.deepEqual(CameraRenderParams.parse(job.params).sources[0]?.pieces, [
    { input: '0000.mp4', from: 2, to: 4, wallStart: start + 2000 },
    { input: '0001.mp4', from: 0, to: 4, wallStart: start + 4000 },
  ]);
});

test('a clip without any footage fails and names the nearest', async () => {
  const made = record(7_200_000, 2);
  await publish(made);
  const clip = await askClip(made.identity.wallStart - 600_000, 5);
  const failed = await until(clip.id, (at) => at.state === 'failed');
  assert.match(failed.error ?? '', /^Front door has no footage there\. The nearest begins at \d{4}-/);
});

test('a cancelled clip stops its worker', async () => {
  const made = record(600_000, 5);
  await publish(made);
  const clip = await askClip(made.identity.wallStart, 3);
  const job = await take();
  await until(clip.id, (at) => at.state === 'running');
  const cancelled = await hub.client('api').call(routes.cancelClip, { params: { id: clip.id } });
  assert.equal(cancelled.state, 'cancelled');
  const { orders } = await hub
    .client('worker')
    .call(routes.workerProgress, { params: { id: job.id }, body: { attempt: job.attempt, progress: 0.9, stage: '' } });
  assert.equal(orders, 'cancel');
});

test('requests that cannot be are refused in words', async () => {
  const ask = (body: object) =>
    hub
      .client('api')
      .call(routes.createClip, { body: { sources: ['Front door'], ranges: [{ start: '-10s', length: 5 }], ...body } });
  await assert.rejects(ask({ sources: ['Garage'] }), /no camera called “Garage”/);
  await assert.rejects(ask({ ranges: [{ start: '-5s', end: '-10s' }] }), /ends before it begins/);
  await assert.rejects(ask({ deliver: ['moon'] }), /no destination called “moon”/);
});

test('live pictures reach a viewer, from the key frame on', async () => {
  await beat([]);
  const recorder = new WebSocket(`${hub.base.replace('http', 'ws')}/api/recorder/socket`, {
    headers: { authorization: 'Bearer recorder' },
  });
  const asked = new Promise<HubToRecorder>((resolve) =>
    recorder.once('message', (data) => resolve(JSON.parse(String(data)) as HubToRecorder)),
  );
  await new Promise((resolve) => recorder.once('open', resolve));
  recorder.send(JSON.stringify({ type: 'hello', id: recorderId }));
  const viewer = new WebSocket(`${hub.base.replace('http', 'ws')}/api/cameras/${camera}/live/main`, {
    headers: { authorization: 'Bearer api' },
  });
  const got: string[] = [];
  const enough = new Promise<void>((resolve) =>
    viewer.on('message', (data, isBinary) => {
      got.push(isBinary ? String(data) : String((JSON.parse(String(data)) as { type: string }).type));
      if (got.length === 3) resolve();
    }),
  );
  const order = await asked;
  assert.deepEqual([order.type, order.type === 'watch' && order.cameraId], ['watch', camera]);
  const piece = (kind: number, text: string): Buffer => {
    const head = Buffer.alloc(5);
    head.writeUInt8(kind, 0);
    head.writeUInt32BE(order.channel, 1);
    return Buffer.concat([head, Buffer.from(text)]);
  };
  recorder.send(JSON.stringify({ type: 'live', channel: order.channel, mime: 'video/mp4; codecs="avc1.64001f"' }));
  recorder.send(piece(LIVE_INIT, 'init'));
  recorder.send(piece(LIVE_KEY, 'key'));
  await enough;
  assert.deepEqual(got, ['live', 'init', 'key']);
  viewer.close();
  recorder.close();
});
