/**
 * Maps of osu!standard played as osu!mania, against another reckoning of the same rules: rosu-pp converts them too. What it says of its notes (how many, how many long,
 * and how hard: which each column and each time decides) it must say of ours.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Beatmap, Difficulty, GameMode } from 'rosu-pp-js';
import { judge } from '../../src/sources/osu/judge/judge.ts';
import { columnsWith, maniaMap } from '../../src/sources/osu/judge/mania-convert/convert.ts';
import { prepareMania } from '../../src/sources/osu/judge/mania-play.ts';
import { readBeatmap } from '../../src/sources/osu/read/read-beatmap.ts';
import { MOD, type ReplayFrames } from '../../src/sources/osu/read/replay.ts';
import { soundsOfPlay } from '../../src/sources/osu/sound/sounds-of-play.ts';
import { autoMania } from './auto-mania.ts';
import { writeMap } from './map-writer.ts';
import type { MadeFrame } from './replay-writer.ts';
import { headerOf } from './scene/generated-play.ts';

const KEYS = [0, MOD.K1, MOD.K2, MOD.K3, MOD.K4, MOD.K5, MOD.K6, MOD.K7, MOD.K8, MOD.K9] as const;

interface Told {
  readonly columns: number;
  readonly notes: number;
  readonly long: number;
  readonly stars: number;
}

/** @returns undefined where it finds no room for the notes */
function theirs(bytes: Uint8Array, keys: number): Told | undefined {
  const map = new Beatmap(bytes);
  try {
    map.convert(GameMode.Mania, keys === 0 ? null : keys);
    const { stars } = new Difficulty({}).calculate(map);
    return { columns: map.cs, notes: map.nObjects, long: map.nHolds, stars };
  } catch (error) {
    if (typeof error === 'string' || error instanceof Error) return undefined;
    throw error;
  } finally {
    map.free();
  }
}

function ours(bytes: Uint8Array, keys: number): Told | undefined {
  const map = readBeatmap(bytes, 'made up');
  try {
    const { objects, difficulty } = maniaMap(map, keys, 'made up');
    const lines = objects.map((object) => {
      const end = object.kind === 'hold' ? `128,0,${object.endTime}:` : '1,0,';
      return `${Math.floor(object.x)},192,${object.time},${end}0:0:0:0:`;
    });
    const written = new Beatmap(writeMap({ ...map.difficulty, mode: 3, cs: difficulty.cs, objects: lines }));
    const { stars } = new Difficulty({}).calculate(written);
    written.free();
    const long = objects.filter(({ kind }) => kind === 'hold').length;
    return { columns: difficulty.cs, notes: objects.length, long, stars };
  } catch (error) {
    assert.match(String(error), /find no room/);
    return undefined;
  }
}

const made = fc.record({
  hp: fc.constantFrom(2, 5.5, 8),
  od: fc.constantFrom(3, 5, 7.5, 9.2),
  ar: fc.constantFrom(3, 6.5, 9.6),
  cs: fc.constantFrom(3, 4.5, 5.5),
  beat: fc.constantFrom(250, 333.333333333333, 375.46, 500),
  speed: fc.constantFrom(-200, -133.3333, -100, -50),
  kiai: fc.boolean(),
  /** How many of four objects are circles. */
  circles: fc.integer({ min: 0, max: 4 }),
  objects: fc.array(
    fc.record({
      chance: fc.integer({ min: 0, max: 3 }),
      spins: fc.boolean(),
      x: fc.integer({ min: 0, max: 512 }),
      y: fc.constantFrom(100, 100, 100, 300),
      sound: fc.constantFrom(0, 0, 2, 4, 8, 12),
      edge: fc.constantFrom(0, 2, 4, 8),
      gap: fc.constantFrom(40, 85, 100, 120, 130, 145, 180, 250, 400, 700),
      length: fc.integer({ min: 10, max: 600 }),
      spans: fc.constantFrom(1, 1, 2, 3, 5, 9),
    }),
    { minLength: 5, maxLength: 60 },
  ),
});

function fileOf({
  objects,
  circles,
  beat,
  speed,
  kiai,
  ...difficulty
}: typeof made extends fc.Arbitrary<infer T> ? T : never) {
  let time = 1000;
  let [x, y] = [0, 0];
  const lines = objects.map((object) => {
    const { chance, spins, sound, edge, gap, length, spans } = object;
    time += gap;
    // Every other one lies on the one before.
    if (gap !== 130 && gap !== 145 && gap !== 180) [x, y] = [object.x, object.y];
    const start = time;
    if (chance < circles) return `${x},${y},${start},1,${sound}`;
    const lasts = Math.ceil((length * spans * beat * -speed) / 14_000);
    if (spins && length < 120) {
      time += length * 12;
      return `256,192,${start},12,${sound},${time}`;
    }
    time += lasts;
    const edges = Array.from({ length: spans + 1 }, (_, node) => (node === 0 ? edge : sound)).join('|');
    return `${x},${y},${start},2,${sound},L|${x + 100}:${y},${spans},${length},${edges}`;
  });
  const timing = [`0,${beat},4,2,0,100,1,0`, `3000,${speed},4,2,0,100,0,${kiai ? 1 : 0}`];
  return writeMap({ ...difficulty, sliderMultiplier: 1.4, timing, objects: lines });
}

