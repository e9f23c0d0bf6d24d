/** osu!taiko and osu!catch with pictures of a skin, made up: against stored ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCanvas, Image, type SKRSContext2D } from '@napi-rs/canvas';
import { SCENE_DEFAULTS } from '../../../src/sources/osu/scene/options.ts';
import { elementsOf } from '../../../src/sources/osu/scene/skin-elements.ts';
import { type SkinLook, type SkinPicture, skinLook } from '../../../src/sources/osu/scene/skin-look.ts';
import { generatedCatch } from './generated-catch.ts';
import { generatedTaiko } from './generated-taiko.ts';
import { pictureAt, sameAsStored } from './stored-picture.ts';

function picture(width: number, height: number, draw: (context: SKRSContext2D) => void, density = 1): SkinPicture {
  const canvas = createCanvas(width * density, height * density);
  const context = canvas.getContext('2d');
  context.scale(density, density);
  draw(context);
  const image = new Image();
  image.src = canvas.toBuffer('image/png');
  return { image, density };
}

/** White in a shape of its own; the game gives it its colour. */
const square = picture(128, 128, (context) => {
  context.fillStyle = '#ffffff';
  context.fillRect(16, 16, 96, 96);
});
const frame = picture(128, 128, (context) => {
  context.strokeStyle = '#000000';
  context.lineWidth = 10;
  context.strokeRect(20, 20, 88, 88);
});

const MADE: Readonly<Record<string, SkinPicture>> = {
  'fruit-pear': square,
  'fruit-pear-overlay': frame,
  'fruit-apple': square,
  'fruit-drop': square,
  'fruit-bananas': frame,
  'fruit-catcher-idle-0': picture(
    305,
    320,
    (context) => {
      context.fillStyle = '#ffffff';
      context.fillRect(20, 16, 265, 12);
      context.fillStyle = '#3a9d5d';
      context.fillRect(120, 28, 90, 220);
    },
    2,
  ),
  taikohitcircle: square,
  'taikohitcircleoverlay-0': frame,
  taikobigcircle: square,
  'taiko-hit100': frame,
  'taiko-bar-right': picture(64, 200, (context) => {
    context.fillStyle = '#203050';
    context.fillRect(0, 0, 64, 200);
  }),
};

const MORE_OF_TAIKO: Readonly<Record<string, SkinPicture>> = {
  'taiko-bar-left': picture(181, 200, (context) => {
    context.fillStyle = '#305030';
    context.fillRect(0, 0, 181, 200);
  }),
  'taiko-drum-inner': picture(90, 200, (context) => {
    context.fillStyle = '#c06060';
    context.fillRect(30, 40, 60, 120);
  }),
  'taiko-drum-outer': picture(90, 200, (context) => {
    context.fillStyle = '#6080c0';
    context.fillRect(60, 20, 30, 160);
  }),
  'taiko-roll-middle': picture(1, 128, (context) => {
    context.fillStyle = '#ffffff';
    context.fillRect(0, 10, 1, 108);
  }),
  'taiko-roll-end': picture(64, 128, (context) => {
    context.fillStyle = '#ffffff';
    context.fillRect(0, 10, 40, 108);
  }),
};

const look = (game: 'taiko' | 'catch'): Promise<SkinLook> =>
  skinLook(new Map(), async (name) => MADE[name], elementsOf(game));

const OPTIONS = { ...SCENE_DEFAULTS, width: 640, height: 360 };

test('osu!catch: fruits of a skin in the colours of combos, its catcher; what it lacks is built in', async () => {
  const skin = await look('catch');
  // The first picture of an animation stands for it; nothing of another game is asked for.
  assert.ok(skin.pictures.has('fruit-catcher-idle') && !skin.pictures.has('taikohitcircle'));
  await sameAsStored('catch-skin', pictureAt({ ...generatedCatch(), skin }, OPTIONS, 2050));
  await sameAsStored('catch-skin-hyper', pictureAt({ ...generatedCatch(), skin }, OPTIONS, 4750));
});

test('osu!taiko: notes, verdicts and the lane of a skin', async () => {
  const skin = await look('taiko');
  assert.ok(skin.pictures.has('taikohitcircleoverlay') && !skin.pictures.has('fruit-pear'));
  await sameAsStored('taiko-skin', pictureAt({ ...generatedTaiko(0, { late: 60 }), skin }, OPTIONS, 2480));
});

test('osu!taiko: the drum and drumrolls of a skin', async () => {
  const pictures = { ...MADE, ...MORE_OF_TAIKO };
  const skin = await skinLook(new Map(), async (name) => pictures[name], elementsOf('taiko'));
  await sameAsStored('taiko-skin-drum', pictureAt({ ...generatedTaiko(), skin }, OPTIONS, 3100));
});

test('osu!catch: the catcher of a skin looks sad after a miss, and dashes in the colours of the skin', async () => {
  const sad = picture(305, 320, (context) => {
    context.fillStyle = '#805050';
    context.fillRect(20, 16, 265, 200);
  });
  const pictures = { ...MADE, 'fruit-catcher-fail': sad };
  const ini = new Map([['catchthebeat.hyperdash', '90,120,200']]);
  const skin = await skinLook(ini, async (name) => pictures[name as keyof typeof pictures], elementsOf('catch'));
  const at = (time: number, misses: readonly number[] = []) =>
    pictureAt({ ...generatedCatch(0, { misses }), skin }, OPTIONS, time);
  await sameAsStored('catch-skin-fails', at(1700, [1]));
  await sameAsStored('catch-skin-dash-colour', at(4750));
});
