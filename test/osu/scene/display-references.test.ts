/** Pictures of each display alone, and of what other tests have no place for, against stored ones. */
import { test } from 'node:test';
import { MOD, SMOKE } from '../../../src/sources/osu/read/replay.ts';
import { HUD_PARTS, SCENE_DEFAULTS, type SceneOptions } from '../../../src/sources/osu/scene/options.ts';
import type { PlayedMap } from '../../../src/sources/osu/scene/play-scene.ts';
import { generatedPlay } from './generated-play.ts';
import { pictureAt, sameAsStored } from './stored-picture.ts';

const SMALL: SceneOptions = { ...SCENE_DEFAULTS, width: 640, height: 360 };

/** What a replay alone does not tell: lists of others and points are given from outside. */
const FROM_OUTSIDE = ['pp', 'leaderboard'];

for (const part of HUD_PARTS.filter((one) => !FROM_OUTSIDE.includes(one)))
  test(`the picture is the stored one: ${part} alone`, async () => {
    const played = generatedPlay(MOD.HD | MOD.HR, { late: 30, misses: [3] });
    await sameAsStored(`display-${part}`, pictureAt(played, { ...SMALL, hud: [part] }, 5100));
  });

test('the picture is the stored one: a speed of its own', async () => {
  const played = generatedPlay(MOD.HD);
  const lazerMods = [
    { acronym: 'NC', settings: { speed_change: 1.25 } },
    { acronym: 'HD', settings: {} },
  ];
  await sameAsStored('own-speed', pictureAt({ ...played, replay: { ...played.replay, lazerMods } }, SMALL, 5100));
});

/** With a combo that is so much longer. */
function longer(played: PlayedMap, by: number): PlayedMap {
  const { timeline } = played;
  const events = timeline.events.map((event) => ({ ...event, combo: event.combo + by }));
  return { ...played, timeline: { ...timeline, events } };
}

function smoking(played: PlayedMap): PlayedMap {
  const { replay } = played;
  const keys = replay.frames.keys.map((pressed, index) =>
    (replay.frames.time[index] ?? 0) < 2300 ? pressed | SMOKE : pressed,
  );
  return { ...played, replay: { ...replay, frames: { ...replay.frames, keys } } };
}

const CASES: Readonly<Record<string, { readonly at: number; readonly played: () => PlayedMap }>> = {
  smoke: { at: 2600, played: () => smoking(generatedPlay()) },
  'flashlight-combo-100': { at: 2700, played: () => longer(generatedPlay(MOD.FL), 100) },
  'flashlight-combo-200': { at: 2700, played: () => longer(generatedPlay(MOD.FL), 200) },
  'hidden-spinner': { at: 8500, played: () => generatedPlay(MOD.HD) },
  'half-time': { at: 3500, played: () => generatedPlay(MOD.HT) },
  'follow-points': { at: 1300, played: () => generatedPlay() },
  'over-and-fading': { at: 12_500, played: () => generatedPlay() },
};

for (const [name, { at, played }] of Object.entries(CASES))
  test(`the picture is the stored one: ${name}`, async () =>
    sameAsStored(name, pictureAt(played(), { ...SMALL, hud: [] }, at)));
