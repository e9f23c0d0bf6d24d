/** Pictures of a scene against stored ones. `VIDETTE_STORE_REFERENCES=1` stores them instead: look at them before they are committed. */
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Canvas, createCanvas } from '@napi-rs/canvas';
import type { SceneOptions } from '../../../src/sources/osu/scene/options.ts';
import { type PlayedMap, playScene } from '../../../src/sources/osu/scene/play-scene.ts';
import { canvasOf } from '../../media/canvas-surface.ts';
import { difference } from '../../media/difference.ts';

const folder = join(import.meta.dirname, 'references');
const store = process.env.VIDETTE_STORE_REFERENCES === '1';

/** @throws AssertionError with the path of the picture that is another one */
export async function sameAsStored(name: string, canvas: Canvas): Promise<void> {
  const path = join(folder, `${name}.webp`);
  if (store) {
    await mkdir(folder, { recursive: true });
    await writeFile(path, await canvas.encode('webp', 88));
  }
  const { mean, far } = await difference(canvas, await readFile(path));
  if (mean <= 1.5 && far <= 0.0015) return;
  const seen = join(tmpdir(), `vidette-osu-${name}.png`);
  await writeFile(seen, canvas.toBuffer('image/png'));
  assert.fail(`mean ${mean.toFixed(2)}, far ${(far * 100).toFixed(2)} %: look at ${seen}`);
}

/** Put together on a canvas: what the engine does with planes. @param at ms of the map */
export function pictureAt(played: PlayedMap, options: SceneOptions, at: number): Canvas {
  const scene = playScene(played, options);
  const n = Math.round(((at - scene.span.from) / scene.span.rate / 1000) * options.fps);
  const canvas = createCanvas(options.width, options.height);
  canvasOf(canvas, scene.from(n)(n));
  return canvas;
}
