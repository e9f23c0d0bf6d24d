/** Brings a part of a decoded picture to its place on the canvas, scaled by swscale. */
import {
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUVJ420P,
  AVCOL_RANGE_JPEG,
  AVCOL_RANGE_MPEG,
  SWS_BICUBIC,
} from 'node-av/constants';
import { type Frame, SoftwareScaleContext } from 'node-av/lib';
import { CodecError, check, newPicture } from '../codec/native.ts';
import type { Planes } from './blend.ts';
import type { Rect } from './overlay-scene.ts';

export class TileScaler {
  private scaler: SoftwareScaleContext | undefined;
  private shape = '';
  private scaled: { readonly frame: Frame; readonly planes: readonly Buffer[]; readonly strides: number[] } | undefined;
  /** For pictures that are not 8-bit 4:2:0. */
  private plain: Frame | undefined;
  private readonly converter = new SoftwareScaleContext();

  constructor() {
    this.converter.allocContext();
  }

  /**
   * @param window even; what of it lies outside of the picture is left out, and the rest fills the place
   * @param place even, inside the target
   */
  show(picture: Frame, window: Rect, target: Planes, place: Rect): void {
    const source = this.plainOf(picture);
    const left = Math.max(0, Math.min(window.x & ~1, source.width - 2));
    const top = Math.max(0, Math.min(window.y & ~1, source.height - 2));
    const width = Math.max(2, Math.min(window.width, source.width - left));
    const height = Math.max(2, Math.min(window.height, source.height - top));
    const full = source.format === AV_PIX_FMT_YUVJ420P || source.colorRange === AVCOL_RANGE_JPEG;
    const shape = `${width}×${height} ${full} ${place.width}×${place.height}`;
    if (shape !== this.shape || !this.scaler || !this.scaled) {
      this.scaler?.freeContext();
      this.scaled?.frame.free();
      this.scaler = new SoftwareScaleContext();
      const format = full ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
      this.scaler.getContext(width, height, format, place.width, place.height, AV_PIX_FMT_YUV420P, SWS_BICUBIC);
      const frame = newPicture(place.width, place.height, AV_PIX_FMT_YUV420P);
      this.scaled = { frame, planes: planesOf(frame), strides: frame.linesize.slice(0, 3) };
      this.shape = shape;
    }
    const planes = planesOf(source);
    const strides = source.linesize.slice(0, 3);
    const shifted = planes.map((plane, index) => {
      const by = index === 0 ? 0 : 1;
      return plane.subarray((top >> by) * (strides[index] ?? 0) + (left >> by));
    });
    const { planes: out, strides: outStrides } = this.scaled;
    check(this.scaler.scaleSync(shifted, strides, 0, height, [...out], outStrides), 'cannot scale a picture');
    copyInto(out, outStrides, target, place);
  }

  close(): void {
    this.scaler?.freeContext();
    this.converter.freeContext();
    this.scaled?.frame.free();
    this.plain?.free();
  }

  private plainOf(picture: Frame): Frame {
    if (picture.format === AV_PIX_FMT_YUV420P || picture.format === AV_PIX_FMT_YUVJ420P) return picture;
    if (this.plain?.width !== picture.width || this.plain.height !== picture.height) {
      this.plain?.free();
      this.plain = newPicture(picture.width, picture.height, AV_PIX_FMT_YUV420P);
    }
    this.plain.colorRange = AVCOL_RANGE_MPEG;
    this.plain.colorSpace = picture.colorSpace;
    check(this.converter.scaleFrameSync(this.plain, picture), 'cannot convert a picture');
    return this.plain;
  }
}

function planesOf(frame: Frame): Buffer[] {
  const planes = frame.data?.slice(0, 3) ?? [];
  if (planes.length < 3) throw new CodecError('a picture has no planes');
  return planes;
}

function copyInto(from: readonly Buffer[], strides: readonly number[], target: Planes, place: Rect): void {
  for (const [index, plane] of from.entries()) {
    const by = index === 0 ? 0 : 1;
    const stride = strides[index] ?? 0;
    const toStride = target.strides[index] ?? 0;
    const out = target.data[index];
    const width = place.width >> by;
    const height = place.height >> by;
    let at = (place.y >> by) * toStride + (place.x >> by);
    for (let row = 0; row < height; row++, at += toStride)
      if (out) plane.copy(out, at, row * stride, row * stride + width);
  }
}
