import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { generatedMania } from '../../../../../test/osu/scene/generated-mania.ts';
import { prepareMania } from '../../judge/mania-play.ts';
import type { TimingPoint } from '../../read/beatmap.ts';
import { parseSkinIni } from '../../read/read-skin.ts';
import { MOD } from '../../read/replay.ts';
import { stageOf } from '../stage.ts';
import { ColumnKeys } from './column-keys.ts';
import { columnTypes, firstStage } from './column-types.ts';
import { coversOf } from './covers.ts';
import { layoutOf } from './layout.ts';
import { maniaLook } from './mania-look.ts';
import { Notes } from './notes.ts';
import { Scroll } from './scroll.ts';

const point = (time: number, beatLength: number): TimingPoint => ({
  time,
  beatLength,
  meter: 4,
  sampleSet: 1,
  sampleIndex: 0,
  volume: 100,
  uninherited: beatLength > 0,
  kiai: false,
  omitsFirstBar: false,
});

test('notes move at the speed of the tempo that lasts longest, others faster or slower beside it', () => {
  // 120 beats a minute for two seconds, 240 for eight; half speed from 6 s on.
  const scroll = new Scroll([point(0, 500), point(2000, 250), point(6000, -200)], 10_000);
  assert.deepEqual(
    [-1000, 0, 2000, 6000, 10_000].map((time) => scroll.at(time)),
    [-500, 0, 1000, 5000, 7000],
  );
  assert.equal(new Scroll([], 1000).at(700), 700);
});

test('whatever a map says of its timing, a later moment is never behind', () => {
  const beat = fc.oneof(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), fc.constantFrom(0, 1e-12, -1e-12, 1e300));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.double({ noNaN: true, min: -1e5, max: 1e6 }), beat), { maxLength: 20 }),
      fc.array(fc.double({ noNaN: true, min: -1e5, max: 1e6 }), { minLength: 2, maxLength: 20 }),
      (points, moments) => {
        const timing = points.toSorted((a, b) => a[0] - b[0]).map(([time, length]) => point(time, length));
        const scroll = new Scroll(timing, 1e6);
        const places = moments.toSorted((a, b) => a - b).map((time) => scroll.at(time));
        for (const [index, place] of places.entries()) {
          assert.ok(Number.isFinite(place));
          assert.ok(place >= (places[index - 1] ?? Number.NEGATIVE_INFINITY) - 1e-6);
        }
      },
    ),
  );
});

test('columns are seen in turns from the edge, the middle and a turntable special', () => {
  const of = (count: number, special = false): string =>
    columnTypes(count, firstStage(count, undefined), special).join('');
  assert.deepEqual(
    [1, 4, 5, 7, 8, 9].map((count) => of(count)),
    ['1', '1221', '12S21', '121S121', '12122121', '1212S2121'],
  );
  assert.equal(of(8, true), 'S121S121');
  assert.equal(of(10), '12S2112S21');
});

test('columns fill no more than the screen, side by side, in two stages from ten on', () => {
  for (const size of [
    { width: 1280, height: 720 },
    { width: 540, height: 960 },
    { width: 320, height: 240 },
  ])
    for (let count = 1; count <= 18; count++) {
      const { columns, stages, hit, way } = layoutOf(count, false, stageOf(size));
      assert.equal(columns.length, count);
      assert.equal(stages.length, count > 9 ? 2 : 1);
      for (const [index, { x, width }] of columns.entries()) {
        assert.ok(width >= 1 && x >= 0 && x + width <= size.width);
        const next = columns[index + 1];
        if (next) assert.ok(next.x >= x + width);
      }
      assert.ok(hit > size.height * 0.7 && hit < size.height && way === hit);
    }
});

