/** osu!catch in pictures, against stored ones. */
import { test } from 'node:test';
import { MOD } from '../../../src/sources/osu/read/replay.ts';
import { SCENE_DEFAULTS, type SceneOptions } from '../../../src/sources/osu/scene/options.ts';
import { generatedCatch } from './generated-catch.ts';
import { pictureAt, sameAsStored } from './stored-picture.ts';

interface Case {
  /** Ms of the map. */
  readonly at: number;
  readonly mods?: number;
  readonly misses?: readonly number[];
  readonly options?: Partial<SceneOptions>;
}

const CASES: Readonly<Record<string, Case>> = {
  'catch-fruits': { at: 1100 },
  'catch-caught': { at: 2050 },
  'catch-combo-bursts': { at: 2650 },
  'catch-stream': { at: 3300 },
  'catch-hyper': { at: 4750 },
  'catch-bananas': { at: 5900 },
  'catch-miss': { at: 1900, misses: [1] },
  'catch-hidden': { at: 1500, mods: MOD.HD },
  'catch-hard-rock': { at: 2050, mods: MOD.HR },
  'catch-easy': { at: 2050, mods: MOD.EZ },
  'catch-flashlight': { at: 2050, mods: MOD.FL },
  'catch-upright': { at: 3300, options: { width: 360, height: 640 } },
  'catch-result': { at: 10_500, misses: [3] },
};

for (const [name, { at, mods = 0, options = {}, ...play }] of Object.entries(CASES))
  test(`the picture is the stored one: ${name}`, async () => {
    const shown = { ...SCENE_DEFAULTS, width: 640, height: 360, ...options };
    await sameAsStored(name, pictureAt(generatedCatch(mods, play), shown, at));
  });
