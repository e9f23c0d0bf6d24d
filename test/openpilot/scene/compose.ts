/**
 * One picture of a clip, put together on a canvas: what the engine does with video, without video.
 */
import { type Canvas, createCanvas } from '@napi-rs/canvas';
import type { DriveScene } from '../../../src/sources/openpilot/scene/drive-scene.ts';
import type { SceneMoment } from '../../../src/sources/openpilot/scene/moment.ts';
import type { CameraName } from '../../../src/sources/openpilot/scene/tiles.ts';

/** The cameras' pictures, scaled and cut as the tiles say, and all that is drawn over them, each only where the scene says that it draws. */
export function compose(
  scene: DriveScene,
  moment: SceneMoment,
  pictures: Partial<Record<CameraName, Canvas>>,
  with_: { readonly layers: boolean } = { layers: true },
): Canvas {
  const { width, height } = scene.size;
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = '#000000';
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = 'high';
  for (const { camera, source, target } of scene.tiles(moment)) {
    const picture = pictures[camera];
    if (!picture) throw new Error(`no picture of ${camera}`);
    const place = [target.x, target.y, target.width, target.height] as const;
    context.drawImage(picture, source.x, source.y, source.width, source.height, ...place);
  }
  const overlay = createCanvas(width, height);
  for (const rect of scene.draw(overlay.getContext('2d'), moment))
    context.drawImage(overlay, rect.x, rect.y, rect.width, rect.height, rect.x, rect.y, rect.width, rect.height);
  for (const { rect, draw } of with_.layers ? scene.layers(moment) : []) {
    const layer = createCanvas(rect.width, rect.height);
    const over = layer.getContext('2d');
    over.translate(-rect.x, -rect.y);
    draw(over);
    context.drawImage(layer, rect.x, rect.y);
  }
  return canvas;
}

export function canvasOf(pixels: Uint8ClampedArray<ArrayBuffer>, width: number, height: number): Canvas {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  image.data.set(pixels);
  context.putImageData(image, 0, 0);
  return canvas;
}
