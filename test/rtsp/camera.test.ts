import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { InputError, UserError } from '../../src/base/errors.ts';
import { startTestCamera, type TestCamera } from './camera.ts';
import { startCameraProcess } from './camera-process.ts';
import { steps, watch } from './watch.ts';

let camera: TestCamera;
before(async () => {
  camera = await startTestCamera({ fixture: 'h264-360p', cameras: 12, stagger: true, alternative: 'h264-240p' });
});
after(() => camera.close());

const gaps = (numbers: readonly bigint[]): number[] => steps(numbers).filter((step) => step !== 1);
const FRAME = 6000;

test('every frame arrives once and in order, across the loop of the file', { concurrency: true }, async (t) => {
  const clean = (name: string, url: () => string): Promise<void> =>
    t.test(name, async () => {
      const seen = await watch(url(), ({ video }) => video.length === 40);
      assert.deepEqual(gaps(seen.marks.map((mark) => mark.number)), []);
      assert.ok(steps(seen.video.map((unit) => unit.pts)).every((step) => step === FRAME));
      assert.ok(seen.video[0]?.key && seen.video[0].pts === 0);
      assert.deepEqual([seen.notes.length, seen.configs.length], [0, 1]);
    });
  await Promise.all([clean('camera 0', () => camera.url(0)), clean('camera 5', () => camera.url(5))]);
});

test('faults', { concurrency: true }, async (t) => {
  await Promise.all([
    t.test('dropped frames are missing, and the time goes on', async () => {
      const seen = await watch(camera.url(1), ({ video }) => {
        if (video.length === 20) camera.fault({ kind: 'drop', frames: 3 }, 1);
        return video.length === 40;
      });
      assert.deepEqual(gaps(seen.marks.map((mark) => mark.number)), [4]);
      assert.deepEqual(
        steps(seen.video.map((unit) => unit.pts)).filter((step) => step !== FRAME),
        [4 * FRAME],
      );
      const record = camera.history(1)[0];
      assert.equal(record && Number((record.to ?? 0n) - record.from), 3);
    }),
    t.test('lost packets cost the pictures that they belong to, and no other', async () => {
      const seen = await watch(camera.url(2), ({ video }) => {
        if (video.length === 5) camera.fault({ kind: 'loss', percent: 5, seconds: 2 }, 2);
        return video.length === 60;
      });
      const missing = gaps(seen.marks.map((mark) => mark.number)).reduce((sum, step) => sum + step - 1, 0);
      assert.ok(missing > 0 && seen.count('loss') > 0);
      // A picture is missing because its packets were damaged, or because all of them are gone.
      assert.ok(missing >= seen.count('damaged') - 1 && missing <= seen.count('loss'));
    }),
    t.test('a frozen camera ends the session by silence', async () => {
      const seen = await watch(
        camera.url(3),
        ({ video }) => {
          if (video.length === 5) camera.fault({ kind: 'freeze', seconds: 5 }, 3);
          return false;
        },
        { silenceTimeoutMs: 700 },
      );
      assert.equal(seen.end.cause, 'silence');
    }),
    t.test('a reset ends the session', async () => {
      const seen = await watch(camera.url(4), ({ video }) => {
        if (video.length === 5) camera.fault({ kind: 'reset' }, 4);
        return false;
      });
      assert.equal(seen.end.cause, 'reset');
    }),
    t.test('garbage between packets costs nothing, and is noted', async () => {
      const seen = await watch(camera.url(6), ({ video }) => {
        if (video.length === 5) camera.fault({ kind: 'garbage', bytes: 500 }, 6);
        return video.length === 20;
      });
      assert.deepEqual(gaps(seen.marks.map((mark) => mark.number)), []);
      assert.ok(seen.count('garbage') > 400);
    }),
    t.test('stuck and jumping times lose no frame; time follows arrival', async () => {
      const seen = await watch(camera.url(7), ({ video }) => {
        if (video.length === 10) camera.fault({ kind: 'stuck', seconds: 1 }, 7);
        if (video.length === 35) camera.fault({ kind: 'jump', seconds: 3600 }, 7);
        if (video.length === 45) camera.fault({ kind: 'jump', seconds: -7200 }, 7);
        return video.length === 60;
      });
      assert.deepEqual(gaps(seen.marks.map((mark) => mark.number)), []);
      const times = seen.video.map((unit) => unit.dts);
      assert.ok(steps(times).every((step) => step > 0 && step < 90_000));
      const took = (times.at(-1) ?? 0) / 90_000;
      assert.ok(Math.abs(took - 59 / 15) < 0.5, `59 frames took ${took} s of media time`);
      assert.ok(seen.count('time') > 10);
    }),
    t.test('a change of the settings comes with a key frame, and costs no frame', async () => {
      const seen = await watch(camera.url(11), ({ video }) => {
        if (video.length === 7) camera.fault({ kind: 'change' }, 11);
        return video.length === 30;
      });
      assert.deepEqual(gaps(seen.marks.map((mark) => mark.number)), []);
      assert.deepEqual(
        seen.configs.map(({ video }) => video.width),
        [640, 426],
      );
      const [sent, more] = camera.sent(11);
      assert.equal(more, undefined);
      assert.ok(sent && sent.from <= (seen.marks[0]?.number ?? 0n) && sent.to > (seen.marks.at(-1)?.number ?? 0n));
    }),
    t.test('a slow line delivers late and in order', async () => {
      const seen = await watch(camera.url(8), ({ video }) => {
        if (video.length === 3) camera.fault({ kind: 'slow', bytesPerSecond: 60_000, seconds: 1.5 }, 8);
        return video.length === 40;
      });
      assert.deepEqual(gaps(seen.marks.map((mark) => mark.number)), []);
    }),
    t.test('wrong descriptions', async () => {
      for (const mode of ['no-parameter-sets', 'broken-parameter-sets', 'absolute-control'] as const) {
        camera.fault({ kind: 'sdp', mode }, 9);
        const seen = await watch(camera.url(9), ({ video }) => video.length === 3);
        assert.deepEqual([seen.video.length, seen.configs[0]?.video.width], [3, 640], mode);
      }
      for (const mode of ['no-video', 'nonsense'] as const) {
        camera.fault({ kind: 'sdp', mode }, 9);
        await assert.rejects(
          watch(camera.url(9), () => false),
          InputError,
        );
      }
    }),
    t.test('a client that does not read is skipped, others are not', async () => {
      const stalled = await stall(camera.url(10));
      const seen = await watch(camera.url(10), ({ video }) => video.length === 45);
      assert.deepEqual(gaps(seen.marks.map((mark) => mark.number)), []);
      assert.equal(camera.clients(10) >= 1, true);
      stalled();
    }),
  ]);
});

