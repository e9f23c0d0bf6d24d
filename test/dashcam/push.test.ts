/** The push of the drive in the car: in order, resumed, once, and near real time. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createLog } from '../../src/base/log.ts';
import { milliseconds, monotonicMs, wallMs } from '../../src/base/units.ts';
import { harvest } from '../../src/sources/dashcam/harvest/harvest.ts';
import { openOrBeginLibrary } from '../../src/sources/dashcam/harvest/library-folder.ts';
import { readPushState } from '../../src/sources/dashcam/push/push-state.ts';
import { TokenBucket } from '../../src/sources/dashcam/push/token-bucket.ts';
import { SpoolIndex } from '../../src/sources/dashcam/role/spool-index.ts';
import { clipName, EVENT, makeFootage, RECENT } from './car.ts';
import { type PushHub, startPushHub } from './push-hub.ts';
import { startPusher } from './pushing.ts';
import { randomOf } from './random.ts';
import { makeSpool } from './spool.ts';

const SAVED = 'TeslaCam/SavedClips/2026-03-01_17-00-50';
const base = makeFootage({ minutes: 3, telemetry: false });
const files = new Map(base.files);
for (const camera of ['front', 'left_repeater', 'back'])
  for (const minute of [0, 1])
    files.set(
      `${SAVED}/${clipName(minute, camera)}`,
      files.get(`${RECENT}/${clipName(minute, camera)}`) ?? Buffer.alloc(0),
    );
files.set(
  `${SAVED}/event.json`,
  Buffer.from(
    '{"timestamp":"2026-03-01T17:00:45","city":"Springfield","est_lat":"44.0","est_lon":"-123.0","reason":"user_interaction_honk","camera":"5"}',
  ),
);
const sha256 = (bytes: Buffer | undefined): string =>
  createHash('sha256')
    .update(bytes ?? '')
    .digest('hex');
const contents = new Map([...files].map(([, bytes]) => [sha256(bytes), bytes]));

let folder = '';
let root = '';
let hub: PushHub;
let number = 0;
const freshState = (): string => join(folder, `push-${++number}.json`);
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-push-'));
  root = await makeSpool(folder, files);
  hub = await startPushHub();
});
beforeEach(() => {
  hub.forget();
  Object.assign(hub, { cutAfter: undefined, refuse: () => undefined, accepts: true, partBytes: 64 << 10 });
});
after(async () => {
  await hub[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Everything is at the hub, the same, and once. */
async function isThere(): Promise<void> {
  assert.deepEqual([...hub.files.keys()].sort(), [...contents.keys()].sort());
  for (const [id, bytes] of hub.files) assert.ok(bytes.equals(contents.get(id) ?? Buffer.alloc(0)), id);
  const manifest = (await readFile(join(root, 'car', 'manifest.jsonl'), 'utf8')).trimEnd().split('\n');
  const kinds = (list: readonly { kind: string }[]) =>
    list
      .map(({ kind }) => kind)
      .filter((kind) => ['file', 'copy', 'event', 'fill'].includes(kind))
      .sort();
  assert.deepEqual(kinds(hub.lines), kinds(manifest.map((line) => JSON.parse(line) as { kind: string })));
}

test('what the person saved comes first, then Sentry, then the rest; in an event the trigger’s minute and camera', async () => {
  const pushing = await startPusher({ root, stateFile: freshState(), url: hub.url });
  await pushing.until(({ state, files: left }) => state === 'idle' && left === 0);
  await pushing.stop();
  await isThere();
  const order = [...hub.received.keys()];
  const at = (path: string): number => order.indexOf(sha256(files.get(path)));
  assert.equal(at(`${SAVED}/event.json`), 0);
  assert.equal(at(`${SAVED}/${clipName(0, 'left_repeater')}`), 1, 'camera 5 is the left repeater');
  const saved = ['front', 'left_repeater', 'back'].flatMap((camera) =>
    [0, 1].map((minute) => at(`${SAVED}/${clipName(minute, camera)}`)),
  );
  assert.deepEqual(
    saved.toSorted((a, b) => a - b),
    [1, 2, 3, 4, 5, 6],
  );
  // Of the Sentry event what the saved one has not brought already.
  assert.equal(at(`${EVENT}/event.json`), 7);
  const rest = order.slice(8).map((id) => [...files].find(([, bytes]) => sha256(bytes) === id)?.[0]);
  assert.equal(rest.length, 12);
  assert.deepEqual(rest, rest.toSorted(), 'then the oldest minutes first');
  assert.equal(hub.received.size, contents.size);
  for (const [id, bytes] of hub.received) assert.equal(bytes, contents.get(id)?.length, 'no byte goes twice');
  const { waiting } = hub.hellos.at(0)?.state ?? {};
  assert.deepEqual(waiting, {
    files: contents.size,
    bytes: [...contents.values()].reduce((sum, { length }) => sum + length, 0),
  });
});

