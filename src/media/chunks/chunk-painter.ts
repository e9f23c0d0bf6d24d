/** The pictures of a chunk: a ground that stays, and over it what each frame draws. Only what was touched is restored. */
import {
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_BT709,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_TRC_BT709,
} from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import { CodecError, check, newPicture } from '../codec/native.ts';
import type { Size } from '../codec/plan.ts';
import { BT709, evenRect, type Planes } from '../overlay/blend.ts';
import { OverlayPainter } from '../overlay/overlay-painter.ts';
import type { KeptDrawing, Rect } from '../overlay/overlay-scene.ts';
import type { DrawnFrame } from './drawn-scene.ts';
import { GroundLayer } from './ground-layer.ts';

export class ChunkPainter {
  private readonly size: Size;
  private readonly picture: Frame;
  private readonly painter: OverlayPainter;
  private readonly ground: GroundLayer;
  /** What lies over the ground: what was drawn, and what is kept. */
  private drawn: readonly Rect[] = [];
  private kept: readonly Kept[] = [];
  private bytes: Planes | undefined;

  constructor(size: Size) {
    this.size = size;
    this.picture = newPicture(size.width, size.height, AV_PIX_FMT_YUV420P);
    this.picture.colorRange = AVCOL_RANGE_MPEG;
    this.picture.colorSpace = AVCOL_SPC_BT709;
    this.picture.colorPrimaries = AVCOL_PRI_BT709;
    this.picture.colorTrc = AVCOL_TRC_BT709;
    this.painter = new OverlayPainter(size, BT709);
    this.ground = new GroundLayer(size);
  }

  /** Valid until the next call. */
  paint(frame: DrawnFrame): Frame {
    if (!this.picture.isWritable) {
      check(this.picture.makeWritable(), 'no memory for a picture');
      this.bytes = undefined;
    }
    const planes = this.planes();
    const drawn = this.painter.drawn(frame);
    const kept = frame.kept().flatMap((drawing): Kept[] => {
      const rect = evenRect(drawing.rect, this.size);
      return rect ? [{ key: drawing.key, rect, drawing }] : [];
    });
    const { dirty, again } = changes([...this.ground.lay(frame.ground), ...this.drawn], this.kept, drawn, kept);
    for (const rect of dirty) copyRect(this.ground.planes, planes, rect);
    this.painter.blend(drawn, planes);
    for (const { drawing } of again) this.painter.lay(drawing, planes);
    this.drawn = drawn;
    this.kept = kept;
    return this.picture;
  }

  /** A picture as all others are, but for what is on it. */
  get blank(): Frame {
    return this.picture;
  }

  close(): void {
    this.picture.free();
  }

  /** Asked for once: each asking gives new buffers, whose sizes make the garbage collector run. */
  private planes(): Planes {
    if (this.bytes) return this.bytes;
    const [y, cb, cr] = this.picture.data ?? [];
    const [a, b, c] = this.picture.linesize;
    if (!y || !cb || !cr || !a || !b || !c) throw new CodecError('a picture has no planes');
    this.bytes = { data: [y, cb, cr], strides: [a, b, c] };
    return this.bytes;
  }
}

interface Kept {
  readonly key: string;
  /** Even, inside the picture. */
  readonly rect: Rect;
  readonly drawing: KeptDrawing;
}

/**
 * What is to be restored from the ground, and which kept drawings are to be laid down again: those that are new, and those under which
 * something has changed. All others are on the picture already.
 */
function changes(
  drawnBefore: readonly Rect[],
  keptBefore: readonly Kept[],
  drawn: readonly Rect[],
  kept: readonly Kept[],
): { dirty: readonly Rect[]; again: readonly Kept[] } {
  const before = new Set(keptBefore.map(({ key }) => key));
  const now = new Set(kept.map(({ key }) => key));
  const dirty = [...drawnBefore, ...drawn, ...keptBefore.filter(({ key }) => !now.has(key)).map(({ rect }) => rect)];
  const again = new Set(kept.filter(({ key }) => !before.has(key)));
  for (const { rect } of again) dirty.push(rect);
  // What is laid down again touches others, and those others.
  for (let at = 0; at < dirty.length; at++)
    for (const one of kept) {
      if (again.has(one) || !overlap(one.rect, dirty[at] as Rect)) continue;
      again.add(one);
      dirty.push(one.rect);
    }
  return { dirty, again: kept.filter((one) => again.has(one)) };
}

const overlap = (a: Rect, b: Rect): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** @param rect even, inside of both */
function copyRect(from: Planes, to: Planes, rect: Rect): void {
  for (const [index, plane] of from.data.entries()) {
    const by = index === 0 ? 0 : 1;
    const target = to.data[index];
    const [source, stride] = [from.strides[index] ?? 0, to.strides[index] ?? 0];
    const [x, width] = [rect.x >> by, rect.width >> by];
    for (let row = rect.y >> by; row < (rect.y + rect.height) >> by; row++)
      target?.set(plane.subarray(row * source + x, row * source + x + width), row * stride + x);
  }
}
