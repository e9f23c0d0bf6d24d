import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../../base/errors.ts';
import { chooseFiles, minuteList } from './choose-files.ts';
import { type FileKind, fileKinds, kindFacts } from './file-kind.ts';
import { type HeldFile, holdingOf, type RouteHolding } from './holding.ts';
import { type FilesNeed, neededMinutes } from './need.ts';

const file = (segment: number, kind: FileKind, name = kindFacts[kind].usual): HeldFile => ({
  segment,
  kind,
  name,
  bytes: 1000,
  modified: 0,
  open: false,
  place: { at: 'path', path: `/x/${segment}/${name}` },
});

/** Minute → what is there of it. */
function drive(minutes: Record<number, FileKind[]>): RouteHolding {
  const files = Object.entries(minutes).flatMap(([segment, kinds]) => kinds.map((kind) => file(Number(segment), kind)));
  return holdingOf('a2a0ccea32023010', '0000010a--a51155e496', files);
}
const SMALL: FileKind[] = ['qlog', 'qcamera'];
const ALL: FileKind[] = [...fileKinds];
const ui = (start: number, end: number, more: Partial<FilesNeed> = {}): FilesNeed => ({
  ranges: [{ start, end }],
  cameras: ['road'],
  log: 'drawn',
  preroll: 3,
  sound: true,
  quality: 'best',
  ...more,
});

function refusal(holding: RouteHolding, need: FilesNeed, keeper: 'api' | 'folder' = 'api'): string {
  try {
    chooseFiles(holding, need, keeper);
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return `${error.message} ${error.remedy}`;
  }
  assert.fail('there is a plan');
}
const used = (holding: RouteHolding, need: FilesNeed) =>
  chooseFiles(holding, need, 'api').files.map(({ segment, kind }) => `${segment} ${kind}`);

describe('minutes', () => {
  test('a clip needs the minutes in which it is, and the log of the one before when it begins early in a minute', () => {
    const of = (start: number, end: number) =>
      neededMinutes(ui(start, end)).map(({ segment, shown }) => (shown ? segment : -segment));
    assert.deepEqual(of(90, 118), [1]);
    assert.deepEqual(of(61, 70), [-0, 1]);
    assert.deepEqual(of(63, 120), [1], 'an end at 2:00 needs nothing of minute 2');
    assert.deepEqual(of(119, 121), [1, 2]);
    assert.deepEqual(of(0, 1), [0]);
    assert.deepEqual(neededMinutes({ ranges: [{ start: 61, end: 62 }], preroll: 3, log: 'none' }), [
      { segment: 1, shown: true },
    ]);
  });

  test('several ranges: each minute once, in order', () => {
    const need = {
      ...ui(0, 0),
      ranges: [
        { start: 300, end: 310 },
        { start: 10, end: 20 },
        { start: 15, end: 70 },
      ],
    };
    assert.deepEqual(
      neededMinutes(need).map(({ segment, shown }) => [segment, shown]),
      [
        [0, true],
        [1, true],
        [4, false],
        [5, true],
      ],
    );
  });

  test('lists of minutes read well', () => {
    assert.equal(minuteList([3]), 'minute 3 (3:00 to 4:00)');
    assert.equal(minuteList([61]), 'minute 61 (1:01:00 to 1:02:00)');
    assert.equal(minuteList([5, 3, 4]), 'minutes 3 to 5');
    assert.equal(minuteList([1, 2, 9]), 'minutes 1, 2 and 9');
    assert.equal(minuteList([1, 3, 5]), 'minutes 1, 3 and 5');
  });
});

