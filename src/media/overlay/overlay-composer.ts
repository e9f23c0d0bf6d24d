/**
 * Pictures of the footage → their places → what is drawn over them: the frames of a clip, one after the other.
 */
import {
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_BT709,
  AVCOL_PRI_SMPTE170M,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_SPC_SMPTE170M,
  AVCOL_TRC_BT709,
  AVCOL_TRC_SMPTE170M,
} from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import { BadInput } from '../codec/input-file.ts';
import { CodecError, check, newPicture } from '../codec/native.ts';
import type { Size } from '../codec/plan.ts';
import { BT601, BT709 } from '../pixels/matrix.ts';
import type { Planes } from '../pixels/picture.ts';
import { type NumberedPictures, type OverlayInput, openPictures } from './numbered-pictures.ts';
import type { OverlayPainter } from './overlay-painter.ts';
import type { OverlayFrame, Rect, Tile } from './overlay-scene.ts';
import { TileScaler } from './tile-scaler.ts';

export interface ComposerShape {
  /** Of the scene's canvas. */
  readonly canvas: Size;
  /** Of the frames; smaller than the canvas only where nothing is drawn. */
  readonly size: Size;
  /** Whether the overlay is drawn; otherwise light inputs are used where there are any. */
  readonly drawn: boolean;
}

interface Open {
  readonly pictures: NumberedPictures;
  used: number;
}

export class OverlayComposer {
  /** Frames with a picture that was missing or could not be decoded. */
  missing = 0;
  private readonly inputs: readonly OverlayInput[];
  private readonly shape: ComposerShape;
  private readonly picture: Frame;
  private readonly scalers: TileScaler[] = [];
  private readonly open = new Map<number, Open>();
  private places = '';
  private composed = 0;
  private painter: OverlayPainter | undefined;
  private coloured = false;
  private bytes: Planes | undefined;

  constructor(inputs: readonly OverlayInput[], shape: ComposerShape) {
    this.inputs = inputs;
    this.shape = shape;
    this.picture = newPicture(shape.size.width, shape.size.height, AV_PIX_FMT_YUV420P);
    this.picture.colorRange = AVCOL_RANGE_MPEG;
    this.clear();
  }

  /** The picture of this frame; valid until the next call. */
  async compose(frame: OverlayFrame): Promise<Frame> {
    if (!this.picture.isWritable) {
      check(this.picture.makeWritable(), 'no memory for a picture');
      this.bytes = undefined;
    }
    this.composed++;
    const tiles = frame.tiles.map((tile) => this.fit(tile));
    const places = JSON.stringify(tiles.map((tile) => tile.place));
    if (places !== this.places) this.clear();
    this.places = places;
    let whole = true;
    for (const [index, tile] of tiles.entries()) whole = this.show(index, tile) && whole;
    if (!this.coloured) this.lookForColours();
    if (!whole) this.missing++;
    for (const [input, { pictures, used }] of this.open)
      if (used < this.composed) {
        pictures.close();
        this.open.delete(input);
      }
    if (this.shape.drawn) (await this.paint()).paint(frame, this.planes());
    return this.picture;
  }

  close(): void {
    for (const { pictures } of this.open.values()) pictures.close();
    for (const scaler of this.scalers) scaler.close();
    this.picture.free();
  }

  /** The tile at the size of the frames, from the light input where that is enough. */
  private fit(tile: Tile): Tile {
    const { canvas, size, drawn } = this.shape;
    if (drawn) return tile;
    const light = this.inputs[tile.input]?.light;
    const place = scaleRect(tile.place, size.width / canvas.width, size.height / canvas.height);
    if (!light) return { ...tile, place };
    return { ...tile, input: light.input, window: scaleRect(tile.window, light.scale, light.scale), place };
  }

  private show(index: number, tile: Tile): boolean {
    const { pictures } = this.opened(tile.input);
    const shown = pictures.at(tile.picture);
    this.takeColours(shown.frame);
    let scaler = this.scalers[index];
    if (!scaler) {
      scaler = new TileScaler();
      this.scalers[index] = scaler;
    }
    scaler.show(shown.frame, tile.window, this.planes(), tile.place);
    return shown.number === tile.picture;
  }

  private opened(input: number): Open {
    let open = this.open.get(input);
    if (!open) {
      const file = this.inputs[input];
      if (!file) throw new Error(`no input ${input}`);
      open = { pictures: openPictures(file), used: 0 };
      this.open.set(input, open);
    }
    open.used = this.composed;
    return open;
  }

  /** Drawings need to know how colours become Y, Cb and Cr. Footage that does not say is taken for BT.601, and the clip says so. */
  private takeColours(frame: Frame): void {
    if (this.coloured) return;
    this.coloured = true;
    const hd = frame.colorSpace === AVCOL_SPC_BT709;
    this.picture.colorSpace = hd ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
    this.picture.colorPrimaries = hd ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE170M;
    this.picture.colorTrc = hd ? AVCOL_TRC_BT709 : AVCOL_TRC_SMPTE170M;
  }

  /** The clip begins in a gap: the encoder and the drawings want to know the colours before there is a picture. */
  private lookForColours(): void {
    for (const input of this.inputs.keys()) {
      try {
        this.takeColours(this.opened(input).pictures.at(0).frame);
        return;
      } catch (error) {
        // It is told of when its pictures are asked for.
        if (!(error instanceof BadInput)) throw error;
      }
    }
    this.coloured = true;
  }

  private async paint(): Promise<OverlayPainter> {
    if (this.painter) return this.painter;
    // The canvas is only loaded where something is drawn.
    const { OverlayPainter } = await import('./overlay-painter.ts');
    const matrix = this.picture.colorSpace === AVCOL_SPC_BT709 ? BT709 : BT601;
    this.painter = new OverlayPainter(this.shape.size, matrix);
    return this.painter;
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

  private clear(): void {
    for (const [index, plane] of this.planes().data.entries()) plane.fill(index === 0 ? 16 : 128);
  }
}

/** In even pixels, at least two. */
function scaleRect(rect: Rect, x: number, y: number): Rect {
  const even = (value: number): number => Math.round(value / 2) * 2;
  const left = even(rect.x * x);
  const top = even(rect.y * y);
  return {
    x: left,
    y: top,
    width: Math.max(2, even((rect.x + rect.width) * x) - left),
    height: Math.max(2, even((rect.y + rect.height) * y) - top),
  };
}