test('generated maps: the same notes in the same columns as rosu-pp makes, with any number of keys', () => {
  let [converted, columns] = [0, 0];
  fc.assert(
    fc.property(made, fc.constantFrom(...KEYS), (map, keys) => {
      const bytes = fileOf(map);
      const [own, other] = [ours(bytes, keys), theirs(bytes, keys)];
      assert.equal(own === undefined, other === undefined, 'one of both finds no room');
      if (!own || !other) return;
      converted++;
      columns += own.columns;
      assert.deepEqual({ ...own, stars: 0 }, { ...other, stars: 0 });
      assert.ok(Math.abs(own.stars - other.stars) < 1e-6, `${own.stars} and ${other.stars} stars`);
    }),
    { numRuns: 300 },
  );
  assert.ok(converted > 250 && columns > converted, `${converted}`);
});

test('columns by how many objects are long, by size and difficulty; key mods say it themselves', () => {
  const circle = (time: number): string => `100,100,${time},1,0`;
  const spinner = (time: number): string => `256,192,${time},12,0,${time + 50}`;
  const of = (long: number, difficulty: { cs?: number; od?: number } = {}, mods = 0): number => {
    const objects = Array.from({ length: 20 }, (_, n) => (n < long ? spinner(n * 100) : circle(n * 100)));
    return columnsWith(readBeatmap(writeMap({ cs: 4, od: 4, ...difficulty, objects }), 'made up'), mods);
  };
  assert.deepEqual([of(3), of(5), of(5, { od: 6 })], [7, 6, 7]);
  assert.deepEqual([of(8, { cs: 5 }), of(8, { od: 3 }), of(8), of(8, { od: 9 })], [6, 4, 5, 7]);
  assert.deepEqual([of(13), of(13, { od: 5 })], [4, 5]);
  assert.deepEqual([of(3, {}, MOD.K4), of(3, {}, MOD.K1), of(3, {}, MOD.K4 | MOD.KC)], [4, 1, 8]);
});

function framesOf(made: readonly MadeFrame[]): ReplayFrames {
  return {
    count: made.length,
    time: Float64Array.from(made, ({ time }) => time),
    x: Float64Array.from(made, ({ x }) => x),
    y: new Float64Array(made.length),
    keys: new Uint8Array(made.length),
  };
}

test('a converted map is judged in windows of its own, is worth less with other keys, and is heard', () => {
  const objects = Array.from({ length: 10 }, (_, n) => `${n * 50},100,${1000 + n * 500},1,${n === 0 ? 8 : 0}`);
  const map = readBeatmap(writeMap({ od: 8, objects }), 'made up');
  const played = (mods: number, late: number) => {
    const play = prepareMania(map, mods, 'made up');
    const frames = framesOf(autoMania(play, late));
    const replay = { header: { ...headerOf(mods), mode: 3 as const }, frames, lazerMods: [], notes: [] };
    return { map, play, replay, timeline: judge(map, replay, 'made up') };
  };
  const { timeline, play } = played(0, 0);
  // The first has a clap: two notes.
  assert.deepEqual(
    [play.columns, timeline.geki, timeline.miss, timeline.score],
    [7, play.objects.length, 0, 1_000_000],
  );
  // Windows of a map of OD 8 made for mania end at 40, 73, 103; of a converted one at 34, 67, 97.
  assert.deepEqual(
    [16, 17, 34, 35, 67, 68, 97, 98, 121].map((late) => {
      const { geki, n300, katu, n100, n50, miss } = played(0, late).timeline;
      return ['geki', 'n300', 'katu', 'n100', 'n50', 'miss'][
        [geki, n300, katu, n100, n50, miss].indexOf(play.objects.length)
      ];
    }),
    ['geki', 'n300', 'n300', 'katu', 'katu', 'n100', 'n100', 'n50', 'n50'],
  );
  assert.deepEqual([played(MOD.K9, 0).timeline.score, played(MOD.K4, 0).timeline.score], [900_000, 780_000]);
  const { hits } = soundsOfPlay(played(0, 0));
  assert.equal(hits.filter(({ sample }) => sample.name === 'soft-hitnormal').length, play.objects.length);
  assert.ok(hits.some(({ sample, time }) => sample.name === 'soft-hitclap' && time === 1000));
});

test('a map that asks for more notes than anybody could play is refused by name; one of endless turns is converted at once', () => {
  const of = (count: number, length: number): Buffer =>
    writeMap({ objects: Array.from({ length: count }, (_, n) => `100,100,${n * 100},2,0,L|300:100,9000,${length}`) });
  const convert = (bytes: Buffer) => () => maniaMap(readBeatmap(bytes, 'a.osu'), 0, 'a.osu');
  // A note each 110 ms; then one long note for 9000 ways of 10 ms.
  assert.throws(convert(of(200, 11)), /a\.osu: more than 250000 notes/);
  assert.equal(convert(of(15_000, 1))().objects.length, 15_000);
});
