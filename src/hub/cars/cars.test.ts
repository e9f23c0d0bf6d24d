import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Kysely } from 'kysely';
import { EVENT, fill, makeFootage, RECENT } from '../../../test/dashcam/car.ts';
import { makeClip } from '../../../test/dashcam/clip.ts';
import { encryptClip } from '../../../test/dashcam/encrypted-clip.ts';
import { ExfatImage } from '../../../test/dashcam/exfat-image.ts';
import { Fat32Image } from '../../../test/dashcam/fat32-image.ts';
import { openTestHub, type TestHub } from '../../../test/hub/server.ts';
import { openEmbedded } from '../../../test/postgres/database.ts';
import { untilFound } from '../../../test/system/vidette.ts';
import { silentLog } from '../../base/log.ts';
import type { Database } from '../../catalog/tables.ts';
import type { Car, CarEventDetail, CarHarvest } from '../../contract/car.ts';
import type { Client } from '../../contract/client.ts';
import { routes } from '../../contract/routes.ts';
import { openOrBeginLibrary } from '../../sources/dashcam/harvest/library-folder.ts';
import { verifyLibrary } from '../../sources/dashcam/harvest/verify.ts';
import { CarDesk } from './desk.ts';
import { indexCars } from './found-cars.ts';
import { libraryCars } from './library-bytes.ts';

const PATIENCE = 60_000;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
/** An ordinary picture is of no use to who hands bytes on. */
const PICTURE = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

