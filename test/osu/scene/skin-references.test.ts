/** Pictures of skins against stored ones: every element that a skin may have, and what takes its place where it has not. */
import { test } from 'node:test';
import type { Beatmap } from '../../../src/sources/osu/read/beatmap.ts';
import { MOD } from '../../../src/sources/osu/read/replay.ts';
import { SCENE_DEFAULTS, type SceneOptions } from '../../../src/sources/osu/scene/options.ts';
import type { PlayedMap } from '../../../src/sources/osu/scene/play-scene.ts';
import { generatedPlay } from './generated-play.ts';
import { box, disco, type GeneratedSkin, generatedSkin } from './generated-skin.ts';
import { pictureAt, sameAsStored } from './stored-picture.ts';

interface Case {
  /** Ms of the map. */
  readonly at: number;
  readonly skin?: GeneratedSkin;
  readonly mods?: number;
  readonly play?: { readonly late?: number; readonly misses?: readonly number[] };
  readonly options?: Partial<SceneOptions>;
  readonly map?: Partial<Beatmap>;
  readonly change?: (played: PlayedMap) => PlayedMap;
}

const CASES: Readonly<Record<string, Case>> = {
  'skin-circles': { at: 1450 },
  'skin-number-on-top': {
    at: 1450,
    skin: { ini: '[General]\nVersion: 2\nHitCircleOverlayAboveNumber: 0\n', more: { 'hitcircleoverlay-0': disco } },
  },
  'skin-digits-apart': {
    at: 2300,
    skin: { ini: '[General]\nVersion: 2\n[Fonts]\nHitCircleOverlap: 12\nScoreOverlap: 8\nComboOverlap: -6\n' },
  },
  'skin-slider': { at: 3500 },
  'skin-slider-back': { at: 5300 },
  'skin-slider-colours': {
    at: 3400,
    skin: {
      ini: '[General]\nVersion: 2\nAllowSliderBallTint: 1\nSliderBallFlip: 0\n[Colours]\nSliderBorder: 220,110,110\nSliderTrackOverride: 90,170,100\n',
    },
  },
  'skin-slider-ends': {
    at: 2900,
    skin: { more: { sliderstartcircle: disco, sliderendcircle: disco, sliderendcircleoverlay: [60, 60, disco[2]] } },
  },
  'skin-spinner-new': { at: 8600 },
  'skin-spinner-old': { at: 8300, skin: { spinner: 'old' } },
  'skin-spinner-old-fades': {
    at: 9400,
    skin: { spinner: 'old', ini: '[General]\nVersion: 1\nSpinnerFadePlayfield: 1\nSpinnerNoBlink: 1\n' },
  },
  'skin-results': { at: 2320, play: { misses: [1, 2] } },
  'skin-results-later': { at: 1810, play: { late: 55 } },
  'skin-trail-long': { at: 1500, skin: { more: { cursormiddle: [12, 12, disco[2]] } } },
  'skin-cursor-corner': {
    at: 1500,
    skin: { ini: '[General]\nVersion: 2\nCursorCentre: 0\nCursorRotate: 0\nCursorExpand: 0\n' },
  },
  'skin-double': { at: 3500, skin: { doubled: ['hitcircle', 'sliderb0', 'cursor', 'score-0', 'scorebar-bg'] } },
  'skin-bar-old': {
    at: 3500,
    skin: { without: ['scorebar-marker'], more: { 'scorebar-ki': disco } },
  },
  'skin-bar-low': {
    at: 1000,
    change: (played) => ({ ...played, timeline: { ...played.timeline, startHp: 0.3 } }),
  },
  'skin-bar-critical': {
    at: 1000,
    change: (played) => ({ ...played, timeline: { ...played.timeline, startHp: 0.06 } }),
  },
  'skin-fallback': {
    at: 3500,
    skin: {
      spinner: 'none',
      without: ['hitcircle', 'sliderb0', 'sliderb1', 'cursor', 'score-3', 'inputoverlay-key', 'default-2'],
    },
  },
  'skin-first-version': { at: 1640, skin: { ini: '[General]\nName: old\n' } },
  'skin-ranking-screen': {
    at: 14_500,
    mods: MOD.HD | MOD.DT,
    skin: {
      mods: ['HD', 'DT'],
      more: {
        ...{ 'ranking-s': disco, 'ranking-panel': [600, 666, box('rgb(30 40 80 / 0.8)')] },
        ...{ 'ranking-graph': [308, 148, box('rgb(255 255 255 / 0.2)')], 'ranking-title': [300, 80, box('#336699')] },
        ...{ 'ranking-maxcombo': [120, 30, box('#226622')], 'ranking-accuracy': [120, 30, box('#662222')] },
        ...{ 'ranking-perfect': [200, 60, disco[2]], 'selection-mod-hidden': [64, 64, disco[2]] },
      },
    },
  },
  'skin-ranking': { at: 14_500, skin: { more: { 'ranking-d': disco } }, play: { late: 40 } },
  'skin-geki': { at: 2520, skin: { more: { hit300: [20, 20, disco[2]], hit300g: disco } } },
  'skin-katu': { at: 2580, skin: { more: { hit300k: [20, 20, disco[2]], hit100k: disco } }, play: { late: 55 } },
  'skin-particles': { at: 1900, skin: { more: { particle100: [8, 8, disco[2]] } }, play: { late: 55 } },
  'skin-light': { at: 1700, skin: { more: { lighting: [200, 200, disco[2]] } } },
  'skin-slider-points': {
    at: 3320,
    skin: { ini: '[General]\nVersion: 1\n', more: { sliderpoint10: [50, 30, disco[2]] } },
  },
  'skin-spinner-speed': { at: 8000, skin: { more: { 'spinner-rpm': [280, 56, disco[2]] } } },
  'skin-own-colours': {
    at: 2300,
    skin: { ini: '[General]\nVersion: 2\n[Colours]\nCombo1: 200,160,90\nCombo2: 120,90,160\n' },
    options: { mapColours: false },
  },
  'skin-section-fails': {
    at: 2100,
    skin: { more: { 'section-fail': [300, 200, disco[2]] } },
    map: { breaks: [{ start: 200, end: 3200 }], letterboxInBreaks: true },
    change: (played) => ({ ...played, timeline: { ...played.timeline, startHp: 0.3 } }),
  },
  'skin-section-passes': {
    at: 2100,
    skin: { more: { 'section-pass': [300, 200, disco[2]], 'play-warningarrow': [80, 60, disco[2]] } },
    map: { breaks: [{ start: 200, end: 3200 }] },
  },
  'skin-arrows-red': {
    at: 2310,
    skin: { more: { 'play-warningarrow': [80, 60, disco[2]] } },
    map: { breaks: [{ start: 200, end: 3200 }] },
  },
  'skin-combo-burst': {
    at: 5300,
    skin: { more: { 'comboburst-0': [240, 500, disco[2]] } },
    change: (played) => {
      const events = played.timeline.events.map((event) => ({ ...event, combo: event.combo + 20 }));
      return { ...played, timeline: { ...played.timeline, events } };
    },
  },
  'skin-hidden': { at: 4700, mods: MOD.HD },
};

for (const [name, { at, skin, mods = 0, play, options, map, change }] of Object.entries(CASES))
  test(`the picture is the stored one: ${name}`, async () => {
    const generated = generatedPlay(mods, play);
    const played = { ...generated, map: { ...generated.map, ...map }, skin: await generatedSkin(skin) };
    await sameAsStored(
      name,
      pictureAt(change ? change(played) : played, { ...SCENE_DEFAULTS, width: 960, height: 540, ...options }, at),
    );
  });
