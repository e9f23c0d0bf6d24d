import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DriveFile } from '../../../src/contract/drive.ts';
import { canBe, hasLog, isSmall, MODES, minutesOf } from './drive-modes.ts';

const SMALL: DriveFile[] = ['qlog', 'qcamera'];
const ALL: DriveFile[] = ['rlog', 'qlog', 'fcamera', 'ecamera', 'dcamera', 'qcamera'];
const drive = { filesKnown: true, minutes: [SMALL, ALL].map((files, minute) => ({ minute, files })) };
const able = (start: number, end: number): string[] =>
  MODES.filter((mode) => canBe(mode, drive, { start, end })).map((mode) => mode.layout);

test('a range needs the minutes that it touches, and no more', () => {
  assert.deepEqual(minutesOf({ start: 0, end: 60 }), [0]);
  assert.deepEqual(minutesOf({ start: 59, end: 60.5 }), [0, 1]);
});

test('only what the files allow can be chosen', () => {
  assert.deepEqual(able(10, 20), ['ui', 'forward']);
  assert.equal(able(70, 80).length, MODES.length);
  assert.deepEqual(able(50, 70), ['ui', 'forward'], 'the poorer minute decides');
  assert.deepEqual(able(130, 140), [], 'nothing is there');
  const [ui] = MODES;
  assert.ok(ui);
  assert.equal(isSmall(ui, drive, { start: 10, end: 20 }), true);
  assert.equal(isSmall(ui, drive, { start: 70, end: 80 }), false);
});

test('a small picture needs one camera that is there all the time', () => {
  const pip = MODES.find(({ layout }) => layout === 'pip');
  assert.ok(pip);
  const of = (...minutes: DriveFile[][]) => ({
    filesKnown: true,
    minutes: minutes.map((files, minute) => ({ minute, files: [...SMALL, ...files] })),
  });
  const range = { start: 10, end: 70 };
  assert.equal(canBe(pip, of(['ecamera'], ['ecamera', 'dcamera']), range), true);
  assert.equal(canBe(pip, of(['ecamera'], ['dcamera']), range), false);
});

test('the road alone needs no log, and without one nothing is said of the car', () => {
  const film = { filesKnown: true, minutes: [{ minute: 0, files: ['qcamera', 'ecamera'] as DriveFile[] }] };
  const range = { start: 1, end: 2 };
  assert.deepEqual(
    MODES.filter((mode) => canBe(mode, film, range)).map(({ layout }) => layout),
    ['forward', 'wide'],
  );
  assert.equal(hasLog(film, range), false);
  assert.equal(hasLog({ ...film, filesKnown: false }, range), true, 'not known: it may be');
});

test('look and units are offered wherever the driving screen is drawn, which needs a log', () => {
  const drawn = MODES.filter((mode) => mode.screen);
  assert.deepEqual(
    drawn.map(({ layout }) => layout),
    ['ui', 'stacked', 'pip'],
  );
  for (const { needs } of drawn) assert.ok(needs.some((any) => any.includes('qlog')));
});