test('a transfer that is cut goes on where it was cut', async () => {
  const random = randomOf(7);
  const pushing = await startPusher({ root, stateFile: freshState(), url: hub.url });
  hub.cuts = 0;
  // Each second part is cut somewhere, also before its first byte.
  hub.refuse = (path) => {
    hub.cutAfter = path.includes('/files/') && random.next() < 0.5 ? random.below(30_000) : undefined;
    return undefined;
  };
  await pushing.until(({ state, files: left }) => state === 'idle' && left === 0);
  await pushing.stop();
  await isThere();
  assert.ok(hub.cuts >= 3, `${hub.cuts} cuts`);
  for (const [id, bytes] of hub.received) assert.equal(bytes, contents.get(id)?.length, 'what came is not sent again');
});

test('kill -9 at any moment, with cuts: in the end the hub has everything once', async () => {
  const random = randomOf(11);
  const stateFile = freshState();
  const program = fileURLToPath(new URL('push.main.ts', import.meta.url));
  const run = (): ReturnType<typeof spawn> =>
    spawn(process.execPath, [program, root, stateFile, hub.url], { stdio: ['ignore', 'pipe', 'inherit'] });
  hub.partBytes = 8 << 10;
  let kills = 0;
  for (let done = 0; done < 5; done += 1) {
    const child = run();
    // At a request of its own, not at a moment: so it is hit wherever the machine is busy.
    let left = 1 + random.below(60);
    await new Promise<void>((resolve) => {
      hub.refuse = () => {
        left -= 1;
        if (left === 0 && child.kill('SIGKILL')) kills += 1;
        hub.cutAfter = random.next() < 0.2 ? random.below(8000) : undefined;
        return undefined;
      };
      child.once('exit', () => resolve());
    });
  }
  hub.refuse = () => undefined;
  hub.cutAfter = undefined;
  const last = run();
  let told = '';
  last.stdout?.on('data', (piece: Buffer) => {
    told += piece.toString();
  });
  await new Promise((resolve) => last.once('exit', resolve));
  assert.equal(told, 'everything\n');
  assert.ok(kills >= 3, `${kills} kills`);
  await isThere();
  const total = [...hub.received.values()].reduce((sum, bytes) => sum + bytes, 0);
  const once = [...contents.values()].reduce((sum, { length }) => sum + length, 0);
  assert.equal(total, once, 'what the hub had was not sent again');
});

test('how far the hub is is remembered, and forgotten when it is another hub or another spool', async () => {
  const stateFile = freshState();
  const finish = async (): Promise<number> => {
    let records = 0;
    hub.refuse = (path) => {
      if (path.endsWith('/lines')) records += 1;
      return undefined;
    };
    const pushing = await startPusher({ root, stateFile, url: hub.url });
    await pushing.until(({ state, files: left }) => state === 'idle' && left === 0 && hub.hellos.length > 0);
    await pushing.stop();
    return records;
  };
  assert.ok((await finish()) > 0);
  const { from = 0, car } = readPushState(stateFile) ?? {};
  const lines = (await readFile(join(root, 'car', 'manifest.jsonl'), 'utf8')).trimEnd().split('\n').length;
  assert.deepEqual([from, car], [lines + 1, hub.car]);
  hub.hellos.length = 0;
  assert.equal(await finish(), 0, 'nothing is said twice');
  hub.forget();
  hub.hellos.length = 0;
  assert.ok((await finish()) > 0);
  await isThere();
  await writeFile(stateFile, '{"version":1,"hub"');
  hub.hellos.length = 0;
  assert.ok((await finish()) > 0, 'without the file everything is asked for');
  await isThere();
});

