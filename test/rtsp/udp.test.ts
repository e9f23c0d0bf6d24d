import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { UserError } from '../../src/base/errors.ts';
import { readRtsp } from '../../src/sources/camera/rtsp/client.ts';
import { CameraMemory } from '../../src/sources/camera/rtsp/memory.ts';
import { startTestCamera, type TestCamera } from './camera.ts';
import { steps, watch } from './watch.ts';

let camera: TestCamera;
let stubborn: TestCamera;
before(async () => {
  camera = await startTestCamera({ fixture: 'h264-360p', cameras: 6, stagger: true });
  stubborn = await startTestCamera({ fixture: 'h264-360p', transports: ['udp'] });
});
after(() => Promise.all([camera.close(), stubborn.close()]));

const gaps = (numbers: readonly bigint[]): number[] => steps(numbers).filter((step) => step !== 1);
const FRAME = 6000;

test('over UDP', { concurrency: true }, async (t) => {
  await Promise.all([
    t.test('every frame arrives once and in order', async () => {
      const seen = await watch(camera.url(0), ({ video }) => video.length === 40, { transport: 'udp' });
      assert.deepEqual(gaps(seen.marks.map((mark) => mark.number)), []);
      assert.ok(steps(seen.video.map((unit) => unit.pts)).every((step) => step === FRAME));
      assert.deepEqual(seen.notes, []);
    }),
    t.test('packets out of order and doubled ones lose nothing', async () => {
      const seen = await watch(
        camera.url(1),
        ({ video }) => {
          if (video.length === 3) camera.fault({ kind: 'reorder', percent: 30, places: 5, seconds: 2 }, 1);
          if (video.length === 40) camera.fault({ kind: 'duplicate', percent: 30, seconds: 1 }, 1);
          return video.length === 60;
        },
        { transport: 'udp' },
      );
      assert.deepEqual(gaps(seen.marks.map((mark) => mark.number)), []);
      assert.deepEqual(seen.notes, []);
    }),
    t.test('5 % loss: every picture whose packets all came is there, and what is lost is counted', async () => {
      let counted = { lost: new Set<bigint>(), packets: 0 };
      const seen = await watch(
        camera.url(2),
        ({ video }) => {
          if (video.length === 3) {
            camera.fault({ kind: 'loss', percent: 5, seconds: 3, seed: 7 }, 2);
            counted = camera.lost(2);
          }
          return (camera.history(2)[0]?.to ?? undefined) !== undefined && video.length > 60;
        },
        { transport: 'udp' },
      );
      const numbers = seen.marks.map((mark) => mark.number);
      const first = numbers[0] ?? 0n;
      const last = numbers.at(-1) ?? 0n;
      const got = new Set(numbers);
      const missing: bigint[] = [];
      for (let number = first; number <= last; number += 1n) if (!got.has(number)) missing.push(number);
      assert.ok(counted.lost.size > 0);
      assert.deepEqual(
        missing,
        [...counted.lost].filter((number) => number >= first && number <= last),
      );
      assert.equal(seen.count('loss'), counted.packets);
      assert.ok(seen.count('damaged') > 0 && seen.count('damaged') <= counted.lost.size);
    }),
    t.test('a frozen camera is noticed although it answers', async () => {
      const seen = await watch(
        camera.url(3),
        ({ video }) => {
          if (video.length === 5) camera.fault({ kind: 'freeze', seconds: 5 }, 3);
          return false;
        },
        { transport: 'udp', silenceTimeoutMs: 700 },
      );
      assert.equal(seen.end.cause, 'silence');
    }),
    t.test('a camera that refuses TCP is read by UDP, and asked so from then on', async () => {
      const memory = new CameraMemory();
      for (const session of [1, 2]) {
        const stop = new AbortController();
        let units = 0;
        const end = await readRtsp(
          {
            url: stubborn.url(),
            clock: systemClock,
            signal: stop.signal,
            onConfig: () => undefined,
            onUnit: () => {
              units += 1;
              if (units === 3) stop.abort();
            },
          },
          memory,
        );
        assert.deepEqual([session, units >= 3, end.cause], [session, true, 'stopped']);
        assert.equal(memory.of(stubborn.url()).refusesTcp, true);
      }
      await assert.rejects(
        watch(stubborn.url(), () => false, { transport: 'tcp' }),
        (error) => error instanceof UserError && error.code === 'transport',
      );
    }),
  ]);
});
