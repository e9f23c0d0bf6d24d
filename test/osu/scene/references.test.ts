/**
 * Pictures of every element and every mod's look against stored ones. Where they differ on purpose: look at the new pictures, then store them with
 * `VIDETTE_STORE_REFERENCES=1 npm test -- test/osu/scene/references.test.ts`.
 */
import { test } from 'node:test';
import { MOD } from '../../../src/sources/osu/read/replay.ts';
import { SCENE_DEFAULTS, type SceneOptions } from '../../../src/sources/osu/scene/options.ts';
import type { PlayedMap } from '../../../src/sources/osu/scene/play-scene.ts';
import { generatedPlay } from './generated-play.ts';
import { pictureAt, sameAsStored } from './stored-picture.ts';

interface Case {
  /** Ms of the map. */
  readonly at: number;
  readonly mods?: number;
  readonly late?: number;
  readonly misses?: readonly number[];
  readonly options?: Partial<SceneOptions>;
  readonly change?: (played: PlayedMap) => PlayedMap;
}

const CASES: Readonly<Record<string, Case>> = {
  'circles-approach': { at: 1450 },
  'circle-burst': { at: 1690 },
  'slider-snaking': { at: 2480 },
  'slider-ball': { at: 3500 },
  'slider-turns': { at: 5100 },
  stack: { at: 6250 },
  'spinner-begins': { at: 7700 },
  'spinner-cleared': { at: 9400 },
  'result-100': { at: 1760, late: 55 },
  'result-50': { at: 1810, late: 105 },
  'result-miss': { at: 2300, misses: [1, 2] },
  'result-300': { at: 2100, options: { results300: true } },
  'mod-hidden': { at: 4700, mods: MOD.HD },
  'mod-hard-rock': { at: 3500, mods: MOD.HR },
  'mod-easy': { at: 1450, mods: MOD.EZ },
  'mod-flashlight': { at: 3500, mods: MOD.FL | MOD.DT },
  'mods-many': { at: 1000, mods: MOD.NF | MOD.HD | MOD.HR | MOD.SD | MOD.DT | MOD.NC | MOD.FL | MOD.SO },
  'hud-off': { at: 3500, options: { hud: [] } },
  'hud-upright': { at: 3500, options: { width: 540, height: 960 } },
  'result-screen': { at: 14_500, late: 30, misses: [3], mods: MOD.HD },
  'hud-points': {
    at: 3500,
    change: (played) => ({
      ...played,
      performance: { times: Float64Array.of(1000, 3000), pp: Float64Array.of(20, 1246.4) },
    }),
  },
  'kiai-flash': {
    at: 1250,
    change: (played) => ({
      ...played,
      map: { ...played.map, timing: played.map.timing.map((point) => ({ ...point, kiai: true })) },
    }),
  },
  countdown: {
    at: 830,
    change: (played) => ({
      ...played,
      map: {
        ...played.map,
        timing: played.map.timing.map((point) => ({ ...point, beatLength: 100, uninherited: true })),
      },
    }),
  },
  'warning-arrows': {
    at: 2250,
    change: (played) => ({ ...played, map: { ...played.map, breaks: [{ start: 200, end: 3100 }] } }),
  },
  'no-map-colours': { at: 2100, change: (played) => ({ ...played, map: { ...played.map, comboColours: [] } }) },
};

for (const [name, { at, mods = 0, options = {}, change = (played: PlayedMap) => played, ...play }] of Object.entries(
  CASES,
))
  test(`the picture is the stored one: ${name}`, async () => {
    const canvas = pictureAt(
      change(generatedPlay(mods, play)),
      { ...SCENE_DEFAULTS, width: 960, height: 540, ...options },
      at,
    );
    await sameAsStored(name, canvas);
  });
