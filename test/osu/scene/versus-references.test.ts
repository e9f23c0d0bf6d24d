/** Pictures of several plays of one map against stored ones (see `stored-picture.ts`). */
import { test } from 'node:test';
import { MOD } from '../../../src/sources/osu/read/replay.ts';
import { SCENE_DEFAULTS, type SceneOptions } from '../../../src/sources/osu/scene/options.ts';
import type { PlayedMap } from '../../../src/sources/osu/scene/play-scene.ts';
import { type JudgedReplay, knockoutOf, listOf } from '../../../src/sources/osu/scene/versus/players.ts';
import { generatedCatch } from './generated-catch.ts';
import { generatedMania } from './generated-mania.ts';
import { generatedPlay } from './generated-play.ts';
import { generatedTaiko } from './generated-taiko.ts';
import { pictureAt, sameAsStored } from './stored-picture.ts';

const STORED: SceneOptions = { ...SCENE_DEFAULTS, width: 960, height: 540 };

/** Each a little later than the one before, some with misses. */
function plays(count: number): (PlayedMap & JudgedReplay)[] {
  return Array.from({ length: count }, (_, index) => {
    const misses = index % 3 === 1 ? [1 + (index % 8)] : index % 3 === 2 ? [9] : [];
    const played = generatedPlay(index === 2 ? MOD.HR : 0, { late: (index * 7) % 60, misses });
    const { header } = played.replay;
    const player = ['Ann', 'Bob with a long name, very long', 'Čeněk', 'Dörte', 'Εύα'][index] ?? `Player ${index + 1}`;
    return { ...played, replay: { ...played.replay, header: { ...header, player } } };
  });
}

function together(all: readonly (PlayedMap & JudgedReplay)[]): PlayedMap {
  const versus = knockoutOf(all);
  const winner = all[versus.own];
  if (!winner) throw new Error('nobody plays');
  return { ...winner, versus };
}

test('the picture is the stored one: a list at the side', async () => {
  const [own, ...others] = plays(9);
  if (!own) return;
  const known = [{ player: 'Of a file', score: 250_000, maxCombo: 99, misses: 0 }];
  await sameAsStored('versus-list', pictureAt({ ...own, versus: listOf(own, others, known) }, STORED, 4480));
});

test('the picture is the stored one: a list beside mania', async () => {
  const own = generatedMania();
  const versus = listOf(own, [generatedMania({ late: 50 }), generatedMania({ misses: [3] })]);
  await sameAsStored('versus-mania', pictureAt({ ...own, versus }, STORED, 2560));
});

/** Of another game: the winner's field, and all in the list. */
const named = <Play extends PlayedMap>(play: Play, player: string): Play => ({
  ...play,
  replay: { ...play.replay, header: { ...play.replay.header, player } },
});

test('the picture is the stored one: a knock-out of osu!catch, each with a catcher, one falling', async () => {
  const all = [[2], [], [4], [10]].map((misses, index) =>
    named(generatedCatch(0, { misses }), ['Ann', 'Bob', 'Čeněk', 'Dörte'][index] ?? ''),
  );
  await sameAsStored('knockout-catch', pictureAt(together(all), STORED, 2250));
});

test('the picture is the stored one: knock-outs of osu!taiko and osu!mania, a list beside osu!taiko', async () => {
  const drums = [[3], [], [1]].map((misses, index) => named(generatedTaiko(0, { misses }), `Drummer ${index + 1}`));
  await sameAsStored('knockout-taiko', pictureAt(together(drums), STORED, 2300));
  const keys = [[3], [], [1]].map((misses, index) => named(generatedMania({ misses }), `Pianist ${index + 1}`));
  await sameAsStored('knockout-mania', pictureAt(together(keys), STORED, 1800));
  const [own, ...others] = drums;
  if (own) await sameAsStored('versus-taiko', pictureAt({ ...own, versus: listOf(own, others) }, STORED, 2300));
});

test('the picture is the stored one: a knock-out, one falling', async () =>
  sameAsStored('knockout-falling', pictureAt(together(plays(5)), STORED, 2350)));

test('the picture is the stored one: a knock-out of many, upright', async () =>
  sameAsStored('knockout-many', pictureAt(together(plays(24)), { ...STORED, width: 540, height: 960 }, 4700)));
