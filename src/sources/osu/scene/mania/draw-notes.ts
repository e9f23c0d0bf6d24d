/** Notes on their way, long notes being held, and the lines of measures behind them. */
import { type Canvas, createCanvas, type Image } from '@napi-rs/canvas';
import { around, type Brush } from '../brush.ts';
import { css } from '../colours.ts';
import { type Cover, seenAt } from './covers.ts';
import type { ManiaLayout } from './layout.ts';
import type { ManiaElements } from './mania-elements.ts';
import type { ManiaLook } from './mania-look.ts';
import type { Notes, PlayedNote } from './notes.ts';
import type { Scroll } from './scroll.ts';

/** A little more than a screen, so that nothing appears suddenly. */
const MARGIN = 1.1;

export class NotesDrawing {
  private readonly notes: Notes;
  private readonly scroll: Scroll;
  private readonly layout: ManiaLayout;
  private readonly elements: ManiaElements;
  private readonly look: ManiaLook | undefined;
  /** Places of measures, rising. */
  private readonly bars: readonly number[];
  /** Pixels of a millisecond at speed 1; negative where notes rise. */
  private readonly pixels: number;
  private readonly screen: number;
  /** Of the frame that is being drawn. */
  private covers: readonly Cover[] = [];
  private scratch: Canvas | undefined;

  /** @param range ms of the map that the way is long, at speed 1 */
  constructor(
    notes: Notes,
    scroll: Scroll,
    bars: readonly number[],
    layout: ManiaLayout,
    elements: ManiaElements,
    look: ManiaLook | undefined,
    range: number,
    screen: number,
  ) {
    this.notes = notes;
    this.scroll = scroll;
    this.bars = bars;
    this.layout = layout;
    this.elements = elements;
    this.look = look;
    this.pixels = ((layout.upsideDown ? -1 : 1) * layout.way) / range;
    this.screen = screen;
  }

  draw(brush: Brush, now: number, covers: readonly Cover[]): void {
    const here = this.scroll.at(now);
    const { layout } = this;
    const far = here + (layout.way / Math.abs(this.pixels)) * MARGIN;
    const near = here - ((this.screen - layout.way) / Math.abs(this.pixels)) * MARGIN;
    this.covers = covers;
    this.measures(brush, here, near, far);
    for (let column = 0; column < layout.columns.length; column++)
      // The furthest first, so that what is nearer lies over it.
      for (const played of this.notes.between(column, near, far).toReversed())
        this.note(brush, column, played, now, here);
  }

  /** Lower edge of a note that is at a place (upside down: its upper one). */
  private y(place: number, here: number): number {
    return this.layout.hit - (place - here) * this.pixels;
  }

  private measures(brush: Brush, here: number, near: number, far: number): void {
    const height = (this.look?.barHeight ?? 1) * this.layout.scale;
    if (height <= 0) return;
    const [colour, alpha] = this.look?.barColour ?? [{ r: 255, g: 255, b: 255 }, 0.22];
    let index = firstFrom(this.bars, near);
    for (let drawn = 0; index < this.bars.length && drawn < 60; index++, drawn++) {
      const place = this.bars[index] ?? 0;
      if (place > far) return;
      const y = this.y(place, here);
      for (const { x, width } of this.layout.stages) {
        brush.paint(around(x + width / 2, y, width, height), (context) => {
          context.fillStyle = css(colour, alpha * this.seen(y));
          context.fillRect(x, y - height / 2, width, height);
        });
      }
    }
  }

  private note(brush: Brush, column: number, played: PlayedNote, now: number, here: number): void {
    const { note, result, headAt, brokenAt } = played;
    if (result && result.value > 0 && now >= result.time) return;
    const isMissed = result !== undefined && now >= result.time;
    if (note.kind === 'note') {
      this.lay(brush, column, 'note', this.y(played.from, here), isMissed ? 0.45 : 1);
      return;
    }
    const isBroken = brokenAt !== undefined && now >= brokenAt;
    const isHeld = headAt !== undefined && now >= headAt && !isBroken && !isMissed;
    // A head that is held stays on the line once it is there.
    const from = isHeld ? Math.max(played.from, here) : played.from;
    const alpha = isBroken || isMissed ? 0.5 : 1;
    this.body(brush, column, this.y(from, here), this.y(played.to, here), isBroken || isMissed, alpha);
    if (!isHeld || played.to > here) this.lay(brush, column, 'tail', this.y(played.to, here), alpha);
    this.lay(brush, column, 'head', this.y(from, here), alpha);
  }

  private lay(brush: Brush, column: number, part: 'note' | 'head' | 'tail', y: number, alpha: number): void {
    const { x, width } = this.layout.columns[column] ?? { x: 0, width: 0 };
    const sprite = this.elements.note(column, part);
    const up = (this.layout.upsideDown ? -1 : 1) * sprite.height * 0.5;
    // A tail of a skin is drawn for the other end.
    const angle = part === 'tail' && this.look ? Math.PI : 0;
    brush.sprite(sprite, x + width / 2, y - up, 1, alpha * this.seen(y - up), angle);
  }

  private body(brush: Brush, column: number, from: number, to: number, dim: boolean, alpha: number): void {
    const { x, width } = this.layout.columns[column] ?? { x: 0, width: 0 };
    const half = (this.layout.upsideDown ? -1 : 1) * this.elements.note(column, 'head').height * 0.5;
    const [top, bottom] = [
      Math.max(-4, Math.min(from, to) - half),
      Math.min(this.screen + 4, Math.max(from, to) - half),
    ];
    if (bottom - top < 1) return;
    const { image, width: w } = this.elements.body(column, dim);
    const left = x + width / 2 - w / 2;
    const seen = this.covers.length === 0 ? undefined : this.covered(image, top, w, bottom - top);
    brush.paint(around(x + width / 2, (top + bottom) / 2, width, bottom - top), (context) => {
      context.globalAlpha = alpha;
      if (seen) context.drawImage(seen, 0, 0, w, bottom - top, left, top, w, bottom - top);
      else context.drawImage(image, left, top, w, bottom - top);
    });
  }

  /** How much of what is at a height may be seen. */
  private seen(y: number): number {
    const { hit, way, upsideDown } = this.layout;
    return seenAt(this.covers, ((hit - y) / way) * (upsideDown ? -1 : 1));
  }

  /** A body without what of it may not be seen, in the upper left corner of a canvas of its own. */
  private covered(image: Canvas | Image, top: number, width: number, height: number): Canvas {
    const { hit, way, upsideDown } = this.layout;
    const y = (part: number): number => hit - part * way * (upsideDown ? -1 : 1) - top;
    const side = Math.ceil(width);
    if (!this.scratch || this.scratch.width < side) this.scratch = createCanvas(side, this.screen + 16);
    const context = this.scratch.getContext('2d');
    context.globalCompositeOperation = 'copy';
    context.drawImage(image, 0, 0, width, height);
    context.globalCompositeOperation = 'destination-out';
    for (const { gone, whole } of this.covers) {
      const fill = context.createLinearGradient(0, y(gone), 0, y(whole));
      fill.addColorStop(0, 'rgb(0 0 0 / 1)');
      fill.addColorStop(1, 'rgb(0 0 0 / 0)');
      context.fillStyle = fill;
      context.fillRect(0, 0, side, Math.ceil(height));
    }
    return this.scratch;
  }
}

function firstFrom(rising: readonly number[], from: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}
