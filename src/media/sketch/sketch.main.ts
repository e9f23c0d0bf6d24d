/**
 * Decodes key pictures and gives each back as a sketch. One task, then it ends. Forked by `sketch.ts`.
 */
import { AV_CODEC_ID_H264, AV_CODEC_ID_HEVC } from 'node-av/constants';
import { Codec, CodecContext, type Frame } from 'node-av/lib';
import { CodecError, check, newFrame, newPacket, setOptions } from '../codec/native.ts';
import { serveTask } from '../codec/serve-task.ts';
import { type CodedKeyPicture, SKETCH, type Sketch, type SketchTask } from './messages.ts';

/** 8K and a little: larger pictures are refused before memory is asked for. */
const MOST_PIXELS = 36_000_000;

serveTask<SketchTask, (Sketch | null)[]>(async ({ pictures }, report) =>
  pictures.map((picture, index) => {
    report((index + 1) / pictures.length, 'comparing pictures');
    return sketch(picture);
  }),
);

/** Null when it cannot be decoded, or is no 8-bit picture. */
function sketch({ codec: name, description, sample }: CodedKeyPicture): Sketch | null {
  const codec = Codec.findDecoder(name === 'h264' ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC);
  if (codec === null) return null;
  const context = new CodecContext();
  const packet = newPacket();
  const frame = newFrame();
  try {
    context.allocContext3(codec);
    context.extraData = Buffer.from(description, 'base64');
    context.threadCount = 1;
    setOptions(context, { max_pixels: MOST_PIXELS });
    check(context.open2Sync(codec), 'the decoder does not take this stream');
    packet.data = Buffer.from(sample, 'base64');
    packet.isKeyframe = true;
    check(context.sendPacketSync(packet), 'the picture is not taken');
    context.sendPacketSync(null);
    check(context.receiveFrameSync(frame), 'no picture comes out of it');
    return meansOf(frame);
  } catch (error) {
    if (error instanceof CodecError) return null;
    throw error;
  } finally {
    frame.free();
    packet.free();
    context.freeContext();
  }
}

function meansOf(frame: Frame): Sketch | null {
  const plane = (index: number, width: number, height: number): number[] | null => {
    const data = frame.data?.[index];
    const stride = frame.linesize[index] ?? 0;
    if (!data || stride < width || data.length < stride * (height - 1) + width) return null;
    return gridOf(data, stride, width, height);
  };
  // 8 bits, with colours at half of the size: what cars and nearly all cameras write.
  const half = (side: number): number => (side + 1) >> 1;
  const luma = plane(0, frame.width, frame.height);
  const blue = plane(1, half(frame.width), half(frame.height));
  const red = plane(2, half(frame.width), half(frame.height));
  return luma && blue && red ? { luma, blue, red } : null;
}

function gridOf(data: Buffer, stride: number, width: number, height: number): number[] {
  const { columns, rows } = SKETCH;
  const sums = new Float64Array(columns * rows);
  const counts = new Float64Array(columns * rows);
  for (let y = 0; y < height; y += 1) {
    const row = Math.floor((y * rows) / height) * columns;
    for (let x = 0; x < width; x += 1) {
      const cell = row + Math.floor((x * columns) / width);
      sums[cell] = (sums[cell] ?? 0) + (data[y * stride + x] ?? 0);
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
  }
  return Array.from(sums, (sum, cell) => Math.round((100 * sum) / Math.max(1, counts[cell] ?? 1)) / 100);
}