describe('the best of what is there', () => {
  test('full log and full resolution, sound from the small video', () => {
    const plan = chooseFiles(drive({ 0: ALL, 1: ALL }), ui(70, 80), 'api');
    assert.equal(plan.tier, 'full');
    assert.deepEqual(
      plan.files.map(({ kind }) => kind),
      ['rlog', 'fcamera', 'qcamera'],
    );
    assert.deepEqual(plan.notes, ['It is made of the full log and the full-resolution road video.']);
  });

  test('what a device uploads by itself, and what would make it better', () => {
    const plan = chooseFiles(drive({ 1: SMALL }), ui(70, 80), 'api');
    assert.equal(plan.tier, 'low');
    assert.match(plan.notes.join(' '), /small road video \(526×330\) is used\./);
    assert.match(plan.notes.join(' '), /fcamera and rlog of minute 1 \(1:00 to 2:00\) would make it better.*“Files”/);
  });

  test('tiers mix, minute by minute', () => {
    const plan = chooseFiles(drive({ 1: ALL, 2: SMALL, 3: ['rlog', 'qcamera'] }), ui(70, 200), 'api');
    assert.equal(plan.tier, 'mixed');
    assert.deepEqual(
      plan.minutes.map(({ log, pictures }) => [log?.kind, pictures.road?.kind]),
      [
        ['rlog', 'fcamera'],
        ['qlog', 'qcamera'],
        ['rlog', 'qcamera'],
      ],
    );
    assert.match(plan.notes.join(' '), /small road video \(526×330\) is used in minutes 2 and 3/);
  });

  test('the log before is read where it is, and nothing else of that minute', () => {
    assert.deepEqual(used(drive({ 0: ALL, 1: ALL }), ui(61, 62)), ['0 rlog', '1 rlog', '1 fcamera', '1 qcamera']);
    assert.deepEqual(used(drive({ 1: ALL }), ui(61, 62)), ['1 rlog', '1 fcamera', '1 qcamera']);
  });

  test('--files low takes the small files, and what there is without them', () => {
    assert.deepEqual(used(drive({ 1: ALL }), ui(70, 80, { quality: 'low' })), ['1 qlog', '1 qcamera']);
    assert.deepEqual(used(drive({ 1: ['rlog', 'fcamera'] }), ui(70, 80, { quality: 'low' })), ['1 rlog', '1 fcamera']);
  });

  test('a second camera is used where it is', () => {
    const need = ui(70, 130, { alsoCameras: ['wide'], sound: false });
    const plan = chooseFiles(drive({ 1: ALL, 2: SMALL }), need, 'api');
    assert.deepEqual(
      plan.minutes.map(({ pictures }) => Object.keys(pictures)),
      [['road', 'wide'], ['road']],
    );
  });

  test('of two files of one kind the newer packing is taken', () => {
    const holding = holdingOf(null, null, [
      file(0, 'rlog', 'rlog'),
      file(0, 'rlog', 'rlog.zst'),
      file(0, 'rlog', 'rlog.bz2'),
    ]);
    assert.equal(holding.minutes.get(0)?.rlog?.name, 'rlog.zst');
  });
});

