/** Makes and reads test footage; see `footage.ts`. */
import { rmSync } from 'node:fs';
import { AV_PIX_FMT_RGBA, AV_PIX_FMT_YUV420P, AV_SAMPLE_FMT_S16, AVCOL_RANGE_MPEG } from 'node-av/constants';
import { SoftwareScaleContext } from 'node-av/lib';
import { BAR_ROWS, type Pixels, paintBars, readBars } from '../../src/media/barcode.ts';
import { FileWriter } from '../../src/media/codec/file-writer.ts';
import { InputFile, secondsOf } from '../../src/media/codec/input-file.ts';
import { breathe, check, EAGAIN, newFrame, newPacket, newPicture, quietLog } from '../../src/media/codec/native.ts';
import { SoundEncoder, type SoundPackets } from '../../src/media/codec/sound-encoder.ts';
import { drawContent } from './content.ts';
import type { FootageOptions, LookedArea, Seen } from './footage.ts';

type Message = { do: 'make'; options: FootageOptions } | { do: 'look'; path: string; areas: readonly LookedArea[] };

process.once('message', (message: Message) => {
  quietLog();
  const work = message.do === 'make' ? make(message.options) : Promise.resolve(look(message.path, message.areas));
  work.then(
    (answer) => process.send?.(answer ?? null, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

async function make(options: FootageOptions): Promise<undefined> {
  const { width, height, fps } = options;
  const frames = Math.round(options.seconds * fps);
  const picture = newPicture(width, height, AV_PIX_FMT_YUV420P);
  picture.colorRange = AVCOL_RANGE_MPEG;
  const street = options.content === 'street' ? await streetPainter(width, height) : undefined;
  const packets = `${options.path}.sound`;
  const writer = new FileWriter({
    path: options.path,
    size: { width, height },
    rate: { num: fps, den: 1 },
    coding: { codec: 'h264', rate: { crf: options.crf ?? 12 }, preset: 'ultrafast', keySeconds: 2 },
    sound: options.sound ? tone(packets, options.seconds) : undefined,
    metadata: { title: 'test footage' },
    sample: picture,
  });
  for (let index = 0; index < frames; index++) {
    check(picture.makeWritable(), 'picture');
    const [luma, cb, cr] = picture.data ?? [];
    if (!luma || !cb || !cr) throw new Error('no planes');
    const number = (options.firstFrame ?? 0) + index;
    if (street) street(picture, number / fps);
    else if (options.content !== 'street') {
      const planes = {
        width,
        height,
        luma,
        lumaStride: picture.linesize[0] ?? width,
        chroma: [cb, cr] as const,
        chromaStride: picture.linesize[1] ?? width / 2,
      };
      drawContent(options.content, planes, number, fps);
    }
    if (!options.plain) {
      const pixels: Pixels = { data: luma, width, height, channels: 1, stride: picture.linesize[0] ?? width };
      paintBars(pixels, 'frame', number);
      paintBars(pixels, 'time', Math.round((number / fps) * 1000));
    }
    writer.write(picture);
    await breathe();
  }
  writer.finish();
  rmSync(packets, { force: true });
  return undefined;
}

/** A tone that is loud in every even second and soft in every odd one. */
function tone(path: string, seconds: number): SoundPackets {
  const encoder = new SoundEncoder('aac', { bitrate: 64_000, channels: 1, sampleRate: 16_000 }, path);
  for (let second = 0; second < Math.ceil(seconds); second++) {
    const part = Math.min(1, seconds - second);
    encoder.write(
      Float32Array.from(
        { length: Math.round(16_000 * part) },
        (_, at) => Math.sin((at * 2 * Math.PI * 440) / 16_000) * (second % 2 === 0 ? 0.5 : 0.05),
      ),
    );
  }
  return encoder.finish();
}

async function streetPainter(width: number, height: number) {
  const { createCanvas } = await import('@napi-rs/canvas');
  const { streetScene } = await import('../../src/sources/camera/demo/street.ts');
  const scene = streetScene({ width, height, fps: 15 });
  const canvas = createCanvas(width, height);
  const rgba = newPicture(width, height, AV_PIX_FMT_RGBA);
  const scaler = new SoftwareScaleContext();
  scaler.allocContext();
  return (picture: ReturnType<typeof newPicture>, t: number): void => {
    scene.draw(canvas, t);
    const stride = rgba.linesize[0] ?? width * 4;
    const data = canvas.data();
    for (let row = 0; row < height; row++)
      data.copy(rgba.data?.[0] ?? data, row * stride, row * width * 4, (row + 1) * width * 4);
    check(scaler.scaleFrameSync(picture, rgba), 'scale');
  };
}

function lookInto(pixels: Pixels, { x, y, width, height }: LookedArea): Seen['areas'][number][number] {
  const row = BAR_ROWS.frame;
  const number = readBars(pixels, {
    x: (x + row.x * width) / pixels.width,
    y: (y + row.y * height) / pixels.height,
    width: (row.width * width) / pixels.width,
    height: (row.height * height) / pixels.height,
  });
  const stride = pixels.stride ?? pixels.width;
  let [sum, squares] = [0, 0];
  for (let line = y; line < y + height; line++)
    for (let column = x; column < x + width; column++) {
      const value = pixels.data[line * stride + column] ?? 0;
      sum += value;
      squares += value * value;
    }
  const mean = sum / (width * height);
  return {
    number: number === undefined ? null : Number(number),
    mean,
    spread: Math.sqrt(Math.max(0, squares / (width * height) - mean * mean)),
  };
}

function look(path: string, areas: readonly LookedArea[]): Seen {
  const file = new InputFile({ name: 'seen', path }, { video: true, audio: true });
  const { video, audio } = file;
  if (!video) throw new Error('no pictures');
  const pictures = file.decoder(video);
  const sounds = audio && file.decoder(audio);
  const packet = newPacket();
  const frame = newFrame();
  const frames: (number | null)[] = [];
  const times: (number | null)[] = [];
  const inside: ReturnType<typeof lookInto>[][] = [];
  const at: number[] = [];
  const squares: number[] = [];
  let [width, height] = [0, 0];
  const drain = (): void => {
    while (pictures.receiveFrameSync(frame) >= 0) {
      const data = frame.data?.[0];
      if (!data) continue;
      ({ width, height } = frame);
      const pixels: Pixels = { data, width, height, channels: 1, stride: frame.linesize[0] ?? width };
      const number = (row: 'frame' | 'time'): number | null => {
        const value = readBars(pixels, row);
        return value === undefined ? null : Number(value);
      };
      frames.push(number('frame'));
      times.push(number('time'));
      inside.push(areas.map((area) => lookInto(pixels, area)));
      at.push(secondsOf(frame.bestEffortTimestamp, video) ?? -1);
      frame.unref();
    }
    while (sounds && audio && sounds.receiveFrameSync(frame) >= 0) {
      const plane = frame.data?.[0];
      const start = secondsOf(frame.bestEffortTimestamp, audio) ?? 0;
      if (!plane) continue;
      const samples =
        frame.format === AV_SAMPLE_FMT_S16
          ? Float32Array.from(new Int16Array(plane.buffer, plane.byteOffset, frame.nbSamples), (one) => one / 32_768)
          : new Float32Array(plane.buffer, plane.byteOffset, frame.nbSamples);
      for (const [index, sample] of samples.entries()) {
        const slot = Math.floor((start + index / frame.sampleRate) * 10);
        if (slot >= 0) squares[slot] = (squares[slot] ?? 0) + (sample * sample) / (frame.sampleRate / 10);
      }
      frame.unref();
    }
  };
  const send = (to: typeof pictures | undefined, what: typeof packet | null): void => {
    while (to && to.sendPacketSync(what) === EAGAIN) drain();
    drain();
  };
  while (file.read(packet)) send(packet.streamIndex === video.index ? pictures : sounds, packet);
  send(pictures, null);
  send(sounds, null);
  return {
    frames,
    times,
    width,
    height,
    at,
    areas: inside,
    loudness: Array.from(squares, (sum) => Math.sqrt(sum ?? 0)),
  };
}
