/**
 * Maps of osu!standard played as osu!taiko and osu!catch, against another reckoning of the same rules: rosu-pp counts what it can be hit or caught for its
 * difficulty.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Beatmap, Difficulty, GameMode } from 'rosu-pp-js';
import { prepareCatch } from '../../src/sources/osu/judge/catch-play.ts';
import { prepareTaiko } from '../../src/sources/osu/judge/taiko-play.ts';
import { readBeatmap } from '../../src/sources/osu/read/read-beatmap.ts';
import { MOD } from '../../src/sources/osu/read/replay.ts';
import { writeMap } from './map-writer.ts';

function agree(bytes: Uint8Array, name: string, mods: number): void {
  const map = readBeatmap(bytes, name);
  const taiko = new Beatmap(bytes);
  taiko.convert(GameMode.Taiko);
  const notes = new Difficulty({ mods }).calculate(taiko).maxCombo;
  taiko.free();
  // For less than three notes it reckons nothing.
  const ours = prepareTaiko(map, mods, name).notes;
  if (ours > 3) assert.equal(ours, notes, `${name}: notes of osu!taiko`);
  const caught = new Beatmap(bytes);
  caught.convert(GameMode.Catch);
  const { nFruits, nDroplets, nTinyDroplets, maxCombo } = new Difficulty({ mods }).calculate(caught);
  caught.free();
  const { objects } = prepareCatch(map, mods, name);
  const of = (kind: string): number => objects.filter((object) => object.kind === kind).length;
  const counted = [of('fruit'), of('droplet'), of('tiny'), of('fruit') + of('droplet')];
  assert.deepEqual(counted, [nFruits, nDroplets, nTinyDroplets, maxCombo], `${name}: fruits, droplets, tiny ones`);
}

test('generated maps: as many notes, fruits and droplets as rosu-pp counts', () => {
  const made = fc.record({
    beat: fc.constantFrom(250, 333.333333333333, 375.46, 500),
    speed: fc.constantFrom(-200, -133.3333, -100, -71.4285, -50),
    version: fc.constantFrom(7, 9, 14),
    tickRate: fc.constantFrom(1, 2, 3),
    multiplier: fc.constantFrom(0.8, 1.4, 1.85),
    objects: fc.array(
      fc.record({
        kind: fc.constantFrom('circle', 'slider', 'spinner'),
        x: fc.integer({ min: 0, max: 512 }),
        to: fc.integer({ min: 0, max: 512 }),
        gap: fc.integer({ min: 100, max: 800 }),
        length: fc.integer({ min: 20, max: 500 }),
        spans: fc.integer({ min: 1, max: 4 }),
      }),
      { minLength: 5, maxLength: 30 },
    ),
  });
  fc.assert(
    fc.property(
      made,
      fc.constantFrom(0, MOD.HR, MOD.EZ),
      ({ beat, speed, version, tickRate, multiplier, objects }, mods) => {
        let time = 1000;
        const lines = objects.map(({ kind, x, to, gap, length, spans }) => {
          time += gap;
          const start = time;
          if (kind === 'circle') return `${x},100,${start},1,0`;
          time += kind === 'spinner' ? 900 : Math.ceil((length * spans * beat * -speed) / (10_000 * multiplier));
          if (kind === 'spinner') return `256,192,${start},12,0,${time}`;
          return `${x},100,${start},2,0,L|${to}:300,${spans},${length}`;
        });
        const timing = [`0,${beat},4,2,0,100,1,0`, `0,${speed},4,2,0,100,0,0`];
        agree(writeMap({ version, tickRate, sliderMultiplier: multiplier, timing, objects: lines }), 'made up', mods);
      },
    ),
    { numRuns: 150 },
  );
});
