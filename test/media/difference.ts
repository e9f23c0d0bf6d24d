/** How far a drawn picture is from a stored one. */
import assert from 'node:assert/strict';
import { type Canvas, createCanvas, loadImage } from '@napi-rs/canvas';

/** Mean difference of all channels, and the part of pixels that are far apart: a stored picture is compressed, so a little differs everywhere. */
export async function difference(canvas: Canvas, stored: Buffer): Promise<{ mean: number; far: number }> {
  const image = await loadImage(stored);
  const { width, height } = canvas;
  assert.deepEqual([image.width, image.height], [width, height]);
  const other = createCanvas(width, height).getContext('2d');
  other.drawImage(image, 0, 0);
  const a = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  const b = other.getImageData(0, 0, width, height).data;
  let [sum, far] = [0, 0];
  for (let at = 0; at < a.length; at += 4) {
    let most = 0;
    for (let channel = at; channel < at + 3; channel++) {
      const by = Math.abs((a[channel] ?? 0) - (b[channel] ?? 0));
      sum += by;
      most = Math.max(most, by);
    }
    if (most > 60) far++;
  }
  return { mean: sum / (width * height * 3), far: far / (width * height) };
}
