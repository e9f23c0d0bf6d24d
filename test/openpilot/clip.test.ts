/** A drive becomes a clip: the right pictures of the right minutes, from every mixture of files, by job and by command. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { InputError, UserError } from '../../src/base/errors.ts';
import { OpenpilotRenderParams, type RenderJob } from '../../src/contract/worker.ts';
import { inspectFile } from '../../src/media/probe.ts';
import type { RenderIo } from '../../src/media/render-io.ts';
import { render } from '../../src/sources/openpilot/render.ts';
import { vidette } from '../cli/run.ts';
import { fixture } from '../fixtures/video.ts';
import { lookAt, makeFootage } from '../media/footage.ts';
import { FakeApi } from './api-server.ts';
import { writeRoute } from './route.ts';
import { makeWorld } from './world.ts';

const LOG_ID = '0000001f--0a1b2c3d4e';
let folder = '';
let dongle = '';
let minutes: readonly string[] = [];
let jobs = 0;

/** Minute 0: the small film and a reduced log. Minute 1, the last: 12 s of the front camera and the full log, but no film. */
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-drive-'));
  const world = makeWorld();
  dongle = world.dongleId;
  const route = await writeRoute({
    folder,
    world,
    minutes: 2,
    year: 2026,
    logId: LOG_ID,
    logs: (minute) => [minute === 0 ? 'qlog' : 'rlog'],
  });
  minutes = route.segments;
  const [first = '', second = ''] = minutes;
  await makeFootage({
    path: join(first, 'qcamera.mp4'),
    content: 'plain',
    width: 526,
    height: 330,
    fps: 20,
    seconds: 60,
    sound: true,
  });
  await copyFile((await fixture('h265-drive')).path, join(second, 'fcamera.hevc'));
});
after(() => rm(folder, { recursive: true, force: true }));

type Asked = Partial<(typeof OpenpilotRenderParams)['_zod']['input']>;