describe('what is missing', () => {
  test('the file and the minute are named, and where to get it', () => {
    const text = refusal(drive({ 1: ALL, 2: ALL, 3: ['qlog'] }), ui(130, 200));
    assert.match(
      text,
      /Neither fcamera\.hevc \(full-resolution road video\) nor qcamera\.ts \(small road video\) is uploaded for minute 3 \(3:00 to 4:00\)/,
    );
    assert.match(text, /It would work for minutes 1 and 2\./);
    assert.match(text, /connect.*“Files”/);
  });

  test('--files full without the full files says that the small ones are there', () => {
    const text = refusal(drive({ 3: SMALL }), ui(190, 200, { quality: 'full' }));
    assert.match(text, /rlog\.zst \(full log\) is not uploaded for minute 3/);
    assert.match(text, /fcamera\.hevc \(full-resolution road video\) is not uploaded for minute 3/);
    assert.match(text, /without --files full they are used/);
  });

  test('a camera that was not uploaded: the road still works', () => {
    const text = refusal(drive({ 1: SMALL }), ui(70, 80, { cameras: ['wide'] }));
    assert.match(text, /ecamera\.hevc \(wide road video\) is not uploaded for minute 1 .* --mode ui or --mode forward/);
  });

  test('a camera that was not uploaded: what is advised works with the files that are asked for', () => {
    const wide = { cameras: ['wide'], quality: 'full' } as const;
    const without = refusal(drive({ 1: SMALL }), ui(70, 80, wide));
    assert.match(without, /use --mode ui or --mode forward without --files full\./);
    const with_ = refusal(drive({ 1: ['rlog', 'fcamera'] }), ui(70, 80, wide));
    assert.match(with_, /use --mode ui or --mode forward\./);
    assert.match(
      refusal(drive({ 1: ['fcamera'] }), ui(70, 80, wide)),
      /use --mode forward, which needs no log \(without --details\)\./,
    );
  });

  test('a picture without a log: the road alone needs none', () => {
    const text = refusal(drive({ 1: ['qcamera'] }), ui(70, 80));
    assert.match(text, /Neither rlog\.zst .* nor qlog\.zst .* use --mode forward, which needs no log/);
  });

  test('a log that only pairs pictures is read where it is, the small one, and not asked for', () => {
    const alone = (kinds: FileKind[]) => used(drive({ 1: kinds }), ui(70, 80, { cameras: ['wide'], log: 'pairing' }));
    assert.deepEqual(alone(['ecamera']), ['1 ecamera']);
    assert.deepEqual(alone([...ALL]), ['1 qlog', '1 ecamera', '1 qcamera']);
    const plan = chooseFiles(
      drive({ 1: ['ecamera', 'qlog'] }),
      ui(70, 80, { cameras: ['wide'], log: 'pairing' }),
      'api',
    );
    assert.equal(plan.tier, 'full');
    assert.doesNotMatch(plan.notes.join(' '), /reduced log|rlog/);
  });

  test('seconds behind the end of the drive', () => {
    assert.match(
      refusal(drive({ 0: ALL, 1: ALL }), ui(100, 130)),
      /Minute 2 \(2:00 to 3:00\) is not there: what is there of this drive ends at 2:00\./,
    );
    assert.match(refusal(drive({}), ui(0, 10)), /nothing of this drive is/);
    assert.match(refusal(drive({ 0: ALL }), ui(0, 1e300)), /ends at 1:00/);
  });

  test('in a folder it is not “uploaded”', () => {
    assert.match(
      refusal(drive({ 1: ['qlog'], 2: ALL }), ui(70, 80), 'folder'),
      /is there for minute 1 .*Copy it from the device/,
    );
  });

  test('whatever is there, a plan has all that is needed, and a refusal names only what is not there', () => {
    const kinds = fc.subarray([...fileKinds]);
    const need = fc.record({
      start: fc.integer({ min: 0, max: 300 }),
      length: fc.integer({ min: 1, max: 200 }),
      cameras: fc.subarray(['road', 'wide', 'driver'] as const, { minLength: 1 }),
      log: fc.constantFrom('drawn', 'pairing', 'none'),
      quality: fc.constantFrom('best', 'full', 'low'),
    });
    fc.assert(
      fc.property(fc.array(kinds, { maxLength: 9 }), need, (minutes, { start, length, cameras, log, quality }) => {
        const holding = drive(Object.fromEntries(minutes.map((held, segment) => [segment, held])));
        const asked = ui(start, start + length, { cameras, log, quality } as Partial<FilesNeed>);
        try {
          const plan = chooseFiles(holding, asked, 'api');
          for (const minute of plan.minutes.filter(({ shown }) => shown)) {
            if (log !== 'pairing') assert.equal(minute.log !== null, log === 'drawn');
            for (const camera of cameras) assert.ok(minute.pictures[camera]);
          }
          const shown = plan.minutes.filter((minute) => minute.shown).map(({ segment }) => segment);
          assert.deepEqual(
            shown,
            Array.from({ length: shown.length }, (_, index) => Math.floor(start / 60) + index),
          );
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          assert.equal(error.code, 'missing');
          assert.ok(error.remedy.length > 0);
        }
      }),
    );
  });
});
