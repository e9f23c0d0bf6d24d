import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../base/errors.ts';
import { ClipRequest } from '../../contract/clip.ts';
import type { DriveFile } from '../../contract/drive.ts';
import { OpenpilotRenderParams } from '../../contract/worker.ts';
import { DRIVE_LAYOUTS, type DrivePlan, type DriveRange, type PlanDrive, planDrive } from './plan.ts';

const ROUTE = 'a2a0ccea32023010|2023-07-27--13-01-19';
const NAMES: Record<DriveFile, string> = {
  rlog: 'rlog.zst',
  qlog: 'qlog.zst',
  fcamera: 'fcamera.hevc',
  ecamera: 'ecamera.hevc',
  dcamera: 'dcamera.hevc',
  qcamera: 'qcamera.ts',
};
const SMALL: DriveFile[] = ['qlog', 'qcamera'];
const ALL: DriveFile[] = ['rlog', 'qlog', 'fcamera', 'ecamera', 'dcamera', 'qcamera'];

const driveOf = (...minutes: DriveFile[][]): PlanDrive => ({
  route: ROUTE,
  length: minutes.length * 60,
  keeper: 'api',
  minutes: minutes.map((kinds, minute) => ({
    minute,
    files: Object.fromEntries(
      kinds.map((kind) => [kind, { path: `x/${ROUTE}--${minute}/${NAMES[kind]}`, bytes: 10, changed: 20 }]),
    ),
  })),
});
const plan = (drive: PlanDrive, ranges: DriveRange[], change: object = {}): DrivePlan =>
  planDrive(ClipRequest.parse({ sources: [ROUTE], layout: 'ui', ...change }), ranges, drive);
const files = (made: DrivePlan): string[] => made.inputs.map(({ minute, file }) => `${minute} ${file}`).sort();
const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return `${error.message} ${error.remedy}`;
  }
  assert.fail('it was planned');
};

test('a plan takes the best of what is there, the minutes of its ranges and no others, and says it as the worker reads it', () => {
  const made = plan(driveOf(SMALL, ALL, SMALL), [{ start: 70, end: 100 }]);
  assert.deepEqual(files(made), ['1 fcamera', '1 qcamera', '1 rlog']);
  assert.equal(made.seconds, 30);
  assert.deepEqual(OpenpilotRenderParams.parse(made.params), made.params, 'the schema changes nothing');
  const [minute] = made.params.minutes;
  assert.deepEqual(minute?.files, { rlog: '1-rlog.zst', fcamera: '1-fcamera.hevc', qcamera: '1-qcamera.ts' });
  assert.deepEqual(
    files(plan(driveOf(SMALL, SMALL), [{ start: 61, end: 70 }])),
    ['0 qlog', '1 qcamera', '1 qlog'],
    'the log before tells how it began',
  );
  assert.equal(plan(driveOf(SMALL), [{ start: 0, end: 40 }], { speed: 4 }).seconds, 10);
});

test('what a request says is what is drawn; what was not asked for is not told', () => {
  const drive = driveOf(ALL);
  const bare = plan(drive, [{ start: 1, end: 2 }], { privacy: { stripIds: true } }).params;
  assert.ok(!JSON.stringify(bare).includes('a2a0ccea'), 'neither device nor route');
  assert.deepEqual(bare.privacy, { hideRoute: true, hideDongle: true });
  assert.equal(bare.fileTitle, undefined);
  const full = plan(drive, [{ start: 1, end: 2 }], {
    overlays: { title: 'Night', marker: true, hud: { look: '2022', units: 'metric' } },
    sound: 'mute',
    limits: { width: 2160, height: 1080 },
  }).params;
  assert.deepEqual(full.brand, { title: 'Night', route: ROUTE, clock: true, details: false });
  assert.deepEqual(
    [full.look, full.units, full.sound, full.size, full.fileTitle],
    ['2022', 'metric', 'mute', '2160x1080', 'Night'],
  );
  assert.equal(plan(drive, [{ start: 1, end: 2 }], { layout: 'main' }).params.mode, 'ui');
  const other = plan(drive, [{ start: 1, end: 2 }], {
    layout: 'pip',
    overlays: { route: 'short', details: true, hud: { wide: 'auto', inset: 'wide', stack: 'wide-first' } },
    limits: { size: 'camera' },
  }).params;
  assert.deepEqual(other.brand, { title: '', route: '2023-07-27--13-01-19', clock: false, details: true });
  assert.deepEqual(other.privacy, { hideRoute: false, hideDongle: true });
  assert.ok(!JSON.stringify(other).includes('a2a0ccea'));
  assert.deepEqual(
    [other.wideView, other.inset, other.stackOrder, other.size],
    ['auto', 'wide', 'wide-first', 'camera'],
  );
  const none = plan(drive, [{ start: 1, end: 2 }], { overlays: { route: 'none' } }).params;
  assert.ok(!JSON.stringify(none).includes('2023-07-27'));
});

test('what is missing is named with its minute, and what would work', () => {
  const text = refusal(() => plan(driveOf(SMALL, SMALL), [{ start: 70, end: 80 }], { layout: 'wide' }));
  assert.match(text, /ecamera\.hevc .* is not uploaded for minute 1 \(1:00 to 2:00\)/);
  assert.match(text, /the layout “ui”/);
  assert.doesNotMatch(text, /--mode/);
});

test('a small picture or a wide view takes the camera that it shows', () => {
  const drive = driveOf([...SMALL, 'ecamera']);
  const of = (layout: string, hud: object) => files(plan(drive, [{ start: 1, end: 5 }], { layout, overlays: { hud } }));
  assert.deepEqual(of('pip', { inset: 'wide' }), ['0 ecamera', '0 qcamera', '0 qlog']);
  assert.deepEqual(of('ui', { wide: 'auto' }), ['0 ecamera', '0 qcamera', '0 qlog']);
  assert.deepEqual(of('ui', {}), ['0 qcamera', '0 qlog']);
  assert.match(
    refusal(() => of('pip', { inset: 'driver' })),
    /dcamera\.hevc/,
  );
});

test('bad combinations are refused in words', () => {
  const drive = driveOf(ALL);
  const bad = (change: object, ranges: DriveRange[] = [{ start: 1, end: 5 }]): string =>
    refusal(() => plan(drive, ranges, change));
  assert.match(bad({ layout: 'grid' }), /no layout “grid”/);
  assert.match(bad({ overlays: { clock: true } }), /no clock/);
  assert.match(bad({ limits: { fps: 30 } }), /20 pictures a second/);
  assert.match(bad({ limits: { width: 1440, size: 'camera' } }), /either the size of its camera/);
  assert.match(bad({ limits: { width: 640 } }), /1440 × 720 or 2160 × 1080/);
  assert.match(bad({}, [{ start: 5, end: 5 }]), /ends before it begins/);
  assert.match(bad({}, [{ start: 61, end: 70 }]), /begins after the end of the drive, which is at 1:00/);
  assert.match(
    bad(
      {},
      Array.from({ length: 200 }, () => ({ start: 0, end: 60 })),
    ),
    /longer than two hours/,
  );
});

test('every layout is planned', () => {
  for (const layout of DRIVE_LAYOUTS)
    assert.equal(plan(driveOf(ALL), [{ start: 1, end: 5 }], { layout }).params.mode, layout);
});
