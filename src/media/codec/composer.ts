/**
 * Decode → place → draw over: the frames of a clip at one size and rate. Drawing frame after frame is cheap to repeat,
 * so each attempt of the encoder composes anew and nothing large is kept on disk.
 */
import { AV_PIX_FMT_YUV420P, AVCOL_RANGE_MPEG } from 'node-av/constants';
import { type Frame, SoftwareScaleContext } from 'node-av/lib';
import type { CameraOverlay } from '../scene/camera-overlay.ts';
import { blendPatch } from '../scene/patch.ts';
import { BadInput } from './input-file.ts';
import { type Cell, fitInto, layoutCells } from './layout.ts';
import type { Measure } from './measure.ts';
import { check, newPicture } from './native.ts';
import { PictureReader } from './picture-reader.ts';
import type { FrameRate, RenderPlan, Size } from './plan.ts';
import { spanAt, type Timeline } from './timeline.ts';

interface Slot {
  input: number;
  serial: number;
  readonly scaler: SoftwareScaleContext;
  readonly cell: Cell;
  /** Upright picture of the cell's size, scaled; absent where the picture is scaled straight into the clip. */
  scaled: Frame | undefined;
  place: Cell;
}

export class Composer {
  private readonly plan: RenderPlan;
  private readonly measures: readonly (Measure | undefined)[];
  private readonly timeline: Timeline;
  private readonly rate: FrameRate;
  private readonly overlay: CameraOverlay | undefined;
  private readonly picture: Frame;
  private readonly slots: Slot[];
  private readonly readers = new Map<string, { reader: PictureReader; used: number }>();
  /** Frames of which a part is black because nothing could be decoded there. */
  blind = 0;
  private drawn = 0;
  private damagedBefore = 0;

  constructor(
    plan: RenderPlan,
    measures: readonly (Measure | undefined)[],
    timeline: Timeline,
    shape: { size: Size; rate: FrameRate },
    overlay: CameraOverlay | undefined,
  ) {
    this.plan = plan;
    this.measures = measures;
    this.timeline = timeline;
    this.rate = shape.rate;
    this.overlay = overlay;
    this.picture = newPicture(shape.size.width, shape.size.height, AV_PIX_FMT_YUV420P);
    this.picture.colorRange = AVCOL_RANGE_MPEG;
    this.slots = layoutCells(plan.layout, plan.sources.length, shape.size).map((cell) => {
      const scaler = new SoftwareScaleContext();
      scaler.allocContext();
      return { input: -1, serial: -1, scaler, cell, scaled: undefined, place: cell };
    });
    this.blank();
  }

  /** Frame `index` of the clip; valid until the next call. Its colour properties are those of the first source. */
  frame(index: number): Frame {
    const t = (index * this.rate.den) / this.rate.num;
    const now = spanAt(this.timeline, t);
    check(this.picture.makeWritable(), 'no memory for a picture');
    if (!now) return this.picture;
    this.drawn++;
    for (const [source, slot] of this.slots.entries()) {
      const shown = now.span.shows[source];
      if (!shown) {
        if (slot.input >= 0) this.fill(slot.cell);
        slot.input = -1;
        continue;
      }
      // The picture nearest in time: half a frame of tolerance, so that uneven time stamps neither drop nor repeat one.
      const half = this.rate.den / this.rate.num / 2;
      const end = shown.from + now.span.length;
      const wanted = Math.min(shown.from + now.into + half, Math.max(shown.from, end - 1e-4));
      try {
        this.show(source, slot, shown.input, wanted);
      } catch (error) {
        if (!(error instanceof BadInput)) throw error;
        // The rest of this file is damaged: that is no reason to lose the clip.
        if (slot.input >= 0) this.fill(slot.cell);
        slot.input = -1;
        this.blind++;
      }
    }
    if (this.overlay) {
      const planes = this.picture.data ?? [];
      for (const patch of this.overlay.patches(now.span.wallStart + now.into * 1000))
        blendPatch(planes, this.picture.linesize, this.picture, patch);
    }
    return this.picture;
  }

  /** Packets that could not be decoded, over all inputs. */
  get damaged(): number {
    let sum = this.damagedBefore;
    for (const { reader } of this.readers.values()) sum += reader.damaged;
    return sum;
  }

  close(): void {
    for (const { reader } of this.readers.values()) reader.close();
    for (const slot of this.slots) {
      slot.scaler.freeContext();
      slot.scaled?.free();
    }
    this.picture.free();
  }

