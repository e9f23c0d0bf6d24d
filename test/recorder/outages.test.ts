/**
 * Invariant 2 (docs/design/0002-cameras.md): every interval without footage has a cause. Each camera of one recorder process gets a
 * fault of its own; what the recorder tells must explain the holes between the segments that it reports.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { OutageReport } from '../../src/contract/outage.ts';
import type { LeasedCamera } from '../../src/contract/recorder.ts';
import { explainGaps } from '../../src/hub/outages/explain.ts';
import { type CameraProcess, startCameraProcess } from '../rtsp/camera-process.ts';
import type { Fault } from '../rtsp/faults.ts';
import { FakeHub } from './fake-hub.ts';
import { leased, makePlace, type Place, type RunningRecorder, startRecorder } from './process.ts';

let source: CameraProcess;
let hub: FakeHub;
let place: Place;
let recorder: RunningRecorder;

before(async () => {
  source = await startCameraProcess({ fixture: 'h264-360p', cameras: 7, alternative: 'h264-240p' });
  hub = new FakeHub();
  await hub.listen();
  place = await makePlace();
});
after(async () => {
  await recorder?.stop('SIGKILL');
  await hub.cut();
  await source.stop();
  await place.remove();
});

/** Gaps between a camera's first and its last footage, by what the recorder has reported. */
function gapsOf({ id }: LeasedCamera): { cause: string; seconds: number; frames: number | undefined }[] {
  const shown = hub.segments
    .filter((segment) => segment.sourceId === id)
    .map(({ run, wallStart, durationMs }) => ({ run, start: wallStart, end: wallStart + durationMs }))
    .sort((a, b) => a.start - b.start);
  const outages: OutageReport[] = [...hub.outages.values()].filter((outage) => outage.sourceId === id);
  const range = { start: shown[0]?.start ?? 0, end: shown.at(-1)?.end ?? 0 };
  return explainGaps(range, shown, outages).map(({ start, end, cause, frames }) => ({
    cause,
    seconds: Math.round((end - start) / 100) / 10,
    frames,
  }));
}

const ended = ({ id }: LeasedCamera): boolean =>
  [...hub.outages.values()].some(({ sourceId, end }) => sourceId === id && end !== null);

test('each fault of a camera ends as its own cause', async () => {
  const names = ['reset', 'garbage', 'loss', 'change', 'jump', 'stuck', 'drop'] as const;
  const cameras = new Map(names.map((name, at) => [name as string, leased(source.urls[at] ?? '', { name })]));
  cameras.set('nobody', leased('rtsp://127.0.0.1:9/none', { name: 'nobody' }));
  hub.cameras = [...cameras.values()];
  recorder = startRecorder(hub, place);
  const at = (name: string): LeasedCamera => cameras.get(name) ?? assert.fail(name);
  // Segments are short here: that all are open for long enough at one moment would be chance.
  const recorded = (name: string): boolean =>
    [...hub.heartbeats.flatMap(({ open }) => open), ...hub.segments].some(
      ({ sourceId, durationMs }) => sourceId === at(name).id && durationMs > 1000,
    );
  await hub.until(() => names.every((name) => recorded(name)), 'all cameras recorded');
  const fault = (name: (typeof names)[number], what: Fault): Promise<void> => source.fault(what, names.indexOf(name));
  await Promise.all([
    fault('reset', { kind: 'reset' }),
    // More than is passed over between two packets.
    fault('garbage', { kind: 'garbage', bytes: 1_000_000 }),
    fault('loss', { kind: 'loss', percent: 5, seconds: 3 }),
    fault('change', { kind: 'change' }),
    fault('jump', { kind: 'jump', seconds: 3600 }),
    fault('stuck', { kind: 'stuck', seconds: 3 }),
    fault('drop', { kind: 'drop', frames: 60 }),
  ]);
  await hub.until(
    () => ['reset', 'garbage', 'loss', 'drop'].every((name) => ended(at(name))),
    'the ends of the outages',
  );
  await wait(1500);
  assert.equal(await recorder.stop(), 0);
  const [reset, garbage, drop, nobody] = ['reset', 'garbage', 'drop', 'nobody'].map((name) => gapsOf(at(name)));
  const loss = gapsOf(at('loss'));
  assert.deepEqual(
    reset?.map(({ cause }) => cause),
    ['disconnected'],
  );
  assert.deepEqual(
    garbage?.map(({ cause }) => cause),
    ['garbage'],
  );
  assert.deepEqual(
    drop?.map(({ cause, frames }) => [cause, frames]),
    [['frozen', 60]],
  );
  assert.ok(loss.length > 0 && loss.every(({ cause, frames }) => cause === 'loss' && (frames ?? 0) > 0));
  for (const name of ['change', 'jump', 'stuck'])
    assert.deepEqual(
      gapsOf(at(name)).filter(({ cause }) => cause !== 'change' && cause !== 'clock'),
      [],
      name,
    );
  assert.deepEqual(nobody, []);
  const never = [...hub.outages.values()].filter(({ sourceId }) => sourceId === at('nobody').id);
  assert.deepEqual(
    never.map(({ cause, end }) => [cause, end !== null]),
    [['unreachable', true]],
  );
  for (const gap of [reset, garbage, drop, loss].flat()) assert.ok((gap?.seconds ?? 0) < 11, JSON.stringify(gap));
});