test('the notes on their way are found, long ones from the side too', () => {
  const { play, timeline } = generatedMania();
  assert.ok(play.game === 'mania');
  const notes = new Notes(play, timeline, new Scroll([point(0, 400)], 10_000));
  // The long note of the fourth column: from 2050 to 2530.
  const seen = notes.between(3, 2300, 2700).map(({ note }) => note.time);
  assert.deepEqual(seen, [2050, 2650]);
  assert.deepEqual(notes.between(0, -500, 900), []);
  const held = notes.columns[3]?.find(({ note }) => note.kind === 'hold');
  assert.deepEqual([held?.headAt, held?.brokenAt, held?.result], [2050, undefined, { time: 2530, value: 320 }]);
});

test('keys of columns: when they went down, and how often', () => {
  const frames = {
    count: 4,
    time: Float64Array.of(0, 100, 200, 300),
    x: Float64Array.of(0, 5, 4, 1),
    y: new Float64Array(4),
    keys: new Uint8Array(4),
  };
  const keys = new ColumnKeys(frames, 3);
  assert.deepEqual(keys.at(0, 150), { down: true, count: 1, since: 100 });
  assert.deepEqual(keys.at(0, 250), { down: false, count: 1, since: 200 });
  assert.deepEqual(keys.at(0, 300), { down: true, count: 2, since: 300 });
  assert.deepEqual(keys.at(2, 299), { down: true, count: 1, since: 100 });
  assert.deepEqual(keys.at(1, 1000), { down: false, count: 0, since: Number.NEGATIVE_INFINITY });
});

test('covers grow with the combo: 160 of 768 lines, half a line for each, 400 at most', () => {
  const hidden = (combo: number): number => coversOf(MOD.HD, combo, 640)[0]?.gone ?? 0;
  assert.deepEqual([hidden(0), hidden(100), hidden(480), hidden(5000)], [160 / 640, 210 / 640, 400 / 640, 400 / 640]);
  const fadeIn = coversOf(MOD.FI, 0, 640)[0];
  assert.ok(fadeIn && fadeIn.gone === 0.75 && fadeIn.whole < fadeIn.gone);
  assert.deepEqual(coversOf(0, 100, 640), []);
  const [below, above] = coversOf(MOD.FL, 250, 640);
  assert.ok(below && above && below.whole < above.whole && above.gone - below.gone < 0.25);
});

test('a skin says each number of keys apart; what it says badly is its own fault alone', async () => {
  const ini = parseSkinIni(
    '[Mania]\nHitPosition: 420\nKeys: 4\nColumnWidth: 50,60,x,9999\nColour1: 1,2,3,51\n[Mania]\nKeys: 7\nHitPosition: 9000\nUpsideDown: 1\n[Colours]\nCombo1: 9,9,9\n',
  );
  assert.equal(ini.get('colours.combo1'), '9,9,9');
  const asked: string[] = [];
  const look = await maniaLook(ini, { columns: 4, special: false }, async (name) => {
    asked.push(name);
    return undefined;
  });
  assert.deepEqual(look.columnWidths, [50, 60, 200, 30]);
  assert.deepEqual([look.hitPosition, look.upsideDown], [420, false]);
  assert.deepEqual(look.colours[0], [{ r: 1, g: 2, b: 3 }, 0.2]);
  assert.ok(asked.includes('mania-note1') && asked.includes('mania-key2d') && asked.includes('mania-hit300g-0'));
  const seven = await maniaLook(ini, { columns: 7, special: false }, async () => undefined);
  assert.deepEqual([seven.hitPosition, seven.upsideDown, seven.columnWidths[6]], [480, true, 30]);
});

test('columns of a map: by place, eighteen at most', () => {
  const { map } = generatedMania({ columns: 18 });
  const play = prepareMania(map, 0, 'made up');
  assert.deepEqual(
    [play.columns, play.objects.slice(0, 19).map(({ column }) => column)],
    [18, [...Array(18).keys(), 0]],
  );
  assert.equal(prepareMania({ ...map, difficulty: { ...map.difficulty, cs: 5000 } }, 0, 'made up').columns, 18);
});
