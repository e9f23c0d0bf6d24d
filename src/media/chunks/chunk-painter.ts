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
import { KeptDrawings } from '../overlay/kept-drawings.ts';
import type { KeptDrawing } from '../overlay/overlay-scene.ts';
import { BT709 } from '../pixels/matrix.ts';
import { Picture, type Planes } from '../pixels/picture.ts';
import { evenRect, fewRects, overlap, type Rect } from '../pixels/rect.ts';
import type { DrawnFrame } from './drawn-scene.ts';
import { Easel } from './easel.ts';
import { FrameSurface } from './frame-surface.ts';
import { GroundLayer } from './ground-layer.ts';

export class ChunkPainter {
  private readonly size: Size;
  private readonly frame: Frame;
  private readonly picture: Picture;
  private readonly surface: FrameSurface;
  private readonly drawings = new KeptDrawings(BT709);
  private readonly ground: GroundLayer;
  private dark = false;
  /** What lies over the ground: what was drawn, and what is kept. */
  private drawn: Rect[] = [];
  private kept: readonly Kept[] = [];
  /** What is kept and has been on the picture since the frame before, with nothing of this frame under it. */
  private readonly intact = new Set<Kept>();
  private bytes: Planes | undefined;

  constructor(size: Size) {
    this.size = size;
    this.frame = newPicture(size.width, size.height, AV_PIX_FMT_YUV420P);
    this.frame.colorRange = AVCOL_RANGE_MPEG;
    this.frame.colorSpace = AVCOL_SPC_BT709;
    this.frame.colorPrimaries = AVCOL_PRI_BT709;
    this.frame.colorTrc = AVCOL_TRC_BT709;
    this.picture = new Picture(size, this.planes().strides);
    const easel = new Easel();
    this.ground = new GroundLayer(size, easel);
    this.surface = new FrameSurface(
      size,
      (rect) => {
        this.drawn.push(rect);
        this.uncover(rect);
      },
      (rect) => this.showGround(rect),
      easel,
    );
  }

  /** Valid until the next call. */
  paint(frame: DrawnFrame): Frame {
    if (!this.frame.isWritable) {
      check(this.frame.makeWritable(), 'no memory for a picture');
      this.bytes = undefined;
    }
    const kept = this.keptOf(frame);
    const changed = this.ground.lay(frame.ground);
    const { dark = false } = frame;
    const behind = dark !== this.dark ? [{ x: 0, y: 0, ...this.size }] : dark ? [] : changed;
    this.dark = dark;
    this.restore([...behind, ...this.drawn], kept);
    this.drawn = [];
    this.surface.begin(this.picture);
    frame.draw(this.surface);
    for (const one of kept) if (!this.intact.has(one)) this.lay(one);
    this.kept = kept;
    this.picture.write(this.planes());
    return this.frame;
  }

  /** A picture as all others are, but for what is on it. */
  get blank(): Frame {
    return this.frame;
  }

  close(): void {
    this.frame.free();
    this.picture.close();
    this.ground.close();
  }

  private lay({ drawing, rect }: Kept): void {
    if (drawing.sprites) this.surface.lay(drawing.sprites, rect);
    else this.drawings.lay(drawing, rect, this.picture);
  }

  /** Two that look the same at the same place are two all the same: what lies twice is seen twice. */
  private keptOf(frame: DrawnFrame): Kept[] {
    const seen = new Map<string, number>();
    return frame.kept().flatMap((drawing): Kept[] => {
      const rect = evenRect(drawing.rect, this.size);
      if (!rect) return [];
      const times = seen.get(drawing.key) ?? 0;
      seen.set(drawing.key, times + 1);
      return [{ key: times === 0 ? drawing.key : `${drawing.key} ${times}`, rect, drawing }];
    });
  }

  /**
   * Takes away what the frame before drew, and what of the kept is not kept any more or will have something new beside it.
   * @param dirty what was drawn, and where the ground has changed @param kept of this frame
   */
  private restore(dirty: Rect[], kept: readonly Kept[]): void {
    const before = new Set(this.kept.map(({ key }) => key));
    const now = new Set(kept.map(({ key }) => key));
    this.intact.clear();
    for (const { key, rect } of this.kept) if (!now.has(key)) dirty.push(rect);
    for (const one of kept)
      if (before.has(one.key)) this.intact.add(one);
      else dirty.push(one.rect);
    for (const rect of fewRects(dirty)) {
      this.uncoverGround(rect);
      this.uncover(rect);
    }
  }

  /** Of what is kept: what touches a changed rectangle is taken away, to be laid down again at the end; then what touches that. */
  private uncover(changed: Rect): void {
    for (const one of this.intact) {
      if (!overlap(one.rect, changed)) continue;
      this.intact.delete(one);
      this.uncoverGround(one.rect);
      this.uncover(one.rect);
    }
  }

  private uncoverGround(rect: Rect): void {
    if (this.dark) this.picture.clear(rect);
    else this.showGround(rect);
  }

  private showGround(rect: Rect): void {
    this.ground.show(rect);
    this.picture.copy(this.ground.picture, rect);
  }

  /** Asked for once: each asking gives new buffers, whose sizes make the garbage collector run. */
  private planes(): Planes {
    if (this.bytes) return this.bytes;
    const [y, cb, cr] = this.frame.data ?? [];
    const [a, b, c] = this.frame.linesize;
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
