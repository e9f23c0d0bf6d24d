import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../../base/log.ts';
import { LIVE_DELTA, LIVE_INIT, LIVE_KEY } from '../../contract/recorder.ts';
import type { TranscodeJob } from '../../contract/worker.ts';
import type { ViewerSocket } from '../live/feed.ts';
import { type TranscodeQueue, Transcodes } from './transcodes.ts';

const CAMERA = 'b4b0c8b0-0000-4000-8000-000000000001';
const HEAD = JSON.stringify({ type: 'live', mime: 'video/mp4; codecs="avc1.64001f"' });

class FakeSocket {
  bufferedAmount = 0;
  readonly got: string[] = [];
  closed: number | undefined;
  send(data: string | Uint8Array): void {
    this.got.push(typeof data === 'string' ? data : Buffer.from(data).toString());
  }
  close(code?: number): void {
    this.closed = code;
  }
}

class FakeQueue implements TranscodeQueue {
  readonly jobs = new Map<string, { id: string; attempt: number; payload: object }>();
  async send({ payload }: { payload: object }) {
    const job = { id: randomUUID(), attempt: 0, payload };
    this.jobs.set(job.id, job);
    return { job };
  }
  async check(id: string, attempt: number) {
    return this.jobs.get(id)?.attempt === attempt ? ('go-on' as const) : ('lost' as const);
  }
  async remove(id: string) {
    this.jobs.delete(id);
  }
  async removeAll() {
    this.jobs.clear();
  }
}

