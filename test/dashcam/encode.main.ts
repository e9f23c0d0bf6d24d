/** Forked by `encoded-clip.ts`: what a camera of a car might see, encoded as such cameras do (no B-frames, one slice a picture). */
import { closeSync, openSync, writeSync } from 'node:fs';
import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { Frame, Packet, Rational } from 'node-av/lib';
import { paintBars } from '../../src/media/barcode.ts';
import { check, EAGAIN, EOF, openEncoder, quietLog } from '../../src/media/codec/native.ts';
import type { ViewSpec } from './encoded-clip.ts';
import { randomOf } from './random.ts';

process.once('message', (message) => {
  const { view, path } = message as { view: ViewSpec; path: string };
  quietLog();
  encode(view, path);
  process.disconnect();
});

function encode(view: ViewSpec, path: string): void {
  const { codec, width, height, pictures, gop, bitrate } = view;
  const fps = 36;
  const encoder = openEncoder(
    codec === 'h264' ? 'libx264' : 'libx265',
    (context) => {
      context.width = width;
      context.height = height;
      context.pixelFormat = AV_PIX_FMT_YUV420P;
      context.timeBase = new Rational(1, fps);
      context.framerate = new Rational(fps, 1);
      context.gopSize = gop;
      context.bitRate = BigInt(bitrate);
      context.maxBFrames = 0;
    },
    codec === 'h264'
      ? {
          preset: 'veryfast',
          'x264-params': `keyint=${gop}:min-keyint=${gop}:scenecut=0:bframes=0:slices=1:threads=1:aud=0`,
        }
      : {
          preset: 'ultrafast',
          'x265-params': `keyint=${gop}:min-keyint=${gop}:scenecut=0:bframes=0:open-gop=0:log-level=none`,
        },
  );
  const packet = new Packet();
  packet.alloc();
  const file = openSync(path, 'w');
  const drain = (frame: Frame | null): void => {
    check(encoder.sendFrameSync(frame), 'cannot encode');
    for (;;) {
      const got = encoder.receivePacketSync(packet);
      if (got === EAGAIN || got === EOF) return;
      check(got, 'cannot encode');
      if (packet.data) writeSync(file, packet.data);
      packet.unref();
    }
  };
  const draw = scenery(view);
  for (let n = 0; n < pictures; n += 1) {
    const picture = draw(n / fps);
    if (view.numbered !== undefined) number(picture, view, view.numbered + n);
    const frame = Frame.fromVideoBuffer(picture, {
      width,
      height,
      format: AV_PIX_FMT_YUV420P,
      timeBase: new Rational(1, fps),
      pts: BigInt(n),
    });
    drain(frame);
    frame.free();
  }
  drain(null);
  closeSync(file);
  encoder.freeContext();
}

/** Bars near the lower edge, and colours that leave them alone. */
function number(picture: Buffer, { width, height }: ViewSpec, value: number): void {
  const luma = { data: picture.subarray(0, width * height), width, height, channels: 1 } as const;
  const top = Math.floor(height * 0.95);
  luma.data.fill(128, top * width);
  paintBars(luma, 'frame', value);
}

/** Fields of colour that belong to the camera, before which things pass; with grain, so that no two pictures are alike. */
function scenery({ width, height, camera }: ViewSpec): (seconds: number) => Buffer {
  const random = randomOf(camera * 7919 + 1);
  const spots = Array.from({ length: 9 }, () => ({
    x: random.below(width),
    y: random.below(height),
    radius: height / 8 + random.below(height / 3),
    shade: 30 + random.below(190),
    cb: 60 + random.below(140),
    cr: 60 + random.below(140),
    speed: (random.below(200) - 100) / 400,
  }));
  const picture = Buffer.alloc((width * height * 3) / 2);
  const half = width / 2;
  return (seconds) => {
    picture.fill(60 + ((camera * 37) % 120), 0, width * height);
    picture.fill(128 + ((camera * 23) % 40) - 20, width * height);
    for (const { x, y, radius, shade, cb, cr, speed } of spots) {
      const left = Math.round(x + speed * width * Math.sin(seconds * 0.8) - radius);
      const from = Math.max(0, left);
      const to = Math.min(width, left + 2 * Math.round(radius));
      if (to <= from) continue;
      const top = Math.max(0, Math.round(y - radius));
      for (let row = top; row < Math.min(height, y + radius); row += 1) {
        picture.fill(shade, row * width + from, row * width + to);
        if (row % 2 > 0) continue;
        const at = width * height + (row >> 1) * half;
        picture.fill(cb, at + (from >> 1), at + (to >> 1));
        picture.fill(cr, at + half * (height / 2) + (from >> 1), at + half * (height / 2) + (to >> 1));
      }
    }
    for (let at = 0; at < width * height; at += 1) picture[at] = (picture[at] ?? 0) + random.below(9);
    return picture;
  };
}
