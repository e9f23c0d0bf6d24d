/** osu!taiko in pictures, against stored ones. */
import { test } from 'node:test';
import { MOD } from '../../../src/sources/osu/read/replay.ts';
import { SCENE_DEFAULTS, type SceneOptions } from '../../../src/sources/osu/scene/options.ts';
import { generatedTaiko } from './generated-taiko.ts';
import { pictureAt, sameAsStored } from './stored-picture.ts';

interface Case {
  /** Ms of the map. */
  readonly at: number;
  readonly mods?: number;
  readonly late?: number;
  readonly misses?: readonly number[];
  readonly options?: Partial<SceneOptions>;
}

const CASES: Readonly<Record<string, Case>> = {
  'taiko-notes': { at: 1100 },
  'taiko-hit': { at: 1420 },
  'taiko-large': { at: 2010 },
  'taiko-roll': { at: 3100 },
  'taiko-fast': { at: 3700 },
  'taiko-kiai': { at: 4230 },
  'taiko-denden': { at: 6500 },
  'taiko-good': { at: 1540, late: 60 },
  'taiko-miss': { at: 1560, misses: [1] },
  'taiko-hidden': { at: 1000, mods: MOD.HD },
  'taiko-hard-rock': { at: 1000, mods: MOD.HR },
  'taiko-easy': { at: 1000, mods: MOD.EZ },
  'taiko-flashlight': { at: 1150, mods: MOD.FL },
  'taiko-upright': { at: 1100, options: { width: 360, height: 640 } },
  'taiko-result': { at: 11_500, late: 40, misses: [3] },
};

for (const [name, { at, mods = 0, options = {}, ...play }] of Object.entries(CASES))
  test(`the picture is the stored one: ${name}`, async () => {
    const shown = { ...SCENE_DEFAULTS, width: 640, height: 360, ...options };
    await sameAsStored(name, pictureAt(generatedTaiko(mods, play), shown, at));
  });
