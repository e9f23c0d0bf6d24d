/** `vidette clip EVENT_FOLDER`: the right picture of the right camera at the right moment, gaps as gaps, and nothing that was to be left out. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { UserError } from '../../src/base/errors.ts';
import type { RenderJob } from '../../src/contract/worker.ts';
import { fitted, layoutOf } from '../../src/sources/dashcam/clip/layouts.ts';
import { planCar } from '../../src/sources/dashcam/plan.ts';
import { render } from '../../src/sources/dashcam/render.ts';
import { encryptClip } from '../dashcam/encrypted-clip.ts';
import { CAMERA_NUMBERS, EVENT_NAME, EVENT_START, minuteName, numberOf, writeEvent } from '../dashcam/event-folder.ts';
import { ExfatImage } from '../dashcam/exfat-image.ts';
import { type LookedArea, lookAt, makeFootage, type Seen } from '../media/footage.ts';
import { type Ran, vidette } from './run.ts';

const FPS = 36;
const FOUR = CAMERA_NUMBERS.slice(0, 4);
const SMALL = { width: 320, height: 240 };
const sizeOf = (camera: string) => (camera === 'front' ? { width: 724, height: 470 } : { width: 362, height: 236 });
let cwd = '';
const run = (...args: string[]): Promise<Ran> => vidette(args, { cwd });

/** Two minutes of two seconds each, which begin five seconds apart: three seconds are missing between them. */
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'vidette-car-clip-'));
  await writeEvent(join(cwd, 'four', EVENT_NAME), { cameras: FOUR, without: ['back 1'] });
  await writeEvent(join(cwd, 'six', EVENT_NAME), {
    cameras: CAMERA_NUMBERS,
    size: sizeOf,
    codec: (camera) => (camera === 'left_repeater' ? 'h265' : 'h264'),
    starts: [0],
  });
});
after(() => rm(cwd, { recursive: true, force: true }));

/** The picture of a camera at a frame of the clip; undefined: none. */
function expected(camera: string, frame: number, without: readonly string[] = []): number | undefined {
  const minute = frame < 72 ? 0 : 1;
  const n = minute === 0 ? frame : frame - 5 * FPS;
  return n < 0 || without.includes(`${camera} ${minute}`) ? undefined : numberOf(camera, minute, n);
}

/** That each camera's place has its own picture of that moment, and where there is none a calm even ground. */
function checkPictures(
  seen: Seen,
  cameras: readonly string[],
  expect: (camera: string, frame: number) => number | undefined,
): void {
  for (const [frame, places] of seen.areas.entries())
    for (const [at, camera] of cameras.entries()) {
      const place = places[at];
      const said = `${camera}, frame ${frame}`;
      assert.equal(place?.number ?? undefined, expect(camera, frame), said);
      if (expect(camera, frame) === undefined)
        assert.ok(place && place.mean < 60 && place.spread < 20, `${said}: ${JSON.stringify(place)}`);
    }
}

test('each camera’s pictures stand in its place at their moment, and gaps stay gaps, below the limit', async () => {
  const { code, out, err } = await run(
    'clip',
    `four/${EVENT_NAME}`,
    '-s',
    '0',
    '-l',
    '7',
    '-m',
    '0.14',
    '--width',
    '640',
    '-o',
    'four.mp4',
    '--json',
  );
  assert.deepEqual([code, err], [0, '']);
  const made = JSON.parse(out);
  const layout = layoutOf({
    layout: '2x2',
    cameras: ['front', 'back', 'left_repeater', 'right_repeater'],
    sizes: new Map(FOUR.map((camera) => [camera, SMALL])),
    telemetry: true,
    stamp: true,
    most: { width: 640 },
  });
  assert.deepEqual([made.width, made.height], [layout.size.width, layout.size.height]);
  // Less than these pictures would take: the limit is met from below.
  const { size } = await stat(join(cwd, 'four.mp4'));
  assert.ok(size <= 140_000 && size >= 0.95 * 140_000, `${size} bytes`);
  const seen = await lookAt(
    join(cwd, 'four.mp4'),
    layout.cells.map(({ rect }) => fitted(SMALL, rect)),
  );
  assert.equal(seen.areas.length, 7 * FPS);
  checkPictures(seen, ['front', 'back', 'left_repeater', 'right_repeater'], (camera, frame) =>
    expected(camera, frame, ['back 1']),
  );
  // A moving car has telemetry, and the bar changes with it.
  assert.match(made.notes.join(' '), /no footage of: Front for 3\.0 s, Back for 5\.0 s/);
});