describe('cars of a hub', () => {
  let folder: string;
  let hub: TestHub;
  let desk: CarDesk;
  let api: Client & { readonly token: string };
  let viewer: Client & { readonly token: string };
  let library: { root: string; id: string };
  let db: Kysely<Database>;
  const footage = makeFootage({ minutes: 4 });
  const files = new Map([...footage.files, [`${EVENT}/thumb.png`, PICTURE] as const]);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vidette-cars-'));
    library = await openOrBeginLibrary(join(folder, 'library'), true);
    hub = await openTestHub({
      before: (server, parts) => {
        ({ db } = parts);
        desk = new CarDesk({
          ...parts,
          library,
          isThere: async () => true,
          isFull: () => false,
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
    viewer = await hub.client('api-read');
  });
  after(async () => {
    await desk?.stop();
    await hub?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const carCalled = async (name: string): Promise<Car | undefined> =>
    (await viewer.call(routes.listCars, {})).find((car) => car.name === name);
  const until = <T>(look: () => Promise<T | undefined>): Promise<T> => untilFound(look, PATIENCE);

  async function image(name: string, kind: 'fat32' | 'exfat'): Promise<string> {
    const path = join(folder, name);
    using made =
      kind === 'fat32' ? new Fat32Image(path, { bytes: 16 << 20 }) : new ExfatImage(path, { bytes: 16 << 20 });
    fill(made, { ...footage, files });
    return path;
  }

  async function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(hub.local + path, { headers: { authorization: `Bearer ${viewer.token}`, ...headers } });
  }

  /** The only event of a car, when its clips have been looked into. */
  async function eventOf(car: string, cameras = 2): Promise<CarEventDetail> {
    return until(async () => {
      const [event] = await viewer.call(routes.listCarEvents, { params: { id: car } });
      const detail = event && (await viewer.call(routes.getCarEvent, { params: { id: car, event: event.id } }));
      return detail?.cameras.length === cameras &&
        detail.cameras.every(({ clips }) => clips.every(({ why }) => why !== 'unread'))
        ? detail
        : undefined;
    });
  }

  function checkEvent({ event, cameras, files: beside }: CarEventDetail): void {
    assert.equal(event.ring, 'sentry');
    assert.equal(event.name, 'sentry/2026-03-01_17-02-44');
    assert.deepEqual([event.at, event.atKnown, event.zone], ['2026-03-02T01:02:40.000Z', true, -480]);
    assert.deepEqual([event.reason, event.what, event.camera], ['sentry_aware_object_detection', 'sentry', 'front']);
    assert.deepEqual([event.city, event.latitude, event.longitude], ['Springfield', 44.0462, -123.022]);
    assert.deepEqual(
      event.cameras.filter((camera) => !/r$/.test(camera)),
      ['front', 'back'],
    );
    assert.equal(event.hasPicture, true);
    assert.deepEqual(beside.map(({ name }) => name).sort(), ['event.json', 'thumb.png']);
    const [front] = cameras;
    const [clip] = front?.clips ?? [];
    assert.ok(clip);
    assert.equal(clip.start, Date.parse('2026-03-02T01:01:05Z'));
    assert.equal(clip.startKnown, true);
    assert.ok(clip.duration > 900 && clip.duration < 1400, `${clip.duration} ms`);
    assert.equal(clip.playable, true, String(clip.why));
    assert.match(clip.codec ?? '', /^avc1\.[0-9a-f]{6}$/i);
    assert.ok((clip.width ?? 0) > 0 && (clip.height ?? 0) > 0);
  }

  describe('in the library', () => {
    let detail: CarEventDetail;

    test('a harvest through the hub brings events, clips and telemetry, and tells how it goes', async () => {
      const path = await image('stick.img', 'exfat');
      const car = await api.call(routes.createCar, { body: { name: 'Blue', from: { type: 'library' } } });
      assert.deepEqual(car.from, { type: 'library', folder: 'blue' });
      const begun = await api.call(routes.startCarHarvest, { params: { id: 'Blue' }, body: { path, notInUse: true } });
      assert.equal(begun.state, 'running');
      await assert.rejects(
        api.call(routes.startCarHarvest, { params: { id: 'Blue' }, body: { path, notInUse: true } }),
        /goes on already/,
      );
      const ended = await until(async () => {
        const one = await viewer.call(routes.carHarvest, { params: { id: 'Blue' } });
        return one && one.state !== 'running' ? one : undefined;
      });
      assert.equal(ended.state, 'done', ended.problem ?? '');
      assert.equal(ended.result?.stored, new Set([...files.values()].map(sha256)).size);
      // The minute of the other cameras is filled in from RecentClips.
      detail = await eventOf('Blue', 6);
      checkEvent(detail);
      assert.deepEqual([detail.event.clips, detail.event.filled], [6, 4]);
      const known = await carCalled('Blue');
      assert.deepEqual([known?.events, known?.clips, known?.damaged, known?.encrypted], [1, 24, 0, 0]);
      assert.equal(known?.footage?.from, '2026-03-02T01:00:05.000Z');
    });

    test('clips come back byte for byte, also in ranges; so do picture, event.json and the whole event', async () => {
      const clip = detail.cameras[0]?.clips[0];
      assert.ok(clip);
      const original = files.get(`${EVENT}/${clip.fileName}`);
      assert.ok(original);
      const path = `/api/cars/Blue/clips/${clip.id}/video.mp4`;
      const whole = await get(path);
      assert.equal(whole.headers.get('content-type'), 'video/mp4');
      assert.match(whole.headers.get('content-disposition') ?? '', /^inline/);
      assert.equal(sha256(Buffer.from(await whole.arrayBuffer())), sha256(original));
      const part = await get(path, { range: 'bytes=1000-1999' });
      assert.equal(part.status, 206);
      assert.ok(Buffer.from(await part.arrayBuffer()).equals(original.subarray(1000, 2000)));
      assert.match((await get(`${path}?download=true`)).headers.get('content-disposition') ?? '', /^attachment/);

      const base = `/api/cars/Blue/events/${detail.event.id}`;
      assert.ok(Buffer.from(await (await get(`${base}/picture.png`)).arrayBuffer()).equals(PICTURE));
      const json = await get(`${base}/files/event.json`);
      assert.equal(sha256(Buffer.from(await json.arrayBuffer())), sha256(files.get(`${EVENT}/event.json`) ?? PICTURE));
      const zip = await get(`${base}/files.zip`);
      const bytes = Buffer.from(await zip.arrayBuffer());
      assert.equal(bytes.length, Number(zip.headers.get('content-length')));
      assert.ok(bytes.includes(original), 'stored, not compressed');
      assert.equal((await fetch(hub.local + path)).status, 401);
    });

    test('telemetry is on the clock of the wall, and agrees with what the car wrote', async () => {
      const told = await viewer.call(routes.carEventTelemetry, {
        params: { id: 'Blue', event: detail.event.id },
        query: {},
      });
      const clip = footage.clips.get(`${EVENT}/2026-03-01_17-01-05-front.mp4`);
      assert.ok(clip);
      const wanted = clip.pictures.flatMap(({ telemetry, time }) => (telemetry ? [{ telemetry, time }] : []));
      assert.equal(told.pictures, wanted.length);
      assert.equal(told.unread, 0);
      assert.equal(told.start, Date.parse('2026-03-02T01:01:05Z') + Math.round((wanted[0]?.time ?? 0) / 10));
      for (const [index, { telemetry }] of wanted.entries()) {
        assert.ok(Math.abs((told.speed[index] ?? 0) - telemetry.speed) < 0.001);
        assert.equal(told.gear[index], telemetry.gear ?? null);
        assert.equal(told.brake[index], telemetry.brake);
      }
      const few = await viewer.call(routes.carTelemetry, {
        params: { id: 'Blue' },
        query: { from: '2026-03-02T01:00:00Z', to: '2026-03-02T01:10:00Z', rows: '10' } as never,
      });
      assert.ok(few.at.length <= 10 && few.at.length >= 5, `${few.at.length} rows`);
      assert.ok(few.pictures > 100);
    });

    test('footage of a range and of days, each clip once', async () => {
      const found = await viewer.call(routes.carFootage, {
        params: { id: 'Blue' },
        query: { from: '2026-03-02T01:02:00Z', to: '2026-03-02T01:04:00Z' },
      });
      assert.deepEqual(
        found.cameras.map(({ camera, clips }) => [camera, clips.length]),
        ['front', 'left_repeater', 'right_repeater', 'back', 'left_pillar', 'right_pillar'].map((camera) => [
          camera,
          2,
        ]),
      );
      const [day, ...more] = await viewer.call(routes.listCarDays, { params: { id: 'Blue' } });
      assert.deepEqual([day?.day, day?.clips, day?.minutes, day?.events, more.length], ['2026-03-02', 24, 4, 1, 0]);
      await assert.rejects(
        viewer.call(routes.carFootage, {
          params: { id: 'Blue' },
          query: { from: '2026-03-02T01:02:00Z', to: '2026-03-04T01:02:00Z' },
        }),
        /longer than a day/,
      );
    });

    test('an event is a moment, with reason and place', async () => {
      const moment = await hub.database.catalog.db
        .selectFrom('moments')
        .selectAll()
        .where('id', '=', detail.event.id)
        .executeTakeFirstOrThrow();
      assert.deepEqual(
        [moment.kind, moment.track, moment.label, moment.start_at],
        ['sentry', 'front', 'sentry_aware_object_detection · Springfield', Date.parse('2026-03-02T01:02:40Z')],
      );
    });

    test('the manifest alone brings everything back: the same events, the same clips', async () => {
      // Also the car itself, under the same ids: what points to a clip stays right.
      await hub.database.catalog.db.deleteFrom('sources').where('id', '=', detail.event.car).execute();
      await until(() => carCalled('Blue'));
      assert.deepEqual(await eventOf('Blue', 6), detail);
      await using other = await openEmbedded();
      const counts = await indexCars(other.catalog.db, library, silentLog);
      assert.deepEqual(counts, { cars: 1, files: 26, events: 1 });
      assert.deepEqual(await indexCars(other.catalog.db, library, silentLog), { ...counts, cars: 0 });
    });

    test('what is protected is not deleted; deleting is recorded, and the rest is whole', async () => {
      const at = { id: 'Blue', event: detail.event.id };
      await assert.rejects(viewer.call(routes.deleteCarEvent, { params: at }), /not enough/);
      const protectedOne = await api.call(routes.protectCarEvent, { params: at });
      assert.equal(protectedOne.protected, true);
      await assert.rejects(api.call(routes.deleteCarEvent, { params: at }), /is protected/);
      const clip = detail.cameras[0]?.clips[0]?.id ?? '';
      await assert.rejects(api.call(routes.deleteCarClip, { params: { id: 'Blue', clip } }), /is protected/);
      assert.equal((await api.call(routes.unprotectCarEvent, { params: at })).protected, false);

      const before = await verifyLibrary(library.root, { contents: true });
      const gone = await api.call(routes.deleteCarEvent, { params: at });
      assert.equal(gone.files, 4, 'two clips, event.json and the picture');
      await assert.rejects(viewer.call(routes.getCarEvent, { params: at }), /no such event/);
      assert.equal((await carCalled('Blue'))?.clips, 22);
      const afterwards = await verifyLibrary(library.root, { contents: true });
      assert.ok(afterwards.ok, 'deleted is not lost');
      assert.equal(afterwards.sources[0]?.files, (before.sources[0]?.files ?? 0) - 4);
      assert.equal(
        await hub.database.catalog.db
          .selectFrom('moments')
          .selectAll()
          .execute()
          .then((all) => all.length),
        0,
      );
    });

    test('a car that is removed is not found again by itself, and comes back when somebody adds it', async () => {
      await api.call(routes.deleteCar, { params: { id: 'Blue' } });
      await new Promise((resolve) => setTimeout(resolve, 600));
      assert.equal(await carCalled('Blue'), undefined);
      await api.call(routes.createCar, { body: { name: 'Azure', from: { type: 'library', folder: 'blue' } } });
      const back = await until(async () => {
        const car = await carCalled('Azure');
        return car?.clips === 22 ? car : undefined;
      });
      assert.equal(back.from.type === 'library' && back.from.folder, 'blue');
    });
  });

  for (const kind of ['fat32', 'exfat', 'folder'] as const)
    test(`opened without importing: ${kind}`, async () => {
      const path = kind === 'folder' ? join(folder, 'mounted') : await image(`${kind}.img`, kind);
      if (kind === 'folder')
        for (const [name, bytes] of files) {
          await mkdir(join(path, name, '..'), { recursive: true });
          await writeFile(join(path, name), bytes);
        }
      const before = kind === 'folder' ? '' : sha256(await readFile(path));
      const tried = await api.call(routes.testCar, { body: { path } });
      assert.deepEqual(
        [tried.ok, tried.kind, tried.clips, tried.events],
        [true, kind === 'folder' ? 'folder' : 'image', 26, 1],
      );
      const car = await api.call(routes.createCar, { body: { name: `Drive ${kind}`, from: { type: 'folder', path } } });
      const detail = await eventOf(car.id);
      checkEvent(detail);
      for (const { clips } of detail.cameras)
        for (const clip of clips) {
          const bytes = Buffer.from(await (await get(`/api/cars/${car.id}/clips/${clip.id}/video.mp4`)).arrayBuffer());
          assert.equal(sha256(bytes), sha256(files.get(`${EVENT}/${clip.fileName}`) ?? PICTURE));
        }
      const told = await viewer.call(routes.carEventTelemetry, {
        params: { id: car.id, event: detail.event.id },
        query: {},
      });
      assert.ok(told.pictures > 30);
      const clip = detail.cameras[0]?.clips[0]?.id ?? '';
      await assert.rejects(api.call(routes.deleteCarClip, { params: { id: car.id, clip } }), /only read/);
      if (kind === 'folder') {
        await rm(join(path, EVENT), { recursive: true });
        await writeFile(join(path, RECENT, '2026-03-01_17-09-05-front.mp4'), 'not a video');
        await until(async () => {
          const now = await carCalled('Drive folder');
          return now?.events === 0 && now.clips === 25 && now.damaged === 1 ? now : undefined;
        });
      } else assert.equal(sha256(await readFile(path)), before, 'reading never writes');
    });

  test('a harvest takes again what was deleted when it is asked to, and opens encrypted clips with keys of the hub’s machine', async () => {
    const [stick, keys] = [join(folder, 'sealed-stick'), join(folder, 'keys')];
    const plain = makeClip({ start: '2026-05-02T10:00:00Z', pictures: 4 });
    const sealed = encryptClip(plain.bytes, 3);
    const recent = join(stick, 'TeslaCam', 'EncryptedClips', 'RecentClips');
    const name = '2026-05-02_03-00-00-front.mp4';
    await mkdir(recent, { recursive: true });
    await mkdir(keys);
    await writeFile(join(recent, name), sealed.bytes);
    await writeFile(join(keys, `${name}.rawkey.json`), sealed.keyFile);
    const { id } = await api.call(routes.createCar, { body: { name: 'Sealed', from: { type: 'library' } } });
    const take = async (more: { again?: boolean; keys?: string } = {}): Promise<CarHarvest> => {
      await api.call(routes.startCarHarvest, { params: { id }, body: { path: stick, ...more } });
      return until(async () => {
        const one = await viewer.call(routes.carHarvest, { params: { id } });
        return one && one.state !== 'running' ? one : undefined;
      });
    };
    const first = await take();
    assert.deepEqual([first.result?.stored, first.result?.encrypted, first.result?.decrypted], [1, 1, 0]);
    const opened = await take({ keys });
    assert.deepEqual([opened.state, opened.result?.decrypted, opened.result?.closed], ['done', 1, 0]);
    const wrong = await take({ keys: join(folder, 'no-keys') });
    assert.deepEqual([wrong.state, wrong.problem], ['failed', 'no-keys is not there.']);
    await assert.rejects(take({ keys: 'relative' }), /absolute path/);

    const range = { from: '2026-05-02T09:50:00Z', to: '2026-05-02T10:10:00Z' };
    const clips = async () =>
      (await viewer.call(routes.carFootage, { params: { id }, query: range })).cameras.flatMap((one) => one.clips);
    const clip = await until(async () => (await clips())[0]);
    const before = (await libraryCars(db)).find((car) => car.id === id)?.bytes;
    assert.equal(before, sealed.bytes.length + plain.bytes.length);
    await api.call(routes.deleteCarClip, { params: { id, clip: clip.id } });
    assert.deepEqual([(await take()).result?.stored, await clips()], [0, []]);
    assert.equal((await libraryCars(db)).find((car) => car.id === id)?.bytes, 0);
    assert.equal((await take({ again: true })).result?.stored, 1);
    const names = (await libraryCars(db)).map((car) => car.name);
    assert.ok(
      names.includes('Sealed') && !names.includes('Stick fat32'),
      'what is watched where it lies takes nothing',
    );
  });

  test('a place without footage, and one that is not there, are said in words', async () => {
    const nowhere = await api.call(routes.testCar, { body: { path: join(folder, 'nowhere') } });
    assert.equal(nowhere.ok, false);
    assert.ok((nowhere.problem?.message ?? '').length > 10);
    await mkdir(join(folder, 'empty'), { recursive: true });
    const empty = await api.call(routes.testCar, { body: { path: join(folder, 'empty') } });
    assert.deepEqual([empty.ok, empty.clips], [false, 0]);
    const car = await api.call(routes.createCar, {
      body: { name: 'Gone', from: { type: 'folder', path: join(folder, 'nowhere') } },
    });
    const failed = await until(async () => {
      const { state } = await viewer.call(routes.getCar, { params: { id: car.id } });
      return state.status === 'failed' ? state : undefined;
    });
    assert.match(failed.problem ?? '', /nothing at/);
  });
});
