/** A scene for tests of chunks: its number in each picture, squares that move, a tone. What it is told to do wrong, it does. */
import { appendFileSync } from 'node:fs';
import type { SKRSContext2D } from '@napi-rs/canvas';
import { BAR_CELLS, BAR_ROWS, encodeBars } from '../../src/media/barcode.ts';
import type { DrawnFrame, DrawnScene, Surface } from '../../src/media/chunks/drawn-scene.ts';
import { type ChunkSound, serveChunks } from '../../src/media/chunks/serve-chunks.ts';
import type { Rect } from '../../src/media/overlay/overlay-scene.ts';
import type { DrawnWork } from './drawn.ts';

serveChunks<DrawnWork>(async (work) => ({ scene: sceneOf(work), ...(work.sound ? { sound: toneOf(work) } : {}) }));

function sceneOf({ width, height, fps, frames, busy, fail, begun }: DrawnWork): DrawnScene {
  return {
    size: { width, height },
    rate: { num: fps, den: 1 },
    frames,
    from: (first) => {
      if (begun !== undefined) appendFileSync(begun, `${first}\n`);
      return (n): DrawnFrame => {
        if (fail?.at === n && fail.how === 'exit') process.exit(7);
        if (fail?.at === n) throw new Error('this frame cannot be drawn');
        return {
          ground: { key: 'ground', draw: (context) => paintGround(context, width, height) },
          draw: (surface) => {
            for (const [index, rect] of squaresOf(n, busy, width, height).entries())
              surface.paint(rect, (context) => {
                context.fillStyle = `hsl(${(index * 37 + n) % 360} 80% 60% / 0.8)`;
                context.fillRect(rect.x, rect.y, rect.width, rect.height);
              });
            paintNumber(surface, n, width, height);
          },
          kept: () => [
            {
              key: 'frame',
              rect: { x: 0, y: 0, width, height: 20 },
              draw: (context) => {
                context.fillStyle = 'rgb(20 20 60 / 0.6)';
                context.fillRect(0, 0, width, 20);
              },
            },
          ],
        };
      };
    },
  };
}

function paintGround(context: SKRSContext2D, width: number, height: number): void {
  for (let y = 0; y < height; y += 4) {
    context.fillStyle = `rgb(${20 + (y % 64)} ${40 + (60 * y) / height} 90)`;
    context.fillRect(0, y, width, 4);
  }
}

function squaresOf(n: number, busy: number, width: number, height: number): Rect[] {
  return Array.from({ length: busy }, (_, index) => ({
    x: (index * 97 + n * (1 + (index % 5))) % (width - 40),
    y: 60 + ((index * 53) % Math.max(1, height - 130)),
    width: 40,
    height: 40,
  }));
}

function paintNumber(surface: Surface, n: number, width: number, height: number): void {
  const { frame } = BAR_ROWS;
  const x = Math.floor(frame.x * width);
  const y = Math.floor(frame.y * height);
  const [right, bottom] = [Math.ceil((frame.x + frame.width) * width), Math.ceil((frame.y + frame.height) * height)];
  surface.paint({ x, y, width: right - x, height: bottom - y }, (context) => {
    for (const [index, white] of encodeBars(n).entries()) {
      context.fillStyle = white ? '#ffffff' : '#000000';
      const left = x + Math.round(((right - x) * index) / BAR_CELLS);
      context.fillRect(left, y, x + Math.round(((right - x) * (index + 1)) / BAR_CELLS) - left, bottom - y);
    }
  });
}

function toneOf({ frames, fps }: DrawnWork): ChunkSound {
  return {
    channels: 2,
    sampleRate: 48_000,
    write: async (plan, sink, beat) => {
      const total = Math.round((frames / fps) * plan.sampleRate);
      for (let at = 0; at < total; at += plan.sampleRate) {
        const part = new Float32Array(Math.min(plan.sampleRate, total - at) * plan.channels);
        for (let index = 0; index < part.length; index++)
          part[index] =
            0.3 * Math.sin((2 * Math.PI * 440 * (at + Math.floor(index / plan.channels))) / plan.sampleRate);
        sink(part);
        beat();
      }
    },
  };
}