  private show(source: number, slot: Slot, input: number, time: number): void {
    const measure = this.measures[input];
    if (!measure) throw new Error(`no input ${input}`);
    const { frame, serial } = this.reader(source, input, measure).at(time);
    if (slot.input !== input) {
      const place = fitInto(slot.cell, measure.shape);
      if (place.width !== slot.cell.width || place.height !== slot.cell.height) this.fill(slot.cell);
      const turned = measure.turn === 90 || measure.turn === 270;
      const whole = place.width === this.picture.width && place.height === this.picture.height && measure.turn === 0;
      slot.scaled?.free();
      slot.scaled = whole
        ? undefined
        : newPicture(turned ? place.height : place.width, turned ? place.width : place.height, AV_PIX_FMT_YUV420P);
      slot.place = place;
      slot.serial = -1;
      slot.input = input;
    }
    if (source === 0) this.takeColours(frame);
    const target = slot.scaled ?? this.picture;
    target.colorRange = AVCOL_RANGE_MPEG;
    target.colorSpace = this.picture.colorSpace;
    target.colorPrimaries = this.picture.colorPrimaries;
    target.colorTrc = this.picture.colorTrc;
    if (!slot.scaled || serial !== slot.serial)
      check(slot.scaler.scaleFrameSync(target, frame), 'cannot scale a picture');
    slot.serial = serial;
    if (slot.scaled) this.blit(slot.scaled, slot.place, measure.turn);
  }

  /** Keeps the colours as they came, so that nothing is converted but the range. */
  private takeColours(frame: Frame): void {
    this.picture.colorSpace = frame.colorSpace;
    this.picture.colorPrimaries = frame.colorPrimaries;
    this.picture.colorTrc = frame.colorTrc;
  }

  private reader(source: number, input: number, measure: Measure): PictureReader {
    const key = `${source}:${input}`;
    const known = this.readers.get(key);
    if (known) {
      known.used = this.drawn;
      return known.reader;
    }
    // One open file per source is enough: pieces follow each other.
    for (const [other, { reader, used }] of this.readers)
      if (other.startsWith(`${source}:`) && used < this.drawn) {
        this.damagedBefore += reader.damaged;
        reader.close();
        this.readers.delete(other);
      }
    const file = this.plan.inputs[input];
    if (!file) throw new Error(`no input ${input}`);
    const reader = new PictureReader(file, measure);
    this.readers.set(key, { reader, used: this.drawn });
    return reader;
  }

  private blank(): void {
    this.fill({ x: 0, y: 0, width: this.picture.width, height: this.picture.height });
  }

  private fill(cell: Cell): void {
    const planes = this.picture.data ?? [];
    for (const [index, plane] of planes.slice(0, 3).entries()) {
      const by = index === 0 ? 1 : 2;
      const stride = this.picture.linesize[index] ?? 0;
      for (let row = cell.y / by; row < (cell.y + cell.height) / by; row++)
        plane.fill(index === 0 ? 16 : 128, row * stride + cell.x / by, row * stride + (cell.x + cell.width) / by);
    }
  }

  private blit(from: Frame, place: Cell, turn: number): void {
    const source = from.data ?? [];
    const target = this.picture.data ?? [];
    for (let index = 0; index < 3; index++) {
      const [a, b] = [source[index], target[index]];
      if (!a || !b) continue;
      const by = index === 0 ? 1 : 2;
      const [fromStride = 0, toStride = 0] = [from.linesize[index], this.picture.linesize[index]];
      const width = place.width / by;
      const height = place.height / by;
      const start = (place.y / by) * toStride + place.x / by;
      if (turn === 0)
        for (let row = 0; row < height; row++)
          a.copy(b, start + row * toStride, row * fromStride, row * fromStride + width);
      else copyTurned(a, fromStride, b, start, toStride, { width, height }, turn);
    }
  }
}

function copyTurned(
  from: Uint8Array,
  fromStride: number,
  to: Uint8Array,
  start: number,
  toStride: number,
  size: Size,
  turn: number,
): void {
  for (let row = 0; row < size.height; row++)
    for (let column = 0; column < size.width; column++) {
      let at: number;
      if (turn === 90) at = column * fromStride + (size.height - 1 - row);
      else if (turn === 270) at = (size.width - 1 - column) * fromStride + row;
      else at = (size.height - 1 - row) * fromStride + (size.width - 1 - column);
      to[start + row * toStride + column] = from[at] ?? 0;
    }
}