test('HW4, H.264 and H.265: six cameras of two sizes; the trigger’s camera from its moment on', async () => {
  const trigger = {
    ...JSON.parse(await readFile(join(cwd, 'six', EVENT_NAME, 'event.json'), 'utf8')),
    timestamp: '2026-03-01T17:03:06',
  };
  await writeFile(join(cwd, 'six', EVENT_NAME, 'event.json'), JSON.stringify(trigger));
  const six = await run(
    'clip',
    `six/${EVENT_NAME}`,
    '-s',
    '17:03:05',
    '-l',
    '2',
    '--width',
    '960',
    '--no-telemetry',
    '--no-stamp',
    '-o',
    'six.mp4',
    '--json',
  );
  assert.deepEqual([six.code, six.err], [0, '']);
  const layout = layoutOf({
    layout: 'six',
    cameras: ['left_pillar', 'front', 'right_pillar', 'left_repeater', 'back', 'right_repeater'],
    sizes: new Map(CAMERA_NUMBERS.map((camera) => [camera, sizeOf(camera)])),
    telemetry: false,
    stamp: false,
    most: { width: 960 },
  });
  const areas = layout.cells.map(({ camera, rect }) => fitted(sizeOf(camera), rect));
  const seen = await lookAt(join(cwd, 'six.mp4'), areas);
  checkPictures(
    seen,
    layout.cells.map(({ camera }) => camera),
    expected,
  );
  assert.equal(seen.height, layout.size.height);

  const switched = await run(
    'clip',
    join(cwd, 'six', EVENT_NAME),
    '-l',
    '1',
    '--layout',
    'trigger',
    '--width',
    '724',
    '--no-telemetry',
    '--no-stamp',
    '-o',
    'trigger.mp4',
    '--json',
  );
  assert.deepEqual([switched.code, switched.err], [0, '']);
  // One second, two thirds of it before the trigger: pictures 12 to 47, the camera changes with picture 36.
  const area = [{ x: 0, y: 0, width: 724, height: 470 }];
  const [front, repeater] = await Promise.all([
    lookAt(join(cwd, 'trigger.mp4'), area),
    lookAt(join(cwd, 'trigger.mp4'), [fitted(sizeOf('left_repeater'), area[0] as LookedArea)]),
  ]);
  const shown = front.areas.map((places, at) => (at < 24 ? places : (repeater.areas[at] ?? []))[0]?.number);
  assert.deepEqual(
    shown,
    Array.from({ length: 36 }, (_, at) => numberOf(at < 24 ? 'front' : 'left_repeater', 0, at + 12)),
  );
});

test('without the place: no coordinates, city or street in pictures, file or its name', async () => {
  const clip = async (name: string, ...more: string[]): Promise<Seen> => {
    const { code, err } = await run(
      'clip',
      `four/${EVENT_NAME}`,
      '-s',
      '0',
      '-l',
      '1',
      '--camera',
      'front',
      '--width',
      '320',
      '-o',
      name,
      '--json',
      ...more,
    );
    assert.deepEqual([code, err], [0, '']);
    const layout = layoutOf({
      layout: 'single',
      cameras: ['front'],
      sizes: new Map([['front', SMALL]]),
      telemetry: true,
      stamp: true,
      most: { width: 320 },
    });
    const stamp = layout.footer.stamp;
    assert.ok(stamp);
    // Time stands at the left, place at the right.
    return lookAt(join(cwd, name), [
      { ...stamp, width: 120 },
      { ...stamp, x: 160, width: 160 },
    ]);
  };
  const told = await clip('place.mp4');
  const stripped = await clip('no-place.mp4', '--strip-place');
  assert.ok((told.areas[5]?.[1]?.spread ?? 0) > 15, 'the place is shown where it is not stripped');
  assert.ok((stripped.areas[5]?.[0]?.spread ?? 0) > 15, 'the time stays');
  for (const [, place] of stripped.areas) assert.ok(place && place.spread < 3, JSON.stringify(place));
  const bytes = (await readFile(join(cwd, 'no-place.mp4'))).toString('latin1');
  assert.doesNotMatch(bytes, /Springfield|Evergreen|44\.04|123\.02|37\.3|122\.0|B{3}i/);
  const named = await run(
    'clip',
    `four/${EVENT_NAME}`,
    '-s',
    '0',
    '-l',
    '1',
    '--camera',
    'front',
    '--width',
    '160',
    '--json',
  );
  assert.equal(JSON.parse(named.out).file, '2026-03-01_17-03-05 car.mp4');
});

