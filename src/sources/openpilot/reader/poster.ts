/**
 * One picture of a small film, or of a clip, as JPEG. Native: only `../reader.main.ts` loads this, and only when a picture is asked for.
 */
import { createCanvas, ImageData } from '@napi-rs/canvas';
import { EncodedPacketSink, FilePathSource, Input, MP4, MPEG_TS } from 'mediabunny';
import { AV_CODEC_ID_H264, AV_PIX_FMT_RGBA } from 'node-av/constants';
import { Codec, CodecContext, SoftwareScaleContext } from 'node-av/lib';
import { InputError } from '../../../base/errors.ts';
import {
  CodecError,
  check,
  newFrame,
  newPacket,
  newPicture,
  quietLog,
  setOptions,
} from '../../../media/codec/native.ts';
import type { ReaderFile } from './messages.ts';

/** A small film has 526 × 330; larger pictures are refused before memory is asked for. */
const MOST_PIXELS = 4_000_000;

/** The key frame at or before `at`. @throws InputError */
export async function makePoster(file: ReaderFile, at: number, width: number): Promise<Uint8Array> {
  quietLog();
  const input = new Input({ formats: [MPEG_TS, MP4], source: new FilePathSource(file.path) });
  try {
    const track = await input.getPrimaryVideoTrack();
    if (track?.codec !== 'avc') throw new InputError(file.name, 'it holds no H.264');
    const sink = new EncodedPacketSink(track);
    const zero = await track.getFirstTimestamp();
    const packet = (await sink.getKeyPacket(zero + at)) ?? (await sink.getFirstKeyPacket());
    if (!packet) throw new InputError(file.name, 'it holds no picture that can be decoded');
    // In MP4 the parameter sets stand in the head, in MPEG-TS with the picture.
    const { description } = (await track.getDecoderConfig()) ?? {};
    return decodeOne(packet.data, bytesOf(description), width);
  } catch (error) {
    if (error instanceof InputError) throw error;
    const words = error instanceof CodecError ? error.message : 'no picture of it can be read';
    throw new InputError(file.name, words, { cause: error });
  } finally {
    input.dispose();
  }
}

function bytesOf(description: ArrayBufferLike | ArrayBufferView | undefined): Buffer {
  if (description === undefined) return Buffer.alloc(0);
  return ArrayBuffer.isView(description)
    ? Buffer.from(description.buffer, description.byteOffset, description.byteLength)
    : Buffer.from(description);
}

/** @param coded a key frame: Annex B with its parameter sets, or as in MP4 @param head the body of `avcC`; empty for Annex B */
function decodeOne(coded: Uint8Array, head: Buffer, width: number): Uint8Array {
  const codec = Codec.findDecoder(AV_CODEC_ID_H264);
  if (!codec) throw new CodecError('this FFmpeg cannot decode H.264');
  const decoder = new CodecContext();
  decoder.allocContext3(codec);
  const packet = newPacket();
  const frame = newFrame();
  const scaler = new SoftwareScaleContext();
  try {
    decoder.threadCount = 1;
    if (head.length > 0) decoder.extraData = head;
    setOptions(decoder, { max_pixels: MOST_PIXELS });
    check(decoder.open2Sync(codec), 'no decoder for it');
    packet.data = Buffer.from(coded);
    packet.isKeyframe = true;
    check(decoder.sendPacketSync(packet), 'the picture cannot be decoded');
    decoder.sendPacketSync(null);
    check(decoder.receiveFrameSync(frame), 'the picture cannot be decoded');
    const height = Math.max(2, Math.round((width * frame.height) / frame.width));
    const picture = newPicture(width, height, AV_PIX_FMT_RGBA);
    try {
      scaler.allocContext();
      check(scaler.scaleFrameSync(picture, frame), 'the picture cannot be scaled');
      return jpegOf(picture.data?.[0] ?? Buffer.alloc(0), picture.linesize[0] ?? width * 4, width, height);
    } finally {
      picture.free();
    }
  } finally {
    scaler.freeContext();
    decoder.freeContext();
    packet.free();
    frame.free();
  }
}

/** @param stride bytes of a row, which may be more than its pixels */
function jpegOf(rgba: Buffer, stride: number, width: number, height: number): Uint8Array {
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let row = 0; row < height; row++)
    pixels.set(rgba.subarray(row * stride, row * stride + width * 4), row * width * 4);
  const canvas = createCanvas(width, height);
  canvas.getContext('2d').putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas.toBuffer('image/jpeg', 80);
}
