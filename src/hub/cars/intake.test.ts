import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { EVENT, makeFootage } from '../../../test/dashcam/car.ts';
import { IDLE, linesOf, type PushHub, push, sendPart } from '../../../test/dashcam/push.ts';
import { openTestHub, type TestHub } from '../../../test/hub/server.ts';
import { untilFound } from '../../../test/system/vidette.ts';
import type { Client } from '../../contract/client.ts';
import { routes } from '../../contract/routes.ts';
import { harvest } from '../../sources/dashcam/harvest/harvest.ts';
import { lockSource, openOrBeginLibrary } from '../../sources/dashcam/harvest/library-folder.ts';
import { verifyLibrary } from '../../sources/dashcam/harvest/verify.ts';
import { CarDesk } from './desk.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('what a drive in a car sends', () => {
  let folder: string;
  let hub: TestHub;
  let desk: CarDesk;
  let api: Client & { readonly token: string };
  let drive: PushHub;
  let full = false;
  const footage = makeFootage({ minutes: 3 });
  /** The drive's own spool. */
  let spool: string;
  let library: { root: string; id: string };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vidette-intake-'));
    spool = join(folder, 'spool');
    const stick = join(folder, 'stick');
    for (const [name, bytes] of footage.files) {
      await mkdir(join(stick, name, '..'), { recursive: true });
      await writeFile(join(stick, name), bytes);
    }
    await harvest(stick, { library: await openOrBeginLibrary(spool, true), source: 'car', notInUse: true });
    library = await openOrBeginLibrary(join(folder, 'library'), true);
    hub = await openTestHub({
      before: (server, parts) => {
        desk = new CarDesk({
          ...parts,
          library,
          isThere: async () => true,
          isFull: () => full,
          inUse: () => new Set(),
          ageNow: async () => Date.now(),
          cacheDir: join(folder, 'cache'),
          now: () => Date.now(),
          everyMs: { library: 200, folder: 200 },
        });
        desk.register(server.app);
      },
    });
    await desk.start();
    api = await hub.client('api');
    drive = { local: hub.local, client: await hub.client('drive') };
  });
  after(async () => {
    await desk?.stop();
    await hub?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const hello = (car: string) => drive.client.call(routes.carDriveHello, { body: { car, state: IDLE } });

  async function contents(root: string, source: string): Promise<Map<string, string>> {
    const out = new Map<string, string>();
    for (const item of await readdir(join(root, source), { recursive: true, withFileTypes: true })) {
      if (!item.isFile() || /\/\./.test(item.parentPath) || item.name === 'manifest.jsonl') continue;
      const path = join(item.parentPath, item.name);
      out.set(path.slice(join(root, source).length + 1), sha256(await readFile(path)));
    }
    return out;
  }

  test('hello makes the car, and its state is shown', async () => {
    const welcome = await hello('My Car');
    assert.deepEqual([welcome.name, welcome.accepts, welcome.lines], ['My Car', true, 64]);
    const car = await api.call(routes.getCar, { params: { id: welcome.car } });
    assert.deepEqual(car.from, { type: 'library', folder: 'my-car' });
    assert.equal(car.drive?.online, true);
    assert.equal(car.drive?.free, IDLE.free);
    assert.equal((await hello('my-car')).car, welcome.car, 'by its folder too');
    await assert.rejects(api.call(routes.carDriveHello, { body: { car: 'My Car', state: IDLE } }), /not enough/);
  });

  test('a transfer that is cut off goes on where it was, and arrives byte for byte', async () => {
    const { car } = await hello('My Car');
    const [file] = (await linesOf(spool, 'car')).flatMap(({ kind, sha256: hash, bytes, key }) =>
      kind === 'file' && hash && bytes && bytes > 20_000 && key ? [{ sha256: hash, bytes, key }] : [],
    );
    assert.ok(file);
    const bytes = await readFile(join(spool, file.key));
    const asked = async () => {
      const { missing } = await drive.client.call(routes.carDriveMissing, {
        params: { id: car },
        body: { files: [{ sha256: file.sha256, bytes: file.bytes }] },
      });
      return missing[0]?.received;
    };
    assert.equal(await asked(), 0);
    assert.equal(await sendPart(drive, car, file, 0, bytes, 9000), undefined, 'cut off');
    const received = await untilFound(async () => ((await asked()) ?? 0) || undefined, 20_000);
    assert.ok(received > 0 && received <= 9000, `${received} bytes`);
    const wrong = await sendPart(drive, car, file, received + 1, bytes.subarray(received + 1));
    assert.equal(wrong?.status, 409, wrong?.body);
    const early = await drive.client.call(routes.carDriveRecord, {
      params: { id: car },
      body: {
        lines: (await linesOf(spool, 'car')).filter(
          (line) => line.kind === 'file' && line.sha256 === file.sha256,
        ) as never,
      },
    });
    assert.deepEqual(early, { recorded: 0, refused: [{ line: 0, why: 'missing' }] });

    const sent = await push(drive, spool, 'car', 'My Car', { partBytes: 50_000, batch: 7 });
    assert.equal(sent.refused, 0);
    const total = (await linesOf(spool, 'car')).reduce(
      (sum, line) => sum + (line.kind === 'file' ? (line.bytes ?? 0) : 0),
      0,
    );
    assert.equal(sent.bytes, total - received, 'nothing is sent twice');
    // The same names too: both follow the same rules.
    assert.deepEqual(await contents(library.root, 'my-car'), await contents(spool, 'car'));
    const verified = await verifyLibrary(library.root, { contents: true });
    assert.ok(verified.ok);
    assert.deepEqual([verified.sources[0]?.unrecorded, verified.sources[0]?.unfinished], [[], false]);
    assert.deepEqual(await readdir(join(library.root, 'my-car', '.incoming')), []);
  });

  test('the event is there with its picture of things, and is a moment', async () => {
    const event = await untilFound(async () => {
      const [one] = await api.call(routes.listCarEvents, { params: { id: 'My Car' } });
      return one?.clips === 6 ? one : undefined;
    }, 60_000);
    assert.deepEqual([event.what, event.camera, event.city, event.filled], ['sentry', 'front', 'Springfield', 4]);
    const detail = await api.call(routes.getCarEvent, { params: { id: 'My Car', event: event.id } });
    const clip = detail.cameras[0]?.clips[0];
    const answer = await fetch(`${hub.local}/api/cars/My%20Car/clips/${clip?.id}/video.mp4`, {
      headers: { authorization: `Bearer ${api.token}` },
    });
    assert.equal(
      sha256(Buffer.from(await answer.arrayBuffer())),
      sha256(footage.files.get(`${EVENT}/${clip?.fileName}`) ?? Buffer.alloc(0)),
    );
  });

  test('sending everything again changes nothing', async () => {
    const before = await readFile(join(library.root, 'my-car', 'manifest.jsonl'), 'utf8');
    const again = await push(drive, spool, 'car', 'My Car');
    assert.deepEqual([again.files, again.bytes, again.recorded, again.refused], [0, 0, 0, 0]);
    assert.equal(await readFile(join(library.root, 'my-car', 'manifest.jsonl'), 'utf8'), before);
  });

  test('what was deleted here on purpose is not wanted again', async () => {
    const [day] = await api.call(routes.listCarDays, { params: { id: 'My Car' } });
    const footageOf = await api.call(routes.carFootage, {
      params: { id: 'My Car' },
      query: { from: day?.from ?? '', to: day?.to ?? '' },
    });
    const clip = footageOf.cameras.find(({ camera }) => camera === 'left_pillar')?.clips[0];
    assert.ok(clip);
    assert.equal((await api.call(routes.deleteCarClip, { params: { id: 'My Car', clip: clip.id } })).files, 1);
    const again = await push(drive, spool, 'car', 'My Car');
    assert.deepEqual([again.files, again.refused], [0, 0]);
    assert.ok((await verifyLibrary(library.root, { contents: true })).ok);
  });

  test('contents that are not those announced are refused, and may be sent anew', async () => {
    const { car } = await hello('Other');
    const [line] = (await linesOf(spool, 'car')).filter(({ kind }) => kind === 'file');
    const file = { sha256: line?.sha256 ?? '', bytes: line?.bytes ?? 0 };
    const wrong = Buffer.alloc(file.bytes, 7);
    assert.equal((await sendPart(drive, car, file, 0, wrong))?.status, 200);
    const told = await drive.client.call(routes.carDriveRecord, {
      params: { id: car },
      body: { lines: [line as never] },
    });
    assert.deepEqual(told, { recorded: 0, refused: [{ line: 0, why: 'other-contents' }] });
    const longer = await sendPart(drive, car, file, 0, Buffer.alloc(file.bytes + 1));
    assert.equal(longer?.status, 413, longer?.body);
    const sent = await push(drive, spool, 'car', 'Other');
    assert.equal(sent.refused, 0);
    assert.equal((await contents(library.root, 'other')).size, (await contents(spool, 'car')).size);
  });

  test('hostile lines lead nowhere', async () => {
    const { car } = await hello('Hostile');
    const [line] = (await linesOf(spool, 'car')).filter(({ kind }) => kind === 'file');
    const record = (change: object) =>
      drive.client.call(routes.carDriveRecord, {
        params: { id: car },
        body: { lines: [{ ...line, ...change } as never] },
      });
    await assert.rejects(record({ track: '../../etc' }), /track/);
    await assert.rejects(record({ event: 'sentry/../../x' }), /event/);
    await assert.rejects(record({ sha256: '../x' }), /sha256/);
    const file = { sha256: line?.sha256 ?? '', bytes: line?.bytes ?? 0 };
    const bytes = await readFile(join(spool, line?.key ?? ''));
    assert.equal((await sendPart(drive, car, file, 0, bytes))?.status, 200);
    const from = { drive: 'x', path: 'TeslaCam/../../../../etc/passwd', print: 'p', state: 'whole', found: 'entry' };
    const told = await record({ role: 'other', ring: 'other', event: null, track: 'photobooth', from });
    assert.equal(told.recorded, 1);
    const [key] = [...(await contents(library.root, 'hostile')).keys()];
    assert.match(key ?? '', /^photobooth\/passwd-[0-9a-f]{16}$/);
  });

  test('while a harvest has the folder, or the library is full, the drive is told to come back', async () => {
    const { car } = await hello('Other');
    const line = (await linesOf(spool, 'car')).slice(0, 1) as never;
    {
      using _lock = await lockSource(library.root, 'other');
      const answer = await fetch(`${hub.local}/api/car-drive/${car}/lines`, {
        method: 'POST',
        headers: { authorization: `Bearer ${drive.client.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ lines: line }),
      });
      assert.equal(answer.status, 503);
      assert.ok(Number(answer.headers.get('retry-after')) > 0);
    }
    full = true;
    assert.equal((await hello('Other')).accepts, false);
    await assert.rejects(
      drive.client.call(routes.carDriveRecord, { params: { id: car }, body: { lines: line } }),
      /full/,
    );
    full = false;
    assert.equal((await hello('Other')).accepts, true);
  });
});