test('an image of the drive: a cut clip is repaired on the way; an encrypted one is named and refused', async () => {
  const event = `TeslaCam/SentryClips/${EVENT_NAME}`;
  const files = new Map<string, Buffer>();
  for (const name of await readdir(join(cwd, 'four', EVENT_NAME)))
    files.set(name, await readFile(join(cwd, 'four', EVENT_NAME, name)));
  const front = minuteName(0, 'front');
  const whole = files.get(front) ?? assert.fail(front);
  files.set(front, whole.subarray(0, Math.floor(whole.length * 0.6)));
  {
    using image = new ExfatImage(join(cwd, 'cam.img'), { bytes: 32 << 20 });
    for (const path of ['TeslaCam', 'TeslaCam/SentryClips', event]) image.folder(path);
    for (const [name, bytes] of files) image.file(`${event}/${name}`, bytes);
  }
  const told = await run(
    'clip',
    'cam.img',
    '--event',
    'latest',
    '-s',
    '0',
    '-l',
    '2',
    '--camera',
    'front',
    '--no-telemetry',
    '--no-stamp',
    '-o',
    'image.mp4',
    '--json',
  );
  assert.deepEqual([told.code, told.err], [0, '']);
  const notes: string = JSON.parse(told.out).notes.join(' ');
  assert.match(notes, /2026-03-01_17-03-05-front\.mp4 is damaged: the \d+ pictures/);
  const recovered = Number(/the (\d+) pictures/.exec(notes)?.[1]);
  assert.ok(recovered >= 30 && recovered < 72, notes);
  const seen = await lookAt(join(cwd, 'image.mp4'), [{ x: 0, y: 0, ...SMALL }]);
  checkPictures(seen, ['front'], (camera, frame) => (frame < recovered ? expected(camera, frame) : undefined));

  const closed = encryptClip(whole, 5);
  const secret = join(cwd, 'secret', EVENT_NAME);
  await mkdir(secret, { recursive: true });
  await copyFile(join(cwd, 'four', EVENT_NAME, minuteName(0, 'back')), join(secret, minuteName(0, 'back')));
  await writeFile(join(secret, front), closed.bytes);
  const before = await readdir(cwd);
  const refused = await run('clip', `secret/${EVENT_NAME}`, '-s', '0', '-l', '2', '-o', 'secret.mp4');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /2026-03-01_17-03-05-front\.mp4 is encrypted by the car/);
  assert.deepEqual(await readdir(cwd), before);
  // With its key beside it, it is shown like any other.
  await writeFile(join(secret, `${front}.rawkey.json`), closed.keyFile);
  const opened = await run(
    'clip',
    `secret/${EVENT_NAME}`,
    '-s',
    '0',
    '-l',
    '1',
    '--camera',
    'front',
    '--no-telemetry',
    '--no-stamp',
    '-o',
    'secret.mp4',
    '--json',
  );
  assert.deepEqual([opened.code, opened.err], [0, '']);
  checkPictures(await lookAt(join(cwd, 'secret.mp4'), [{ x: 0, y: 0, ...SMALL }]), ['front'], expected);
});