test('a hub that refuses: the token is no secret of the log, a full library is waited for', async () => {
  let text = '';
  const log = createLog((line) => {
    text += line;
  });
  const wrong = await startPusher({
    root,
    stateFile: freshState(),
    url: hub.url,
    token: 'vdt_wrong-token-wrong-token',
    log,
  });
  await wrong.until(({ state, problem }) => state === 'waiting' && problem !== null);
  assert.match(wrong.pusher.status.problem ?? '', /token is not known/);
  await wrong.stop();
  assert.ok(!text.includes('wrong-token'), text);

  hub.accepts = false;
  const full = await startPusher({ root, stateFile: freshState(), url: hub.url });
  await full.until(({ state }) => state === 'waiting');
  assert.equal(hub.received.size, 0);
  hub.accepts = true;
  await full.until(({ state, files: left }) => state === 'idle' && left === 0);
  let down = true;
  hub.refuse = () => (down ? 503 : undefined);
  await full.stop();

  const late = await startPusher({ root, stateFile: freshState(), url: hub.url });
  await late.until(({ state }) => state === 'waiting');
  down = false;
  await late.until(({ state, files: left }) => state === 'idle' && left === 0);
  await late.stop();
  await isThere();
});

test('switched off nothing goes, and a file that is gone holds nothing up', async () => {
  const library = await mkdtemp(join(folder, 'other-'));
  const own = await makeSpool(library, new Map([...files].filter(([path]) => path.startsWith(RECENT))));
  const index = new SpoolIndex({ root: own, source: 'car' });
  await index.refresh();
  const [gone] = index.files.values();
  await rm(join(own, gone?.key ?? ''));
  hub.accepts = false;
  const pushing = await startPusher({ root: own, stateFile: freshState(), url: hub.url });
  await pushing.until(({ state }) => state === 'waiting');
  pushing.pusher.set(false);
  await pushing.until(({ state }) => state === 'off');
  hub.accepts = true;
  const hellos = hub.hellos.length;
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.deepEqual([hub.received.size, hub.hellos.length], [0, hellos]);
  pushing.pusher.set(true);
  await pushing.until(({ state, files: left }) => state === 'idle' && left === 0);
  assert.equal(hub.files.size, 17);
  assert.equal(await index.sweep(), 1);
  // What comes later is noticed at once.
  const stick = join(library, 'stick', RECENT, clipName(7, 'front'));
  await writeFile(stick, files.get(`${RECENT}/${clipName(1, 'front')}`)?.subarray(0, 5000) ?? '');
  await harvest(join(library, 'stick'), {
    library: await openOrBeginLibrary(own, false),
    source: 'car',
    notInUse: true,
    apart: milliseconds(0),
  });
  pushing.pusher.poke();
  await pushing.until(({ files: left, state }) => state === 'idle' && left === 0 && hub.files.size >= 18);
  await pushing.stop();
});

test('the limit on bytes a second holds over any time, but for a short burst', async () => {
  let now = 0;
  const clock = { wall: () => wallMs(now), monotonic: () => monotonicMs(now) };
  const bucket = new TokenBucket({
    rate: 1_000_000,
    clock,
    wait: async (ms) => {
      now += ms;
    },
  });
  const random = randomOf(3);
  let sent = 0;
  for (let turn = 0; turn < 500; turn += 1) {
    const bytes = random.below(200_000);
    await bucket.take(bytes);
    sent += bytes;
    assert.ok(sent <= now * 1000 + 500_000 + 1, `${sent} bytes after ${now} ms`);
    if (random.next() < 0.02) now += random.below(3000);
  }
  assert.ok(sent > now * 1000 * 0.7, 'and it is used');
});
