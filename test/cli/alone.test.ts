/** Commands that need no hub. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { inspectFile } from '../../src/media/probe.ts';
import { makeFootage } from '../media/footage.ts';
import { writeRoute } from '../openpilot/route.ts';
import { makeWorld, steadyDriving } from '../openpilot/world.ts';
import { type Ran, vidette } from './run.ts';

let cwd = '';
const run = (...args: string[]): Promise<Ran> => vidette(args, { cwd });

before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'vidette-cli-'));
  await makeFootage({
    path: join(cwd, 'holiday.mp4'),
    content: 'plain',
    width: 320,
    height: 180,
    fps: 15,
    seconds: 4,
    sound: true,
  });
});
after(() => rm(cwd, { recursive: true, force: true }));

test('clip: cuts a file, names the clip by source and time, and leaves nothing else behind', async () => {
  const { code, out, err } = await run('clip', 'holiday.mp4', '-s', '0:01', '-l', '2', '-m', '0.5');
  assert.equal(code, 0, err);
  assert.match(out, /^holiday 00\.00\.01\.mp4 \(.* MB, 2\.0 s, 320×180\)\n$/);
  assert.match(err, /^Done 100 %$/m, 'plain lines of progress on a pipe');
  assert.ok(!err.includes('\r'));
  const path = join(cwd, 'holiday 00.00.01.mp4');
  assert.ok((await stat(path)).size <= 500_000);
  assert.equal((await inspectFile(path)).duration, 2);
  assert.deepEqual((await readdir(cwd)).sort(), ['holiday 00.00.01.mp4', 'holiday.mp4']);
});

test('clip: never overwrites without --force, and its input never', async () => {
  await writeFile(join(cwd, 'mine.mp4'), 'mine');
  const refused = await run('clip', 'holiday.mp4', '-s', '0', '-l', '1', '-o', 'mine.mp4');
  assert.equal(refused.code, 1);
  assert.match(refused.err, /mine\.mp4 exists already[\s\S]*--force/);
  assert.equal(await readFile(join(cwd, 'mine.mp4'), 'utf8'), 'mine');

  const made = await run('clip', 'holiday.mp4', '-s', '0', '-l', '1', '-o', 'mine.mp4', '--force', '--json');
  assert.equal(made.code, 0, made.err);
  assert.equal(made.err, '');
  const answer = z
    .object({ file: z.literal('mine.mp4'), bytes: z.number(), duration: z.number() })
    .parse(JSON.parse(made.out));
  assert.equal(answer.bytes, (await stat(join(cwd, 'mine.mp4'))).size);

  const before = await readFile(join(cwd, 'holiday.mp4'));
  await symlink('holiday.mp4', join(cwd, 'link.mp4'));
  for (const output of ['holiday.mp4', './holiday.mp4', 'link.mp4']) {
    const { code, err } = await run('clip', 'holiday.mp4', '-s', '0', '-l', '1', '-o', output, '--force');
    assert.equal(code, 1);
    assert.match(err, /The output is the input/);
  }
  assert.deepEqual(await readFile(join(cwd, 'holiday.mp4')), before);
});

test('clip: a lossless master beside it', async () => {
  const { code, out, err } = await run(
    ...['clip', 'holiday.mp4', '-s', '0', '-l', '1', '-o', 'a.mp4', '--master', 'a.mkv', '--mute'],
  );
  assert.equal(code, 0, err);
  assert.match(out, /a\.mp4 .*\na\.mkv\n/);
  const master = await inspectFile(join(cwd, 'a.mkv'));
  assert.equal(master.format, 'Matroska');
});

test('clip: what is asked wrongly ends with 2, what cannot be done with 1, each with words', async () => {
  const cases: [number, RegExp, ...string[]][] = [
    [2, /not a time/, 'clip', 'holiday.mp4', '-s', 'soon', '-l', '2'],
    [2, /Which part of holiday\.mp4 is wanted\?\nGive a start and a length/, 'clip', 'holiday.mp4', '-s', '1'],
    [2, /too little/, 'clip', 'holiday.mp4', '-s', '1', '-l', '2', '-m', '0.001'],
    [2, /\.mkv/, 'clip', 'holiday.mp4', '-s', '1', '-l', '2', '--master', 'a.avi'],
    [2, /holds a password/, 'clip', 'rtsp://joe:canary77@192.0.2.1/', '-s', '1', '-l', '2'],
    [1, /begin after its end/, 'clip', 'holiday.mp4', '-s', '60', '-l', '2'],
    [1, /Did you mean “holiday\.mp4”/, 'clip', 'holliday.mp4', '-s', '1', '-l', '2'],
    [1, /no hub is running/, 'clip', 'Front door', '-s', '-5m', '-l', '2'],
    [2, /unknown command/, 'clop'],
  ];
  const all = await Promise.all(
    cases.map(async ([code, words, ...args]) => ({ code, words, args, ran: await run(...args) })),
  );
  for (const { code, words, args, ran } of all) {
    assert.equal(ran.code, code, `${args.join(' ')}: ${ran.err}`);
    assert.match(ran.err, words);
    assert.equal(ran.out, '');
    assert.doesNotMatch(ran.err, /canary77|fault in Vidette/);
  }
});

test('clip: Ctrl-C stops it and leaves nothing', async () => {
  const before = (await readdir(cwd)).sort();
  const { code, err } = await vidette(['clip', 'holiday.mp4', '-s', '0', '-l', '4', '-m', '0.3', '-o', 'never.mp4'], {
    cwd,
    onWords: (words, kill) => words.includes('%') && kill('SIGINT'),
  });
  assert.equal(code, 1);
  assert.match(err, /Stopped\./);
  assert.deepEqual((await readdir(cwd)).sort(), before);
});

test('inspect: a table for people, JSON for programs, and no file makes it stumble', async () => {
  const shown = await run('inspect', 'holiday.mp4');
  assert.equal(shown.code, 0);
  assert.match(shown.out, /^Pictures +avc .*320×180/m);
  const junk = Buffer.alloc(20_000, 0x5a);
  junk.write('\x00\x00\x00\x18ftypisom', 0, 'latin1');
  await writeFile(join(cwd, 'junk.mp4'), junk);
  await writeFile(join(cwd, 'empty'), '');
  for (const [name, kind] of [
    ['junk.mp4', 'video'],
    ['empty', 'unknown'],
  ] as const) {
    const { code, out, err } = await run('inspect', name, '--json');
    assert.equal(code, 0, err);
    assert.equal(z.object({ kind: z.string() }).parse(JSON.parse(out)).kind, kind);
  }
  const missing = await run('inspect', 'hollyday.mp4');
  assert.equal(missing.code, 1);
  assert.match(missing.err, /Did you mean “holiday\.mp4”/);
});

test('index: where there is no library, none is made', async () => {
  const { code, err } = await run('index');
  assert.equal(code, 1);
  assert.match(err, /no library at .*VIDETTE_DATA/s);
  assert.equal((await readdir(cwd)).includes('data'), false);
});

test('--help of each command shows examples', async () => {
  const names = ['serve', 'record', 'work', 'login', 'clip', 'inspect', 'index', 'doctor'];
  const all = await Promise.all(names.map((name) => run(name, '--help')));
  for (const { code, out } of all) {
    assert.equal(code, 0);
    assert.match(out, /Examples:\n +\$ .*vidette /);
  }
});

test('inspect: a log of openpilot, and a folder with a drive, tell what happened', async () => {
  const world = makeWorld({
    bookmarks: [20],
    drive: (t) => ({
      ...steadyDriving,
      state: t < 10 ? 'disabled' : 'enabled',
      alert:
        t >= 30 && t < 32
          ? { size: 'mid', status: 'userPrompt', text1: 'Take Control\x1b[2J', text2: 'Now', type: 'a/warning' }
          : null,
    }),
  });
  const { segments } = await writeRoute({ folder: join(cwd, 'drives'), world, minutes: 1, year: 2026 });
  const folder = await run('inspect', 'drives');
  assert.equal(folder.code, 0, folder.err);
  assert.match(folder.out, /^Engaged +50\.\d s: 10\.\d–60\.0/m);
  assert.match(folder.out, /^Alert +30\.0–32\.0 {2}Take Control·\[2J: Now \[mid, userPrompt\]/m);
  assert.match(folder.out, /^Bookmark +at 20\.0/m);
  assert.match(folder.out, /^Log +minute 0, rlog\.zst: full rate/m);
  const log = join(segments[0] ?? '', 'qlog.zst');
  await truncate(log, 40_000);
  const cut = await run('inspect', log, '--json');
  assert.equal(cut.code, 0, cut.err);
  const { kind, logs } = z
    .object({ kind: z.string(), logs: z.array(z.object({ cut: z.object({ byte: z.number() }) })) })
    .parse(JSON.parse(cut.out));
  assert.equal(kind, 'drive');
  assert.ok((logs[0]?.cut.byte ?? 0) > 40_000);
  await mkdir(join(cwd, 'nothing'));
  const none = await run('inspect', 'nothing');
  assert.equal(none.code, 1);
  assert.match(none.err, /There is no drive in nothing/);
});
