/** A clip of a car by the hub: from a request to a job, whose signed URLs alone make the video. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { encryptClip } from '../../../test/dashcam/encrypted-clip.ts';
import { EVENT_NAME, EVENT_START, minuteName, numberOf, writeEvent } from '../../../test/dashcam/event-folder.ts';
import { openTestHub, type TestHub } from '../../../test/hub/server.ts';
import { lookAt } from '../../../test/media/footage.ts';
import { untilFound } from '../../../test/system/vidette.ts';
import { UserError } from '../../base/errors.ts';
import { ClipRequest } from '../../contract/clip.ts';
import { routes } from '../../contract/routes.ts';
import { render } from '../../sources/dashcam/render.ts';
import type { ClipKind } from '../clips/kind.ts';
import type { JobPayload, ReferenceInput } from '../clips/payload.ts';
import { carKind } from './car-kind.ts';
import { CarDesk } from './desk.ts';

const CAMERAS = ['front', 'back', 'left_repeater'];
const SMALL = { width: 320, height: 240 };
let folder = '';
let hub: TestHub;
let desk: CarDesk;
let kind: ClipKind;
let eventId = '';
let carId = '';

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-car-kind-'));
  const clips = join(folder, 'TeslaCam', 'SentryClips', EVENT_NAME);
  await writeEvent(clips, { cameras: CAMERAS });
  await writeFile(join(clips, minuteName(0, 'right_repeater')), encryptClip(Buffer.alloc(9000, 1), 3).bytes);
  hub = await openTestHub({
    before: (server, parts) => {
      const now = () => Date.now();
      desk = new CarDesk({
        ...parts,
        library: undefined,
        isThere: async () => true,
        isFull: () => false,
        inUse: () => new Set(),
        ageNow: async () => Date.now(),
        cacheDir: join(folder, 'cache'),
        now,
        everyMs: { library: 200, folder: 200 },
      });
      desk.register(server.app);
      kind = carKind({ db: parts.db, sign: (file) => desk.door.sign(file), now, timeZone: 'UTC' });
    },
  });
  await desk.start();
  const api = await hub.client('api');
  const car = await api.call(routes.createCar, {
    body: { name: 'Stick', from: { type: 'folder', path: join(folder, 'TeslaCam') } },
  });
  carId = car.id;
  eventId = await untilFound(async () => {
    const [event] = await api.call(routes.listCarEvents, { params: { id: car.id } });
    return event && event.clips === 7 ? event.id : undefined;
  }, 60_000);
});
after(async () => {
  await desk?.stop();
  await hub?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const requestOf = (source: string, more: object = {}): ClipRequest =>
  ClipRequest.parse({ sources: [source], overlays: { clock: true }, ...more });

/** As `clips.ts` and `planner.ts` ask it. */
async function planned(request: ClipRequest): Promise<JobPayload> {
  const [name = ''] = request.sources;
  const source = await kind.find(name, null);
  assert.ok(source, name);
  const { plan } = await kind.accept(request, [source]);
  // What is stored comes back from JSON.
  const planning = await kind.plan({ request, created_at: new Date() }, JSON.parse(JSON.stringify(plan)));
  assert.equal(planning.state, 'ready', JSON.stringify(planning));
  return planning.payload;
}

