/** Brings a part of a decoded picture to its place on the canvas, scaled by swscale. */
import { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P, AVCOL_RANGE_JPEG, SWS_BICUBIC } from 'node-av/constants';
import { type Frame, SoftwareScaleContext } from 'node-av/lib';
import { CodecError, check, newPicture } from '../codec/native.ts';
import type { Planes } from '../pixels/picture.ts';
import type { Rect } from './overlay-scene.ts';

/** A picture of our own, with its bytes: asked for once, because each asking gives new buffers whose sizes make the garbage collector run. */
interface OwnPicture {
  readonly frame: Frame;
  readonly planes: readonly Buffer[];
  readonly strides: readonly number[];
}

function ownPicture(width: number, height: number, format: Frame['format']): OwnPicture {
  const frame = newPicture(width, height, format);
  return { frame, planes: planesOf(frame), strides: frame.linesize.slice(0, 3) };
}

export class TileScaler {
  private scaler: SoftwareScaleContext | undefined;
  private shape = '';
  private source: OwnPicture | undefined;
  private scaled: OwnPicture | undefined;
  private readonly converter = new SoftwareScaleContext();

  constructor() {
    this.converter.allocContext();
  }

  /**
   * @param window even; what of it lies outside of the picture is left out, and the rest fills the place
   * @param place even, inside the target
   */
  show(picture: Frame, window: Rect, target: Planes, place: Rect): void {
    const full = picture.format === AV_PIX_FMT_YUVJ420P || picture.colorRange === AVCOL_RANGE_JPEG;
    const source = this.take(picture);
    const left = Math.max(0, Math.min(window.x & ~1, picture.width - 2));
    const top = Math.max(0, Math.min(window.y & ~1, picture.height - 2));
    const width = Math.max(2, Math.min(window.width, picture.width - left));
    const height = Math.max(2, Math.min(window.height, picture.height - top));
    const shape = `${width}×${height} ${full} ${place.width}×${place.height}`;
    if (shape !== this.shape || !this.scaler || !this.scaled) {
      this.scaler?.freeContext();
      this.scaled?.frame.free();
      this.scaler = new SoftwareScaleContext();
      const format = full ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
      this.scaler.getContext(width, height, format, place.width, place.height, AV_PIX_FMT_YUV420P, SWS_BICUBIC);
      this.scaled = ownPicture(place.width, place.height, AV_PIX_FMT_YUV420P);
      this.shape = shape;
    }
    const shifted = source.planes.map((plane, index) => {
      const by = index === 0 ? 0 : 1;
      return plane.subarray((top >> by) * (source.strides[index] ?? 0) + (left >> by));
    });
    const { planes: out, strides } = this.scaled;
    check(
      this.scaler.scaleSync(shifted, [...source.strides], 0, height, [...out], [...strides]),
      'cannot scale a picture',
    );
    copyInto(out, strides, target, place);
  }

  close(): void {
    this.scaler?.freeContext();
    this.converter.freeContext();
    this.scaled?.frame.free();
    this.source?.frame.free();
  }

  /** The picture as 8-bit 4:2:0 of the same range, in bytes that can be reached. */
  private take(picture: Frame): OwnPicture {
    const { width, height, format } = picture;
    const as = format === AV_PIX_FMT_YUVJ420P ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
    let own = this.source;
    if (own?.frame.width !== width || own.frame.height !== height || own.frame.format !== as) {
      own?.frame.free();
      own = ownPicture(width, height, as);
      this.source = own;
    }
    if (format === as) check(own.frame.copy(picture), 'cannot copy a picture');
    else {
      own.frame.colorRange = picture.colorRange;
      own.frame.colorSpace = picture.colorSpace;
      check(this.converter.scaleFrameSync(own.frame, picture), 'cannot convert a picture');
    }
    return own;
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