function setUp(times: { lingerMs?: number; patienceMs?: number } = {}) {
  const queue = new FakeQueue();
  const sources = new Set<ViewerSocket>();
  let now = 1_000_000;
  const transcodes = new Transcodes({
    queue,
    watch: (_camera, _track, viewer) => {
      sources.add(viewer);
      return () => void sources.delete(viewer);
    },
    key: Buffer.alloc(32, 7),
    now: () => now,
    log: silentLog,
    ...times,
  });
  /** What a worker gets that takes the job that waits. */
  const take = async (): Promise<TranscodeJob> => {
    await sleep(1);
    const [job] = queue.jobs.values();
    assert.ok(job);
    const taken = transcodes.jobFor(job);
    assert.ok(taken);
    return taken;
  };
  const open = async (job: TranscodeJob, change: Record<string, string> = {}) => {
    const query = { ...Object.fromEntries(new URL(job.url, 'http://hub').searchParams), ...change };
    const socket = new FakeSocket();
    const { attempt, expires, signature = '' } = query;
    const right = { id: job.id, attempt: Number(attempt), expires: Number(expires), signature };
    return { socket, wire: await transcodes.connect(right, socket) };
  };
  return {
    transcodes,
    queue,
    sources,
    take,
    open,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

const piece = (kind: number, text: string): Buffer => Buffer.concat([Buffer.of(kind), Buffer.from(text)]);

/** Pieces alone. */
const pieces = (socket: FakeSocket): string[] => socket.got.filter((text) => !text.startsWith('{'));

test('viewers of one track share one job; what the worker sends reaches all, and one that comes later from the last key frame on', async () => {
  const { transcodes, queue, sources, take, open } = setUp();
  const [first, second, third] = [new FakeSocket(), new FakeSocket(), new FakeSocket()];
  transcodes.watch(CAMERA, 'main', first);
  transcodes.watch(CAMERA, 'main', second);
  const { wire, socket } = await open(await take());
  assert.equal(queue.jobs.size, 1);
  assert.equal(sources.size, 1);
  for (const source of sources) source.send(Buffer.from('coded'));
  assert.deepEqual(socket.got, ['coded']);
  wire.message(Buffer.from(HEAD), false);
  for (const [kind, text] of [
    [LIVE_INIT, 'init'],
    [LIVE_KEY, 'k1'],
    [LIVE_KEY, 'k2'],
    [LIVE_DELTA, 'd2'],
  ] as const)
    wire.message(piece(kind, text), true);
  transcodes.watch(CAMERA, 'main', third);
  for (const viewer of [first, second]) assert.deepEqual(pieces(viewer), ['init', 'k1', 'k2', 'd2']);
  assert.deepEqual(pieces(third), ['init', 'k2', 'd2']);
  transcodes.close();
});

test('when the last has left, job, worker and reading of the track end after a while', async () => {
  const { transcodes, queue, sources, take, open } = setUp({ lingerMs: 20 });
  const leave = transcodes.watch(CAMERA, 'main', new FakeSocket());
  const { socket } = await open(await take());
  leave();
  const again = transcodes.watch(CAMERA, 'main', new FakeSocket());
  await sleep(60);
  assert.equal(queue.jobs.size, 1);
  again();
  while (queue.jobs.size > 0) await sleep(5);
  assert.equal(socket.closed, 1000);
  assert.equal(sources.size, 0);
});

test('where no worker takes it viewers are told so, and the job is gone', async () => {
  const { transcodes, queue } = setUp({ patienceMs: 20 });
  const viewer = new FakeSocket();
  transcodes.watch(CAMERA, 'main', viewer);
  const waits = setTimeout(() => undefined, 10_000);
  while (viewer.closed === undefined) await sleep(5);
  clearTimeout(waits);
  assert.deepEqual(viewer.got, [
    JSON.stringify({ type: 'refused', reason: 'No worker is free to convert the video.' }),
  ]);
  await sleep(1);
  assert.equal(queue.jobs.size, 0);
});

test('a worker that gives up says why; one that sends anything else is not heard any more', async () => {
  const { transcodes, queue, take, open } = setUp();
  const viewer = new FakeSocket();
  transcodes.watch(CAMERA, 'main', viewer);
  await transcodes.failed((await take()).id, 'too slow');
  assert.match(viewer.got.at(-1) ?? '', /"refused".*too slow/);
  await sleep(1);
  assert.equal(queue.jobs.size, 0);

  for (const wrong of [piece(9, 'x'), Buffer.alloc(5_000_000, LIVE_KEY), Buffer.alloc(0)]) {
    const other = new FakeSocket();
    transcodes.watch(CAMERA, 'main', other);
    const { wire, socket } = await open(await take());
    wire.message(wrong, true);
    assert.equal(socket.closed, 1000);
    assert.match(other.got.at(-1) ?? '', /"refused"/);
    wire.message(piece(LIVE_INIT, 'late'), true);
    assert.deepEqual(pieces(other), []);
    await sleep(1);
  }
});

test('a worker that dies has a while to be replaced; its viewers stay', async () => {
  const { transcodes, queue, take, open } = setUp();
  const viewer = new FakeSocket();
  transcodes.watch(CAMERA, 'main', viewer);
  const { wire } = await open(await take());
  wire.message(Buffer.from(HEAD), false);
  wire.message(piece(LIVE_INIT, 'init'), true);
  wire.closed();
  assert.match(viewer.got.at(-1) ?? '', /"ended"/);
  for (const job of queue.jobs.values()) job.attempt = 1;
  const next = await open(await take());
  next.wire.message(Buffer.from(HEAD), false);
  next.wire.message(piece(LIVE_INIT, 'init2'), true);
  wire.message(piece(LIVE_KEY, 'of the dead one'), true);
  assert.deepEqual(pieces(viewer), ['init', 'init2']);
  transcodes.close();
});

test('the socket’s address is good for its job, its attempt and a minute, and cannot be forged', async () => {
  const { transcodes, queue, take, open, pass } = setUp();
  transcodes.watch(CAMERA, 'main', new FakeSocket());
  const job = await take();
  const refused = /not, or no longer, good/;
  await assert.rejects(open(job, { attempt: '1' }), refused);
  await assert.rejects(open(job, { signature: 'x' }), refused);
  await assert.rejects(open(job, { expires: '99999999999999' }), refused);
  await assert.rejects(open({ ...job, id: randomUUID() }), refused);
  pass(61_000);
  await assert.rejects(open(job), refused);
  const fresh = await take();
  await open(fresh);
  // The job is somebody else's meanwhile.
  for (const waiting of queue.jobs.values()) waiting.attempt = 1;
  await assert.rejects(open(fresh), refused);
  transcodes.close();
});
