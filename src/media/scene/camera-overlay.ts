/**
 * Title and clock over a camera's picture, each a small patch that is drawn again only when its words change.
 */
import { createCanvas } from '@napi-rs/canvas';
import { inter } from './font.ts';
import { type Patch, patchFromRgba } from './patch.ts';
import { wallClock } from './wall-clock.ts';

export interface CameraOverlayOptions {
  readonly title?: string;
  readonly clock: boolean;
  /** IANA zone. */
  readonly timeZone: string;
}

export class CameraOverlay {
  private readonly size: { readonly width: number; readonly height: number };
  private readonly title: Patch | undefined;
  private readonly clockText: ((wallMs: number) => string) | undefined;
  private shown: { text: string; patch: Patch } | undefined;

  constructor(size: { readonly width: number; readonly height: number }, options: CameraOverlayOptions) {
    this.size = size;
    this.clockText = options.clock ? wallClock(options.timeZone) : undefined;
    const title = options.title?.trim() ?? '';
    const room = size.width * (options.clock ? 0.54 : 0.96);
    this.title = title === '' ? undefined : drawLabel(title, size, 'left', room);
  }

  /** What to lay over the picture of this moment. */
  patches(wallMs: number): Patch[] {
    const patches = this.title ? [this.title] : [];
    if (this.clockText) {
      const text = this.clockText(wallMs);
      if (this.shown?.text !== text)
        this.shown = { text, patch: drawLabel(text, this.size, 'right', this.size.width * (this.title ? 0.4 : 0.96)) };
      patches.push(this.shown.patch);
    }
    return patches;
  }
}

const even = (value: number): number => Math.round(value / 2) * 2;

/** White words on a dark, half-transparent plate at the top, made smaller until they fit, then cut. */
function drawLabel(
  text: string,
  size: { readonly width: number; readonly height: number },
  side: 'left' | 'right',
  room: number,
): Patch {
  const measure = createCanvas(8, 8).getContext('2d');
  let pixels = Math.max(9, Math.round(Math.min(size.width, size.height) / 22));
  const widthAt = (words: string): number => {
    measure.font = inter(500, pixels);
    return measure.measureText(words).width;
  };
  const padding = (): number => pixels * 0.55;
  while (pixels > 8 && widthAt(text) + 2 * padding() > room) pixels--;
  let words = text;
  while (words.length > 1 && widthAt(words) + 2 * padding() > room) words = `${words.slice(0, -2).trimEnd()}…`;
  const width = Math.min(even(size.width), even(widthAt(words) + 2 * padding()) + 2);
  const height = Math.min(even(size.height), even(pixels * 1.75));
  const margin = even(pixels * 0.5);
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = 'rgba(8, 10, 14, 0.62)';
  context.beginPath();
  context.roundRect(0, 0, width, height, pixels * 0.4);
  context.fill();
  context.font = inter(500, pixels);
  context.fillStyle = '#ffffff';
  context.textBaseline = 'middle';
  context.fillText(words, padding(), height / 2 + pixels * 0.04);
  const x = side === 'left' ? margin : Math.max(0, even(size.width - width - margin));
  return patchFromRgba(context.getImageData(0, 0, width, height).data, { x, y: margin, width, height });
}
