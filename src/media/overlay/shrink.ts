import { AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { type Frame, SoftwareScaleContext } from 'node-av/lib';
import { check, newPicture } from '../codec/native.ts';
import type { Size } from '../codec/plan.ts';

/** Frames made smaller after all was drawn, for limits that leave too few bits. */
export class Shrink {
  private readonly scaler = new SoftwareScaleContext();
  private readonly small: Frame;

  constructor(size: Size) {
    this.scaler.allocContext();
    this.small = newPicture(size.width, size.height, AV_PIX_FMT_YUV420P);
  }

  shrink(frame: Frame): Frame {
    check(this.small.makeWritable(), 'no memory for a picture');
    this.small.colorRange = frame.colorRange;
    this.small.colorSpace = frame.colorSpace;
    this.small.colorPrimaries = frame.colorPrimaries;
    this.small.colorTrc = frame.colorTrc;
    check(this.scaler.scaleFrameSync(this.small, frame), 'cannot scale a picture');
    return this.small;
  }

  close(): void {
    this.scaler.freeContext();
    this.small.free();
  }
}
