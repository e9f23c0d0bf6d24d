/**
 * Layers by key, so that words are measured once and not for every picture.
 */
import type { Layer, Rect } from './tiles.ts';

/** Speeds, seconds and angles of a few minutes; what is older is made again. */
const MOST = 1024;

export class LayerCache {
  private readonly layers = new Map<string, Layer>();

  get(key: string, make: () => Omit<Layer, 'key'>): Layer {
    const known = this.layers.get(key);
    if (known) return known;
    if (this.layers.size >= MOST) this.layers.clear();
    const layer = { key, ...make() };
    this.layers.set(key, layer);
    return layer;
  }
}

/** The smallest even rectangle around an area, cut at the canvas. */
export function evenAround(area: Rect, canvas: { readonly width: number; readonly height: number }): Rect {
  const x = Math.max(0, Math.floor(area.x / 2) * 2);
  const y = Math.max(0, Math.floor(area.y / 2) * 2);
  const right = Math.min(canvas.width, Math.ceil((area.x + area.width) / 2) * 2);
  const bottom = Math.min(canvas.height, Math.ceil((area.y + area.height) / 2) * 2);
  return { x, y, width: Math.max(0, right - x), height: Math.max(0, bottom - y) };
}

/** A circle's box with room for its soft edge. */
export function aroundCircle(x: number, y: number, radius: number): Rect {
  return { x: x - radius - 1, y: y - radius - 1, width: 2 * radius + 2, height: 2 * radius + 2 };
}