/** A client that plays and never reads. */
async function stall(url: string): Promise<() => void> {
  const { connect } = await import('node:net');
  const socket = connect(Number(/:(\d+)\//.exec(url)?.[1]), '127.0.0.1');
  socket.pause();
  socket.write(`SETUP ${url}/track=video RTSP/1.0\r\nCSeq: 1\r\nTransport: RTP/AVP/TCP;interleaved=4-5\r\n\r\n`);
  socket.write(`PLAY ${url} RTSP/1.0\r\nCSeq: 2\r\n\r\n`);
  await sleep(100);
  return () => socket.destroy();
}

test('H.265, and H.264 with B-frames', { concurrency: true }, async (t) => {
  await Promise.all([
    t.test('H.265', async () => {
      const other = await startTestCamera({ fixture: 'h265-360p' });
      const seen = await watch(other.url(), ({ video }) => video.length === 30);
      await other.close();
      assert.deepEqual(gaps(seen.marks.map((mark) => mark.number)), []);
      assert.deepEqual(
        [seen.configs[0]?.video.codec, seen.configs[0]?.video.codecString.slice(0, 5)],
        ['h265', 'hvc1.'],
      );
    }),
    t.test('B-frames: presentation as sent, decoding in order', async () => {
      const other = await startTestCamera({ fixture: 'h264-360p-b' });
      const seen = await watch(other.url(), ({ video }) => video.length === 40);
      await other.close();
      assert.deepEqual(gaps(seen.marks.map((mark) => mark.number)), []);
      assert.ok(steps(seen.video.map((unit) => unit.dts)).every((step) => step > 0));
      assert.ok(seen.video.every((unit) => unit.pts >= unit.dts));
      const shown = seen.video.map((unit) => unit.pts).toSorted((a, b) => a - b);
      assert.ok(steps(shown.slice(0, -4)).every((step) => step === FRAME));
    }),
  ]);
});

test('passwords: basic, digest with MD5 and SHA-256', async () => {
  const kinds = [{ kind: 'basic' }, { kind: 'digest' }, { kind: 'digest', algorithm: 'SHA-256' }] as const;
  for (const kind of kinds) {
    const auth = { username: 'admin', password: 'pa:ss"wörd', ...kind };
    const locked = await startTestCamera({ fixture: 'h264-360p', auth });
    const seen = await watch(locked.url(), ({ video }) => video.length === 2, auth);
    assert.equal(seen.video.length, 2);
    await assert.rejects(
      watch(locked.url(), () => false, { ...auth, password: 'wrong' }),
      UserError,
    );
    await assert.rejects(
      watch(locked.url(), () => false),
      UserError,
    );
    await locked.close();
  }
});

test('the camera as a process: faults through its control port, with the frames that they touched', async (t) => {
  const process = await startCameraProcess({ fixture: 'h264-360p', cameras: 2 });
  t.after(() => process.stop());
  let asked: Promise<void> | undefined;
  const seen = await watch(process.urls[1] ?? '', ({ video }) => {
    if (video.length === 5) asked = process.fault({ kind: 'drop', frames: 4 }, 1);
    return video.length === 25;
  });
  await asked;
  const record = (await process.state()).cameras[1]?.history[0];
  assert.ok(record?.to !== undefined && record.to - record.from === 4n);
  const numbers = seen.marks.map((mark) => mark.number);
  assert.deepEqual(gaps(numbers), [5]);
  assert.ok(!numbers.some((number) => number >= record.from && number < (record.to ?? 0n)));
  await assert.rejects(process.fault({ kind: 'drop', frames: -1 }));
});
