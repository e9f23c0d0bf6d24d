/** What the engine lays on planes, sprite by sprite, is what a canvas would show; and what lay there before leaves no trace. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCanvas } from '@napi-rs/canvas';
import { ChunkPainter } from '../../../src/media/chunks/chunk-painter.ts';
import type { DrawnScene } from '../../../src/media/chunks/drawn-scene.ts';
import { BT709 } from '../../../src/media/pixels/matrix.ts';
import { Picture, type Planes } from '../../../src/media/pixels/picture.ts';
import { MOD } from '../../../src/sources/osu/read/replay.ts';
import { SCENE_DEFAULTS, type SceneOptions } from '../../../src/sources/osu/scene/options.ts';
import { type PlayedMap, playScene } from '../../../src/sources/osu/scene/play-scene.ts';
import { knockoutOf } from '../../../src/sources/osu/scene/versus/players.ts';
import { canvasOf } from '../../media/canvas-surface.ts';
import { generatedCatch } from './generated-catch.ts';
import { generatedMania } from './generated-mania.ts';
import { generatedPlay } from './generated-play.ts';
import { disco, generatedSkin } from './generated-skin.ts';
import { generatedTaiko } from './generated-taiko.ts';

interface Moment {
  /** Ms of the map. */
  readonly at: number;
  readonly mods?: number;
  readonly late?: number;
  readonly options?: Partial<SceneOptions>;
  /** Another play than the one of osu!standard. */
  readonly other?: () => PlayedMap | Promise<PlayedMap>;
}

const ROUNDED = 3;

/** All that only skins have, in kiai, with long combos and a break. */
async function ofEverything(): Promise<PlayedMap> {
  const played = generatedPlay(0, { late: 55, misses: [2] });
  const skin = await generatedSkin({
    ini: '[General]\nVersion: 1\nCursorTrailRotate: 1\n',
    more: {
      hit300: disco,
      hit100k: disco,
      ...{ particle100: [8, 8, disco[2]], particle300: [8, 8, disco[2]], lighting: [120, 120, disco[2]] },
      ...{ sliderpoint10: [50, 30, disco[2]], sliderpoint30: [50, 30, disco[2]], cursormiddle: [12, 12, disco[2]] },
      ...{ 'comboburst-0': [200, 400, disco[2]], 'section-pass': [300, 200, disco[2]], 'spinner-rpm': disco },
    },
  });
  const events = played.timeline.events.map((event) => ({ ...event, combo: event.combo + 24 }));
  const timing = played.map.timing.map((point) => ({ ...point, kiai: true }));
  return {
    ...played,
    skin,
    map: { ...played.map, timing, breaks: [{ start: 4300, end: 7300 }] },
    timeline: { ...played.timeline, events },
  };
}

const MOMENTS: Readonly<Record<string, Moment>> = {
  'rings and a burst': { at: 1690, late: 55 },
  'a slider that grows': { at: 2480 },
  'a slider that is followed': { at: 3500 },
  turns: { at: 5100, mods: MOD.HD },
  'a spinner': { at: 9400 },
  'the light of Flashlight': { at: 3500, mods: MOD.FL | MOD.DT },
  'an upright picture': { at: 3500, options: { width: 270, height: 480 } },
  'mania with Hidden': { at: 2300, other: () => generatedMania({ columns: 6, mods: MOD.HD }) },
  'taiko: a drumroll': { at: 3100, other: () => generatedTaiko() },
  'taiko with Flashlight': { at: 2000, other: () => generatedTaiko(MOD.FL) },
  'catch: a hyper-dash': { at: 4750, other: () => generatedCatch() },
  'catch: bananas': { at: 5900, other: () => generatedCatch() },
  'a knock-out': { at: 2350, other: fallingOne },
  'the panel at the end': { at: 14_500 },
  'a skin of everything: hits': { at: 1760, other: ofEverything },
  'a skin of everything: a slider': { at: 3330, other: ofEverything },
  'a skin of everything: a break': { at: 5900, other: ofEverything },
  'a skin of everything: a spinner': { at: 8600, other: ofEverything },
};

for (const [name, { at, mods = 0, late = 0, options = {}, other }] of Object.entries(MOMENTS))
  test(`on planes as on a canvas: ${name}`, async () => {
    const asked = { ...SCENE_DEFAULTS, width: 640, height: 360, ...options };
    const scene = playScene((await other?.()) ?? generatedPlay(mods, { late }), asked);
    const n = Math.round(((at - scene.span.from) / scene.span.rate / 1000) * asked.fps);
    const alone = planesOf(scene, [n]);
    const after = planesOf(scene, [n - 50, n - 20, n - 3, n - 2, n - 1, n]);
    // A display that is seen a second time is laid down in another way, rounded otherwise.
    assert.ok(
      apart(alone, after).most <= ROUNDED,
      `up to ${apart(alone, after).most} of what was drawn before is left`,
    );
    const { mean, far } = apart(alone, onCanvas(scene, n));
    assert.ok(mean <= 0.4 && far <= 0.001, `mean ${mean.toFixed(3)}, far ${(far * 100).toFixed(3)} %`);
  });

function fallingOne(): PlayedMap {
  const [own, out] = [generatedPlay(), generatedPlay(0, { misses: [2] })];
  return { ...own, versus: knockoutOf([own, out]) };
}

/** Of the last of the frames. */
function planesOf(scene: DrawnScene, frames: readonly number[]): Planes {
  const painter = new ChunkPainter(scene.size);
  const at = scene.from(frames[0] ?? 0);
  const planes = emptyPlanes(scene);
  for (const n of frames) {
    const picture = painter.paint(at(n));
    for (const [index, plane] of planes.data.entries()) {
      const [width, stride] = [planes.strides[index] ?? 0, picture.linesize[index] ?? 0];
      for (let row = 0; row * width < plane.length; row++)
        plane.set(picture.data?.[index]?.subarray(row * stride, row * stride + width) ?? [], row * width);
    }
  }
  painter.close();
  return planes;
}

function onCanvas(scene: DrawnScene, n: number): Planes {
  const { width, height } = scene.size;
  const canvas = createCanvas(width, height);
  canvasOf(canvas, scene.from(n)(n));
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  const picture = new Picture(scene.size);
  picture.blend(data, { x: 0, y: 0, width, height }, BT709);
  const planes = emptyPlanes(scene);
  picture.write(planes);
  picture.close();
  return planes;
}

function emptyPlanes({ size: { width, height } }: DrawnScene): Planes {
  const half = (width >> 1) * (height >> 1);
  return {
    data: [new Uint8Array(width * height), new Uint8Array(half), new Uint8Array(half)],
    strides: [width, width >> 1, width >> 1],
  };
}

/** Mean and largest difference of all bytes, and the part of them that are far apart. */
function apart(a: Planes, b: Planes): { mean: number; far: number; most: number } {
  let [sum, far, count, most] = [0, 0, 0, 0];
  for (const [index, plane] of a.data.entries())
    for (const [at, byte] of plane.entries()) {
      const by = Math.abs(byte - (b.data[index]?.[at] ?? 0));
      sum += by;
      count++;
      most = Math.max(most, by);
      if (by > 16) far++;
    }
  return { mean: sum / count, far: far / count, most };
}
