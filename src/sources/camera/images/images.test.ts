import assert from 'node:assert/strict';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCanvas } from '@napi-rs/canvas';
import { numberIn, pixelsOf } from '../../../../test/media/jpeg.ts';
import { systemClock } from '../../../base/clock.ts';
import { UserError } from '../../../base/errors.ts';
import { silentLog } from '../../../base/log.ts';
import type { VideoConfig } from '../../../media/access-unit.ts';
import { Pictures } from '../decoder/pictures.ts';
import { imagesAddress, patternAddress } from '../pattern/address.ts';
import { readWithFfmpeg } from '../reader/read-with-ffmpeg.ts';
import { naturalOrder } from './folder.ts';

/** Shows what an address without a camera gives, picture by picture, until `look` is content. */
async function watch(
  url: string,
  look: (jpeg: Uint8Array, frame: number | undefined) => Promise<boolean>,
): Promise<VideoConfig> {
  const stop = new AbortController();
  const pictures = new Pictures(systemClock, silentLog);
  const track = pictures.track();
  const late = AbortSignal.timeout(60_000);
  let config: VideoConfig | undefined;
  let seen: unknown;
  track.watch({ quality: 90 }, 30, (picture) => {
    seen = Promise.resolve(seen)
      .then(() => numberIn(picture))
      .then((frame) => look(picture.data, frame))
      .then((enough) => enough && stop.abort());
  });
  try {
    await readWithFfmpeg({
      url,
      username: null,
      password: null,
      clock: systemClock,
      signal: AbortSignal.any([stop.signal, late]),
      transport: 'auto',
      sound: 'none',
      onConfig: ({ video }) => {
        config = video;
        track.start(video);
      },
      onUnit: (unit) => track.push(unit),
      unhurried: () => false,
      onNote: () => undefined,
    } as Parameters<typeof readWithFfmpeg>[0]);
    throw new Error('the stream has ended');
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    pictures.close();
    await seen;
  }
  assert.ok(config);
  return config;
}

test('test: shows the number of the picture, in H.264 and H.265, in the size that is asked for', async () => {
  for (const [url, codec] of [
    ['test:?size=320x180&fps=10&gop=1', 'h264'],
    ['test:?size=320x180&fps=10&gop=1&codec=h265', 'h265'],
  ] as const) {
    const frames: number[] = [];
    const config = await watch(url, async (jpeg, frame) => {
      const { data, width } = await pixelsOf(jpeg);
      const at = (20 * width + Math.round((5.5 / 7) * width)) * 4;
      const red = [...data.subarray(at, at + 3)];
      // 75 % red of ITU-R BT.709, through the matrix of JPEG.
      assert.ok(Math.abs((red[0] ?? 0) - 191) < 12 && (red[1] ?? 0) < 14 && (red[2] ?? 0) < 14, red.join(' '));
      if (frame !== undefined) frames.push(frame);
      return frames.length >= 5;
    });
    assert.deepEqual([config.codec, config.width, config.height], [codec, 320, 180]);
    assert.ok(
      frames.every((frame, index) => index === 0 || frame > (frames[index - 1] ?? 0)),
      frames.join(' '),
    );
  }
});

test('what stands behind test: and images: is understood, or the word that is not is named', () => {
  assert.deepEqual(patternAddress('test:'), { width: 1280, height: 720, fps: 15, gop: 2, codec: 'h264' });
  assert.equal(patternAddress('test:?fps=5&gop=0.5').gop, 0.5);
  for (const [url, word] of [
    ['test:?size=13x7', 'size'],
    ['test:?fps=0', 'fps'],
    ['test:?fps=', 'fps'],
    ['test:?codec=vp8', 'codec'],
    ['test:?colour=red', 'colour'],
  ] as const)
    assert.throws(
      () => patternAddress(url),
      (error) => error instanceof UserError && error.message.includes(`“${word}”`),
    );
  assert.deepEqual(imagesAddress('images:/srv/my%20pictures?fps=0.5&show=newest'), {
    folder: '/srv/my pictures',
    show: 'newest',
    fps: 0.5,
    size: undefined,
  });
  assert.equal(imagesAddress('images:///srv/a').folder, '/srv/a');
  assert.throws(() => imagesAddress('images:pictures'), /not named from the root/);
  assert.deepEqual(['10.jpg', '2.jpg', 'b1', 'a1'].sort(naturalOrder), ['2.jpg', '10.jpg', 'a1', 'b1']);
});

test('images: shows a folder in natural order, or always its newest file; a torn file is left out', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-images-'));
  try {
    const shades = { '1.png': 40, '2.png': 120, '10.png': 200 };
    const paint = async (name: string, grey: number): Promise<void> => {
      const canvas = createCanvas(160, 90);
      const context = canvas.getContext('2d');
      context.fillStyle = `rgb(${grey},${grey},${grey})`;
      context.fillRect(0, 0, 160, 90);
      await writeFile(join(folder, name), await canvas.encode('png'));
    };
    for (const [name, grey] of Object.entries(shades)) await paint(name, grey);
    await writeFile(join(folder, '3.png'), 'torn');
    await writeFile(join(folder, 'notes.txt'), 'no image');
    const order: number[] = [];
    const shade = async (jpeg: Uint8Array): Promise<number> => {
      const { data, width } = await pixelsOf(jpeg);
      const grey = data[(20 * width + 20) * 4] ?? 0;
      return Object.values({ ...shades, new: 250 }).find((known) => Math.abs(known - grey) < 12) ?? grey;
    };
    await watch(`images:${folder}?fps=4`, async (jpeg) => {
      const grey = await shade(jpeg);
      if (order.at(-1) !== grey) order.push(grey);
      return order.length >= 5;
    });
    assert.deepEqual(order.slice(0, 5), [40, 120, 200, 40, 120]);

    await utimes(join(folder, '2.png'), new Date(), new Date(Date.now() + 1000));
    let painted: Promise<void> | undefined;
    const newest: number[] = [];
    await watch(`images:${folder}?show=newest`, async (jpeg) => {
      newest.push(await shade(jpeg));
      painted ??= paint('0.png', 250).then(() =>
        utimes(join(folder, '0.png'), new Date(), new Date(Date.now() + 5000)),
      );
      return newest.at(-1) === 250;
    });
    assert.equal(newest[0], 120);
    await painted;
    await assert.rejects(
      watch(`images:${folder}/none`, async () => true),
      /folder of images cannot be read/,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