/** Runs a job as a worker does. */
async function make(asked: Asked, limits: RenderJob['limits'] = {}, change?: (scratch: string) => Promise<void>) {
  const scratch = await mkdtemp(join(folder, 'job-'));
  const [first = '', second = ''] = minutes;
  const inputs: Record<string, string> = {
    'qlog 0': join(first, 'qlog.zst'),
    'qcamera 0': join(first, 'qcamera.mp4'),
    'rlog 1': join(second, 'rlog.zst'),
    'fcamera 1': join(second, 'fcamera.hevc'),
    'ecamera 1': join(second, 'fcamera.hevc'),
    'dcamera 1': join(second, 'fcamera.hevc'),
  };
  const params = OpenpilotRenderParams.parse({
    minutes: [
      { segment: 0, shown: true, files: { qlog: 'qlog 0', qcamera: 'qcamera 0' } },
      { segment: 1, shown: true, files: { rlog: 'rlog 1', fcamera: 'fcamera 1' } },
    ],
    ranges: [{ start: 58, end: 64 }],
    // The whole picture, so that its bar codes can be read.
    mode: 'forward',
    ...asked,
  });
  const job: RenderJob = {
    id: `00000000-0000-4000-8000-${String(++jobs).padStart(12, '0')}`,
    attempt: 0,
    type: 'render',
    kind: 'openpilot',
    params,
    inputs: Object.keys(inputs).map((name) => ({ name, url: `https://example.org/${jobs}` })),
    output: { name: 'clip.mp4', url: 'https://example.org/out', method: 'PUT', headers: {} },
    limits,
  };
  const progress: number[] = [];
  const io: RenderIo = {
    scratch,
    async fetchInput(name) {
      const path = join(scratch, name);
      await copyFile(inputs[name] ?? '', path);
      await change?.(path);
      return path;
    },
    signal: AbortSignal.timeout(300_000),
    onProgress: (now) => progress.push(now),
  };
  const made = await render(job, io);
  assert.ok(progress.every((now, index) => now >= (progress[index - 1] ?? 0)));
  assert.deepEqual(
    (await readdir(scratch)).sort(),
    [...new Set(params.minutes.flatMap(({ files }) => Object.values(files))), 'clip.mp4'].sort(),
    'nothing is left but the inputs and the clip',
  );
  return made;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

test('a clip over minutes of different files shows every picture once, with the sound that there is', async () => {
  const made = await make({});
  const bytes = await readFile(made.path);
  assert.equal(made.bytes, bytes.length);
  assert.equal(made.sha256, createHash('sha256').update(bytes).digest('hex'));
  assert.equal(made.duration, 6);
  const seen = await lookAt(made.path);
  assert.deepEqual(seen.frames, [...range(1160, 1200), ...range(0, 80)]);
  // The tone is loud in even seconds: 58 is, 59 is not, and minute 1 has no film and so no sound.
  assert.ok((seen.loudness[5] ?? 0) > 0.1, `${seen.loudness}`);
  assert.ok(Math.max(...seen.loudness.slice(25)) < 0.01, `${seen.loudness}`);
});

test('parts in a row, faster: pictures are left out, and the sound goes along', async () => {
  const made = await make({
    ranges: [
      { start: 10, end: 12 },
      { start: 61, end: 62 },
    ],
    speed: 4,
  });
  const seen = await lookAt(made.path);
  assert.deepEqual(seen.frames, [...range(0, 10).map((n) => 200 + 4 * n), ...range(0, 5).map((n) => 20 + 4 * n)]);
  // The tone is loud in even seconds: a quarter of a second each. Minute 1 has no sound.
  const [a = 0, b = 0, c = 1, d = 1, e = 1] = seen.loudness;
  assert.ok(Math.min(a, b) > 0.1 && Math.max(d, e) < 0.05 && c < a, `${seen.loudness}`);
  assert.ok(Math.max(...seen.loudness.slice(6)) < 0.01, `${seen.loudness}`);
});

test('a range beyond the end of the drive is cut there, and that is said; one wholly beyond is refused', async () => {
  const made = await make({ ranges: [{ start: 70, end: 90 }] });
  assert.equal(made.duration, 2);
  assert.ok(
    made.notes?.some((note) => note.includes('ends at 1:12') && note.includes('18.0 s shorter')),
    `${made.notes}`,
  );
  await assert.rejects(
    make({ ranges: [{ start: 80, end: 90 }] }),
    (error) => error instanceof UserError && /ends at 1:12/.test(error.message),
  );
});

test('where only the small film has the last seconds, that is said with what shows them', async () => {
  const both = { rlog: 'rlog 1', fcamera: 'fcamera 1', qcamera: 'qcamera 0' };
  const made = await make({
    minutes: [{ segment: 1, shown: true, files: both }],
    ranges: [{ start: 71, end: 90 }],
    sound: 'mute',
  });
  assert.equal(made.duration, 1);
  const notes = `${made.notes}`;
  assert.match(notes, /full road video ends at 1:12.*The small one goes on until 2:00 .*--files low/);
});

test('one camera alone is shown without any log', async () => {
  for (const [mode, file] of [
    ['wide', 'ecamera'],
    ['driver', 'dcamera'],
  ] as const) {
    const made = await make({
      minutes: [{ segment: 1, shown: true, files: { [file]: `${file} 1` } }],
      ranges: [{ start: 61, end: 62 }],
      mode,
      sound: 'mute',
    });
    assert.deepEqual((await lookAt(made.path)).frames, range(20, 40));
  }
});

test('the driving screen is drawn over both sorts of files, under the limit, and the file tells nothing of the drive', async () => {
  const plain = await make({ mode: 'ui', ranges: [{ start: 56, end: 64 }], sound: 'mute' }, { maxBytes: 1_500_000 });
  assert.ok(plain.bytes <= 1_500_000);
  assert.deepEqual([plain.width, plain.height], [1440, 720]);
  const bytes = await readFile(plain.path);
  for (const secret of [LOG_ID, dongle]) assert.ok(!bytes.includes(secret));
  const { title } = await inspectFile(plain.path);
  assert.equal(title, null);
});

test('all around: two cameras become one picture that players let people look around in', async () => {
  const made = await make(
    {
      mode: '360',
      brand: { title: 'Around' },
      minutes: [{ segment: 1, shown: true, files: { rlog: 'rlog 1', ecamera: 'ecamera 1', dcamera: 'dcamera 1' } }],
      ranges: [{ start: 61, end: 62.5 }],
    },
    { maxBytes: 1_000_000 },
  );
  assert.deepEqual([made.width, made.height, made.duration], [1440, 720, 1.5]);
  assert.ok(made.notes?.some((note) => note.includes('the title is not shown')));
  assert.ok(made.bytes <= 1_000_000);
  const bytes = await readFile(made.path);
  // Google's Spherical Video V2: an `sv3d` box with an equirectangular projection in the sample entry.
  for (const box of ['sv3d', 'proj', 'equi']) assert.ok(bytes.includes(box), box);
});

test('damage is laid to the file of the minute that has it', async () => {
  const garbage = (end: string) => async (path: string) => {
    if (path.endsWith(end)) await writeFile(path, Buffer.alloc(50_000, 3));
  };
  for (const [end, name] of [
    ['qcamera 0', /^qcamera/],
    ['fcamera 1', /^fcamera/],
    ['qlog 0', /^qlog/],
  ] as const)
    await assert.rejects(
      make({}, {}, garbage(end)),
      (error) => error instanceof InputError && name.test(error.input) && error.input.includes(`minute ${end.at(-1)}`),
    );
  const cut = await make({ ranges: [{ start: 61, end: 66 }] }, {}, async (path) => {
    if (path.endsWith('rlog 1')) await truncate(path, Math.floor((await stat(path)).size / 3));
  });
  assert.equal(cut.duration, 5);
});

test('vidette clip ROUTE --data makes it, says what it is made of, and Ctrl-C leaves nothing', async () => {
  const cwd = await mkdtemp(join(folder, 'cli-'));
  await mkdir(join(cwd, 'data'));
  const base = ['clip', `${dongle}|${LOG_ID}`, '--data', folder];
  const { code, out, err } = await vidette([...base, '-s', '59', '-l', '2', '-m', '0.9'], { cwd });
  assert.equal(code, 0, err);
  assert.match(out, new RegExp(`^${LOG_ID} 00\\.00\\.59\\.mp4 \\(.* MB, 2\\.0 s, 1440×720\\)\n$`));
  assert.match(err, /small road video .* is used in minute 0/);
  assert.ok((await stat(join(cwd, `${LOG_ID} 00.00.59.mp4`))).size <= 900_000);

  const hidden = await vidette([...base, '--range', '30-31', '--range', '1:01-1:02', '--private'], { cwd });
  assert.equal(hidden.code, 0, hidden.err);
  assert.match(hidden.out, /^drive 00\.00\.30\.mp4 \(.* 2\.0 s/);

  const stopped = await vidette([...base, '-s', '0', '-l', '60', '-o', 'never.mp4'], {
    cwd,
    onWords: (words, kill) => {
      if (/^Encoding/m.test(words)) kill('SIGINT');
    },
  });
  assert.equal(stopped.code, 1);
  assert.match(stopped.err, /Stopped/);
  assert.deepEqual((await readdir(cwd)).sort(), [`${LOG_ID} 00.00.59.mp4`, 'data', 'drive 00.00.30.mp4'].sort());
});

test('vidette clip ADDRESS fetches what it needs from a server, once, with the token for the API alone', async () => {
  const cwd = await mkdtemp(join(folder, 'api-'));
  const [first = '', second = ''] = minutes;
  const token = `canary-${randomBytes(20).toString('hex')}`;
  await using api = await FakeApi.start(token, {
    [`${dongle}|${LOG_ID}`]: {
      public: false,
      minutes: {
        0: {
          'qlog.zst': await readFile(join(first, 'qlog.zst')),
          'qcamera.ts': await readFile(join(first, 'qcamera.mp4')),
        },
        1: {
          'rlog.zst': await readFile(join(second, 'rlog.zst')),
          'fcamera.hevc': await readFile(join(second, 'fcamera.hevc')),
        },
      },
    },
  });
  const args = ['clip', `${dongle}/${LOG_ID}/59/61`, '--server', api.url, '-m', '0.9', '--force'];
  const env = { VIDETTE_COMMA_TOKEN: token, XDG_CONFIG_HOME: cwd };
  const { code, out, err } = await vidette(args, { cwd, env });
  assert.equal(code, 0, err);
  assert.match(out, /^0000001f--0a1b2c3d4e 00\.00\.59\.mp4 \(.* MB, 2\.0 s/);
  assert.equal(api.count('store', /fcamera\.hevc/), 1);
  const again = await vidette(args, { cwd, env });
  assert.equal(again.code, 0, again.err);
  assert.equal(api.count('store', /fcamera\.hevc/), 1, 'what came is in the cache');
  for (const text of [out, err, again.out, again.err]) assert.ok(!text.includes(token));
  const clip = await readFile(join(cwd, `${LOG_ID} 00.00.59.mp4`));
  assert.ok(!clip.includes(token));

  const refused = await vidette(args, { cwd, env: { XDG_CONFIG_HOME: cwd } });
  assert.equal(refused.code, 1);
  assert.match(refused.err, /login comma/);
});

test('vidette clip ROUTE: what is asked wrongly says how to ask', async () => {
  const cwd = await mkdtemp(join(folder, 'wrong-'));
  const base = ['clip', `${dongle}|${LOG_ID}`, '--data', folder];
  const cases: [number, RegExp, ...string[]][] = [
    [2, /which part of the drive[\s\S]*-s 90 -l 30/, ...base],
    [2, /--mode/, ...base, '-s', '1', '-l', '2', '--mode', 'sideways'],
    [2, /ends before it begins/, ...base, '--range', '20-10'],
    [2, /show 3:00:00 of the drive[\s\S]*--longest 3:00:00/, ...base, '-s', '0', '-l', '3:00:00'],
    [1, /is not there|ends at/, ...base, '-s', '0', '-l', '3:00:00', '--longest', '3:00:00'],
    [1, /wide road video/, ...base, '-s', '1', '-l', '2', '--mode', 'wide'],
    [1, /ends at/, ...base, '-s', '500', '-l', '2'],
    [1, /does not hold/, 'clip', '0000001f--ffffffffff', '--data', folder, '-s', '1', '-l', '2'],
  ];
  for (const [wanted, words, ...args] of cases) {
    const { code, err } = await vidette(args, { cwd });
    assert.equal(code, wanted, `${args.join(' ')}: ${err}`);
    assert.match(err, words);
  }
});
