/** What happened in a drive, in seconds of the route, against drives whose truth is known. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { writeRoute } from '../../../test/openpilot/route.ts';
import type { LogYear } from '../../../test/openpilot/shape.ts';
import { makeWorld, steadyDriving } from '../../../test/openpilot/world.ts';
import type { AlertState } from './frame-state.ts';
import { inspectDriveFolder, inspectLogFile } from './inspect.ts';
import { parseRoute } from './names/parse-route.ts';

const takeControl: AlertState = {
  size: 'full',
  status: 'critical',
  text1: 'TAKE CONTROL IMMEDIATELY',
  text2: 'Steering Fault',
  type: 'steerUnavailable/immediateDisable',
};

/** Engaged from 10 to 70 over the edge of the first minute, when an alert ends it; again from 80 with a foot on the pedal. */
const world = makeWorld({
  bookmarks: [33, 90.5],
  drive: (t) => ({
    ...steadyDriving,
    speed: 10,
    state: t < 10 || (t >= 70 && t < 80) ? 'disabled' : t >= 85 && t < 88 ? 'overriding' : 'enabled',
    alert: t >= 58 && t < 72 ? takeControl : null,
  }),
  place: (t) => (t < 5 ? null : { latitude: 52.5 + t / 10_000, longitude: -13.4 }),
});

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-inspect-'));
});
after(() => rm(folder, { recursive: true }));

function about(actual: number | undefined, expected: number, tolerance: number, what: string): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, not ${expected}`);
}

for (const year of [2019, 2021, 2022, 2024, 2026] as const satisfies LogYear[])
  for (const log of ['rlog', 'qlog'] as const)
    test(`a drive of ${year} by its ${log}s: engaged, alerts, bookmarks, place`, async () => {
      const home = join(folder, `${year}-${log}`);
      const route = await writeRoute({ folder: home, world, minutes: 2, year, logs: () => [log] });
      const found = await inspectDriveFolder(home);
      // Low-rate logs say these things ten times a second.
      const late = log === 'qlog' ? 0.11 : 0.011;
      assert.equal(found.route, route.logId);
      assert.deepEqual(found.minutes, [0, 1]);
      assert.equal(found.end, 120);
      assert.deepEqual(found.notes, []);
      assert.deepEqual(
        found.logs.map(({ rate, minute, cut }) => [rate, minute, cut]),
        [0, 1].map((minute) => [log === 'rlog' ? 'full' : 'low', minute, null]),
      );
      assert.equal(found.engaged.length, 2);
      about(found.engaged[0]?.start, 10, late, 'engaged');
      about(found.engaged[0]?.end, 70, late, 'engaged until');
      about(found.engaged[1]?.start, 80, late, 'engaged again');
      about(found.engaged[1]?.end, 120, 0.2, 'engaged to the end');
      assert.equal(found.disengagements.length, 1);
      about(found.disengagements[0]?.at, 70, late, 'disengaged');
      assert.deepEqual(found.disengagements[0]?.alert, takeControl);
      assert.equal(found.alerts.length, 1, 'one alert over the edge of two minutes');
      about(found.alerts[0]?.start, 58, late, 'alert');
      about(found.alerts[0]?.end, 72, late, 'alert until');
      assert.equal(found.overridden.length, year >= 2022 ? 1 : 0);
      assert.equal(found.bookmarks.length, 2);
      about(found.bookmarks[0], 33, 0.011, 'bookmark');
      about(found.bookmarks[1], 90.5, 0.011, 'bookmark');
      about(found.distance, 1200, 12, 'metres');
      assert.equal(found.track.length, 115);
      const [seconds, latitude, longitude] = found.track[50] ?? assert.fail();
      about(latitude, 52.5 + seconds / 10_000, 1e-5, 'latitude');
      assert.equal(longitude, -13.4);
      if (year >= 2024) about(found.startAt ?? undefined, world.wallStart + 900, 1, 'start');
      else assert.equal(found.startAt, null);
      assert.equal(found.info.car, world.car);
      assert.equal(found.fork, null);
    });

test('one log alone tells its minute, its events, and where it is cut', async () => {
  const home = join(folder, 'alone');
  const { segments } = await writeRoute({ folder: home, world, minutes: 2, year: 2026 });
  const path = join(segments[1] ?? '', 'rlog.zst');
  const whole = await inspectLogFile(path);
  assert.deepEqual([whole?.minutes, whole?.logs[0]?.minute, whole?.logs[0]?.cut], [[1], 1, null]);
  assert.equal(whole?.logs[0]?.counts.modelV2, 1200);
  assert.equal(whole?.logs[0]?.compression, 'zstd');
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, bytes.length / 2));
  const cut = await inspectLogFile(path);
  assert.ok((cut?.logs[0]?.cut?.byte ?? 0) > 1e6);
  assert.match(cut?.notes[0] ?? '', /^rlog\.zst can be read up to byte \d+ of what it unpacks to: the zstd stream/);
  // What the cut log does not tell the other one does.
  const both = await inspectDriveFolder(home);
  assert.equal(both.end, 120);
  assert.equal(both.engaged.length, 2);
  assert.equal(both.logs.length, 4);
});

test('of a folder with several drives one is named', async () => {
  const home = join(folder, 'several');
  const names = ['0000001a--0a1b2c3d4e', '0000001b--0a1b2c3d4e'];
  for (const [index, logId] of names.entries())
    await writeRoute({ folder: home, world, minutes: index + 1, year: 2026, logId, logs: () => ['qlog'] });
  await assert.rejects(inspectDriveFolder(home), /holds 2 drives/);
  const route = parseRoute(names[1] ?? '');
  assert.ok(route.kind === 'route');
  const found = await inspectDriveFolder(home, { route });
  assert.match(found.route ?? '', /0000001b--0a1b2c3d4e$/);
  assert.equal(found.minuteCount, 2);
});

test('a damaged log of a drive is named, and the others tell what they know', async () => {
  const home = join(folder, 'damaged');
  const { segments } = await writeRoute({ folder: home, world, minutes: 2, year: 2026, logs: () => ['qlog'] });
  await writeFile(join(segments[0] ?? '', 'qlog.zst'), 'nothing of the kind');
  const found = await inspectDriveFolder(home);
  assert.deepEqual(found.minutes, [1]);
  assert.match(found.notes[0] ?? '', /^minute 0, qlog\.zst at byte 0: this is no log of openpilot/);
});

test('what is no log is left to others', async () => {
  const path = join(folder, 'text.bin');
  for (const content of [
    '',
    'a text',
    'BZh9 something',
    Buffer.alloc(100),
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1, 2]),
  ]) {
    await writeFile(path, content);
    assert.equal(await inspectLogFile(path), null);
  }
  await assert.rejects(inspectDriveFolder(join(folder, 'alone', '..', 'nothing')), /cannot be read/);
});
