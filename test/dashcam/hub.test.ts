/** The whole system: a drive is harvested by a hub, another is pushed to it, and it is what it was after a restart. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CarEventDetail } from '../../src/contract/car.ts';
import { type Client, createClient } from '../../src/contract/client.ts';
import { routes } from '../../src/contract/routes.ts';
import { harvest } from '../../src/sources/dashcam/harvest/harvest.ts';
import { openOrBeginLibrary } from '../../src/sources/dashcam/harvest/library-folder.ts';
import { verifyLibrary } from '../../src/sources/dashcam/harvest/verify.ts';
import { startVidette, untilFound } from '../system/vidette.ts';
import { EVENT, fill, makeFootage } from './car.ts';
import { ExfatImage } from './exfat-image.ts';
import { IDLE, linesOf, push, sendPart } from './push.ts';

const PATIENCE = 90_000;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function eventOf(api: Client, car: string): Promise<CarEventDetail> {
  return untilFound(async () => {
    const [event] = await api.call(routes.listCarEvents, { params: { id: car } }).catch(() => []);
    const detail = event && (await api.call(routes.getCarEvent, { params: { id: car, event: event.id } }));
    const read = detail?.cameras.every(({ clips }) => clips.every(({ why }) => why === null));
    return detail?.cameras.length === 6 && read ? detail : undefined;
  }, PATIENCE);
}

test('a hub harvests an image, takes what a drive sends, and knows all of it after a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-car-system-'));
  try {
    const footage = makeFootage({ minutes: 3 });
    const image = join(folder, 'stick.img');
    using drive = new ExfatImage(image, { bytes: 16 << 20 });
    fill(drive, footage);
    const data = join(folder, 'data');
    await mkdir(data);
    await using first = await startVidette({ data });
    const api = await first.api();

    await api.call(routes.createCar, { body: { name: 'Blue', from: { type: 'library' } } });
    await api.call(routes.startCarHarvest, { params: { id: 'Blue' }, body: { path: image, notInUse: true } });
    const detail = await eventOf(api, 'Blue');
    const token = await first.token();
    const bytesOf = async (car: string, { cameras }: CarEventDetail): Promise<Map<string, string>> => {
      const out = new Map<string, string>();
      for (const { clips } of cameras)
        for (const { id, fileName } of clips) {
          const answer = await fetch(`${first.url}/api/cars/${car}/clips/${id}/video.mp4`, {
            headers: { authorization: `Bearer ${token}` },
          });
          out.set(fileName, sha256(Buffer.from(await answer.arrayBuffer())));
        }
      return out;
    };
    const wanted = new Map(
      [...footage.files]
        .filter(([path]) => path.includes('17-01-05') && !path.startsWith(EVENT))
        .map(([path, bytes]) => [path.slice(path.lastIndexOf('/') + 1), sha256(bytes)]),
    );
    assert.deepEqual(new Map([...(await bytesOf('Blue', detail))].sort()), new Map([...wanted].sort()));

    // The drive in another car has harvested the same footage, and sends it.
    const spool = await openOrBeginLibrary(join(folder, 'spool'), true);
    await harvest(image, { library: spool, source: 'car', notInUse: true });
    const made = await api.call(routes.createToken, { body: { name: 'red', scope: 'drive' } });
    const hub = {
      local: first.url,
      client: Object.assign(createClient({ base: first.url, token: made.secret }), { token: made.secret }),
    };
    const { car } = await hub.client.call(routes.carDriveHello, { body: { car: 'Red', state: IDLE } });
    const [line] = (await linesOf(spool.root, 'car')).filter(
      ({ kind, bytes = 0 }) => kind === 'file' && bytes > 20_000,
    );
    const file = { sha256: line?.sha256 ?? '', bytes: line?.bytes ?? 0 };
    await sendPart(hub, car, file, 0, await readFile(join(spool.root, line?.key ?? '')), 8000);
    const received = await untilFound(async () => {
      const { missing } = await hub.client.call(routes.carDriveMissing, {
        params: { id: car },
        body: { files: [file] },
      });
      return (missing[0]?.received ?? 0) || undefined;
    }, PATIENCE);
    assert.ok(received < file.bytes);
    const sent = await push(hub, spool.root, 'car', 'Red');
    const total = (await linesOf(spool.root, 'car')).reduce(
      (sum, { kind, bytes = 0 }) => sum + (kind === 'file' ? bytes : 0),
      0,
    );
    assert.deepEqual([sent.bytes, sent.refused], [total - received, 0]);
    assert.deepEqual(
      new Map([...(await bytesOf('Red', await eventOf(api, 'Red')))].sort()),
      new Map([...wanted].sort()),
    );
    await first.stop();

    assert.ok((await verifyLibrary(join(data, 'library'), { contents: true })).ok);
    await using second = await startVidette({ data });
    const again = createClient({ base: second.url, token });
    assert.deepEqual(await eventOf(again, 'Blue'), detail);
    const [blue, red] = await again.call(routes.listCars, {});
    assert.deepEqual([blue?.name, red?.name, red?.drive?.free], ['Blue', 'Red', IDLE.free]);
    const { storage } = await again.call(routes.stats, {});
    assert.deepEqual(
      storage.cars,
      [blue, red].map((one) => ({ id: one?.id, name: one?.name, bytes: one?.bytes })),
    );
    assert.ok(storage.bytes >= (blue?.bytes ?? 0) + (red?.bytes ?? 0) && (blue?.bytes ?? 0) > 0);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
});
