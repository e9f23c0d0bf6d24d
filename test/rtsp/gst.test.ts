import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { UserError } from '../../src/base/errors.ts';
import { liveFragment } from '../../src/media/mp4/fragment.ts';
import { initSegment } from '../../src/media/mp4/init.ts';
import { type GstSource, startGstSource } from './gst.ts';
import { steps, watch } from './watch.ts';

let source: GstSource | string;
before(async () => {
  source = await startGstSource();
});
after(async () => {
  if (typeof source !== 'string') await source.stop();
});

const FRAME = 6000;

/** Steps of the given size; on a busy machine the live source leaves some out, or stamps them later. */
function evenly(times: readonly number[], step: number): boolean {
  const all = steps(times);
  return all.every((each) => each > 0) && all.filter((each) => each === step).length > all.length / 2;
}

/** What FFmpeg says of a file, and how many frames of its pictures or its sound it decodes. */
async function decoded(file: readonly Uint8Array[], kind: 'v' | 'a'): Promise<[complaints: string, frames: number]> {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-mp4-'));
  try {
    await writeFile(join(folder, 'a.mp4'), Buffer.concat(file));
    const args = ['-v', 'error', '-xerror', '-i', join(folder, 'a.mp4'), '-map', `0:${kind}`, '-f', 'framemd5', '-'];
    const run = spawnSync('ffmpeg', args, { encoding: 'utf8', timeout: 20_000 });
    return [run.stderr, run.stdout.split('\n').filter((line) => line.startsWith('0,')).length];
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a real RTSP server', { concurrency: true }, async (t) => {
  if (typeof source === 'string') {
    t.skip(source);
    return;
  }
  const { url } = source;
  await Promise.all([
    t.test('H.264', async () => {
      const seen = await watch(url('h264'), ({ video }) => video.length === 40);
      assert.ok(seen.video[0]?.key);
      assert.ok(
        evenly(
          seen.video.map((unit) => unit.pts),
          FRAME,
        ),
      );
      assert.deepEqual([seen.configs[0]?.video.width, seen.configs[0]?.video.height], [320, 180]);
    }),
    t.test('H.264 with AAC', async () => {
      const seen = await watch(url('h264-aac'), ({ video, audio }) => video.length > 30 && audio.length > 20);
      const { audio } = seen.configs[0] ?? {};
      assert.deepEqual([audio?.codec, audio?.sampleRate, audio?.channels], ['aac', 16_000, 1]);
      assert.ok(
        evenly(
          seen.audio.map((unit) => unit.pts),
          1024,
        ),
      );
      assert.ok((seen.audio[0]?.pts ?? -1) >= 0 && (seen.audio[0]?.pts ?? 0) < 16_000);
    }),
    t.test('H.264 with A-law, and FLAC that another decoder reads', async () => {
      const seen = await watch(url('h264-pcma'), ({ audio }) => audio.length === 16);
      const config = seen.configs[0]?.audio;
      assert.deepEqual([config?.codec, config?.sampleRate], ['flac', 8000]);
      assert.ok(steps(seen.audio.map((unit) => unit.pts)).every((step) => step === 1024));
      const folder = await mkdtemp(join(tmpdir(), 'vidette-flac-'));
      try {
        const pieces = ['fLaC', config?.description ?? '', ...seen.audio.flatMap((unit) => unit.data)];
        await writeFile(join(folder, 'a.flac'), Buffer.concat(pieces.map((piece) => Buffer.from(piece))));
        const decoder = `filesrc location=${folder}/a.flac ! flacparse ! flacdec ! audioconvert ! audio/x-raw,format=S16LE ! filesink location=${folder}/a.raw`;
        const run = spawnSync('gst-launch-1.0', ['-q', ...decoder.split(' ')], { encoding: 'utf8', timeout: 10_000 });
        assert.equal(run.status, 0, run.stderr);
        const samples = await readFile(join(folder, 'a.raw'));
        assert.equal(samples.length, 16 * 1024 * 2);
        const loudest = new Int16Array(samples.buffer, samples.byteOffset, samples.length / 2).reduce(
          (most, s) => Math.max(most, Math.abs(s)),
          0,
        );
        assert.ok(loudest > 1000, 'the ticks can be heard');
      } finally {
        await rm(folder, { recursive: true });
      }
    }),
    t.test('H.265', async () => {
      const seen = await watch(url('h265'), ({ video }) => video.length === 30);
      assert.match(seen.configs[0]?.video.codecString ?? '', /^hvc1\.1\./);
      assert.ok(steps(seen.video.map((unit) => unit.pts)).every((step) => step === FRAME));
    }),
    t.test('SRTP with MIKEY, over TCP and UDP', async () => {
      for (const transport of ['tcp', 'udp'] as const) {
        const seen = await watch(url('h264-srtp'), ({ video, audio }) => video.length >= 20 && audio.length >= 5, {
          transport,
        });
        assert.ok(seen.video.length >= 20 && seen.audio.length >= 5, transport);
        assert.equal(seen.count('packet'), 0);
      }
    }),
    t.test('Opus, L16 in stereo and AAC in LATM', async () => {
      for (const [mount, codec, rate, channels, frame] of [
        ['h264-opus', 'opus', 48_000, 2, 960],
        ['h264-l16', 'flac', 16_000, 2, 1024],
        ['h264-latm', 'aac', 16_000, 1, 1024],
      ] as const) {
        const seen = await watch(url(mount), ({ audio }) => audio.length === 12);
        const { audio } = seen.configs[0] ?? {};
        assert.deepEqual([audio?.codec, audio?.sampleRate, audio?.channels], [codec, rate, channels]);
        assert.ok(
          steps(seen.audio.map((unit) => unit.pts)).every((step) => Math.abs(step - frame) <= 2),
          mount,
        );
        const [config] = seen.configs;
        assert.ok(config);
        const fragments = seen.audio.flatMap((unit, i) => liveFragment(unit, frame, i + 1));
        const [complaints, frames] = await decoded([initSegment(config), ...fragments], 'a');
        assert.equal(complaints, '');
        assert.ok(frames >= 11, `${mount}: ${frames} frames`);
      }
    }),
    t.test('Motion JPEG, in a file that another program plays', async () => {
      const seen = await watch(url('mjpeg'), ({ video }) => video.length === 15);
      const [config] = seen.configs;
      // The header of RTP counts in eights, and this server tells the size nowhere else.
      assert.deepEqual([config?.video.codec, config?.video.width, config?.video.height], ['mjpeg', 320, 184]);
      assert.ok(seen.video.every((unit) => unit.key) && config);
      const fragments = seen.video.flatMap((unit, i) => liveFragment(unit, FRAME, i + 1));
      assert.deepEqual(await decoded([initSegment(config), ...fragments], 'v'), ['', 15]);
    }),
    t.test('through HTTP', async () => {
      const seen = await watch(url('h264-aac').replace('rtsp://', 'rtsp+http://'), ({ video }) => video.length === 20);
      assert.equal(seen.video.length, 20);
      const again = await watch(url('h264'), ({ video }) => video.length === 5, { transport: 'http' });
      assert.equal(again.video.length, 5);
    }),
    t.test('UDP', async () => {
      const seen = await watch(url('h264-aac'), ({ video }) => video.length === 30, { transport: 'udp' });
      assert.equal(seen.video.length, 30);
    }),
    t.test('B-frames', async () => {
      const seen = await watch(url('h264-b'), ({ video }) => video.length === 30);
      assert.ok(steps(seen.video.map((unit) => unit.dts)).every((step) => step > 0));
      assert.ok(seen.video.some((unit) => unit.pts > unit.dts + FRAME));
    }),
    t.test('what it does not have', async () => {
      await assert.rejects(
        watch(url('nothing'), () => false),
        UserError,
      );
    }),
  ]);
});