test('a clip of an event is made by what stands in the job and its signed URLs', async () => {
  const range = { start: new Date(EVENT_START + 1000).toISOString(), length: 5 };
  const request = requestOf(eventId, { ranges: [range], layout: 'front+repeaters', limits: { width: 320 } });
  await assert.rejects(planned(request), (error: unknown) => error instanceof UserError && error.code === 'encrypted');
  const payload = await planned({
    ...request,
    layout: 'back',
    overlays: { ...request.overlays, clock: false, telemetry: false },
  });
  assert.equal(payload.kind, 'dashcam');
  assert.deepEqual(
    payload.inputs.map(({ name }) => name),
    [minuteName(0, 'back'), minuteName(5, 'back')],
  );
  assert.doesNotMatch(JSON.stringify(payload), /sig=|Springfield|Evergreen/);
  const references = payload.inputs.filter((input): input is ReferenceInput => 'ref' in input);
  const paths = ((await kind.sign?.(references)) ?? []).map(({ url }) => url);
  const scratch = await mkdtemp(join(folder, 'job-'));
  const made = await render(
    {
      ...{ id: randomUUID(), attempt: 0, type: 'render', kind: 'dashcam', params: payload.params, inputs: [] },
      output: { name: 'clip.mp4', url: '', method: 'PUT', headers: {} },
      limits: payload.limits,
    },
    {
      scratch,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      async fetchInput(name) {
        const at = payload.inputs.findIndex((input) => input.name === name);
        const answer = await fetch(hub.local + paths[at]);
        assert.equal(answer.status, 200);
        const path = join(scratch, `input-${at}`);
        await writeFile(path, Buffer.from(await answer.arrayBuffer()));
        return path;
      },
    },
  );
  const seen = await lookAt(made.path, [{ x: 0, y: 0, ...SMALL }]);
  // From one second on: a second of the first minute, three without footage, a second of the next.
  assert.deepEqual(
    seen.areas.map(([place]) => place?.number),
    Array.from({ length: 180 }, (_, frame) =>
      frame < 36 ? numberOf('back', 0, frame + 36) : frame < 144 ? null : numberOf('back', 1, frame - 144),
    ),
  );
  assert.equal((await fetch(`${hub.local}${paths[0]?.replace(/sig=./, 'sig=_')}`)).status, 403);
});

test('a car by its name and a time; an event without a time is shown around its trigger', async () => {
  const start = new Date(EVENT_START).toISOString();
  const byCar = await planned(requestOf('stick', { ranges: [{ start, length: 1 }], layout: 'front' }));
  const byId = await planned(requestOf(carId, { ranges: [{ start, length: 1 }], layout: 'front' }));
  const byEvent = await planned(requestOf(eventId, { ranges: [{ start: 0, length: 1 }], layout: 'front' }));
  assert.deepEqual([byId.hash, byEvent.params.ranges], [byCar.hash, byCar.params.ranges]);
  const around = await planned(requestOf(eventId, { layout: 'trigger' }));
  const [shown, ...more] = around.params.ranges as { start: number; end: number }[];
  assert.deepEqual([shown?.start, more], [EVENT_START, []]);
  // As far as there is footage: two minutes of two seconds, five apart.
  assert.ok(shown && Math.abs(shown.end - EVENT_START - 7000) < 100, String(shown?.end));
  assert.equal(around.params.switchAt, EVENT_START + 5000);
  assert.equal(around.params.place, '');
  const told = await planned(requestOf(eventId, { layout: 'front', privacy: { stripPlace: false } }));
  assert.equal(told.params.place, 'Evergreen Terrace, Springfield');
  assert.notEqual(told.hash, around.hash);
});

test('what cannot be is said when it is asked for', async () => {
  const refused = async (request: ClipRequest, words: RegExp): Promise<void> => {
    const [name = ''] = request.sources;
    const source = await kind.find(name, null);
    assert.ok(source);
    await assert.rejects(
      kind.accept(request, [source]),
      (error: unknown) => error instanceof UserError && words.test(error.message),
    );
  };
  assert.equal(await kind.find('Front door', null), undefined);
  assert.equal(await kind.find(randomUUID(), null), undefined);
  await refused(requestOf(carId), /names no time/);
  await refused(requestOf(carId, { ranges: [{ start: 90, length: 1 }] }), /cannot be read for a car/);
  await refused(
    requestOf(eventId, { ranges: [{ start: '2020-01-01T00:00:00Z', length: 5 }] }),
    /nearest begins at 2026-03-01 17:03:05/,
  );
  await refused(requestOf(eventId, { layout: 'roof' }), /no layout or camera/);
  await refused(requestOf(eventId, { overlays: { marker: true } }), /running time/);
});