test('sound is kept where clips have any, at another speed too; clips that tell no UTC have no time stamp', async () => {
  const folder = join(cwd, 'sound', EVENT_NAME);
  await mkdir(folder, { recursive: true });
  for (const camera of ['front', 'back'])
    await makeFootage({
      path: join(folder, minuteName(0, camera)),
      ...{ content: 'text', ...SMALL, fps: FPS, seconds: 2 },
      sound: camera === 'front',
    });
  const clip = async (name: string, ...more: string[]): Promise<{ seen: Seen; notes: string }> => {
    const args = ['-s', '0', '-l', '2', '--layout', '2x2', '--width', '320', '-o', name, '--json'];
    const { code, out, err } = await run('clip', `sound/${EVENT_NAME}`, ...args, ...more);
    assert.deepEqual([code, err], [0, '']);
    return { seen: await lookAt(join(cwd, name)), notes: JSON.parse(out).notes.join(' ') };
  };
  const kept = await clip('loud.mp4');
  const loudness = kept.seen.loudness.slice(1, 18);
  assert.ok(loudness.length > 10 && loudness.every((one) => one > 0.01), String(loudness));
  assert.match(kept.notes, /None of these clips tells when it was in UTC.*no telemetry/);
  // Neither bar nor stamp: the pictures alone.
  assert.equal(kept.seen.height, 240);
  assert.deepEqual((await clip('quiet.mp4', '--mute')).seen.loudness, []);
  const fast = await clip('fast.mp4', '--speed', '2');
  assert.equal(fast.seen.at.length, FPS);
  const faster = fast.seen.loudness.slice(1, 9);
  assert.ok(faster.length >= 7 && faster.every((one) => one > 0.01), String(fast.seen.loudness));
  assert.ok(fast.seen.loudness.length <= 11, 'the sound is as long as the pictures');
});

test('stopped, it leaves nothing behind; wrong questions get an answer that helps', async () => {
  const before = await readdir(cwd);
  const stopped = await vidette(['clip', `four/${EVENT_NAME}`, '-s', '0', '-l', '7', '-o', 'stopped.mp4'], {
    cwd,
    onWords: (words, kill) => {
      if (/^Encoding/m.test(words)) kill('SIGINT');
    },
  });
  assert.equal(stopped.code, 1);
  assert.match(stopped.err, /Stopped/);
  assert.deepEqual(await readdir(cwd), before);
  const told = async (args: readonly string[], words: RegExp): Promise<void> => {
    const { code, err } = await run('clip', `four/${EVENT_NAME}`, ...args);
    assert.ok(code === 1 || code === 2, err);
    assert.match(err, words);
  };
  await told(['--layout', 'roof'], /no layout or camera “roof”[\s\S]*left_repeater/);
  await told(['-s', '2026-03-01 18:00:00'], /The nearest begins at 2026-03-01 17:03:1/);
  assert.deepEqual(await readdir(cwd), before);
});

test('a worker makes it of the job alone; a job with less than that is refused', async () => {
  const folder = join(cwd, 'four', EVENT_NAME);
  const clips = ['front', 'back'].map((camera) => ({
    input: camera,
    camera,
    start: EVENT_START,
    end: EVENT_START + 2000,
    zone: -480,
    complete: true,
  }));
  const { params, inputs } = planCar(
    {
      ranges: [{ start: EVENT_START, end: EVENT_START + 1000 }],
      layout: 'single',
      camera: 'back',
      units: 'metric',
      telemetry: true,
      stamp: true,
      stripPlace: true,
      title: '',
      sound: 'keep',
      speed: 1,
    },
    { clips },
  );
  assert.deepEqual(
    inputs.map(({ input }) => input),
    ['back'],
  );
  const scratch = await mkdtemp(join(cwd, 'job-'));
  const job = (given: unknown): RenderJob => ({
    id: randomUUID(),
    attempt: 0,
    type: 'render',
    kind: 'dashcam',
    params: given,
    inputs: [],
    output: { name: 'clip.mp4', url: 'http://127.0.0.1/', method: 'PUT', headers: {} },
    limits: { maxBytes: 400_000, width: 320 },
  });
  const io = {
    scratch,
    fetchInput: async (name: string) => join(folder, minuteName(0, name)),
    signal: new AbortController().signal,
    onProgress: () => undefined,
  };
  const made = await render(job(params), io);
  assert.ok(made.bytes <= 400_000);
  const bytes = await readFile(made.path);
  assert.equal(made.sha256, createHash('sha256').update(bytes).digest('hex'));
  const seen = await lookAt(made.path, [{ x: 0, y: 0, ...SMALL }]);
  checkPictures(seen, ['back'], expected);
  await assert.rejects(render(job({ ...params, layout: 'roof' }), io), /parameters are wrong/);
  await assert.rejects(
    render(job({ ...params, cameras: ['front'] }), io),
    (error: unknown) => error instanceof UserError && error.code === 'no-footage',
  );
});
