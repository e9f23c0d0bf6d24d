/** osu!standard: circles, sliders and spinners, with the cursor over them. */
import type { PlayMap } from '../../judge/prepare.ts';
import { MOD } from '../../read/replay.ts';
import { comboColoursOf } from '../colours.ts';
import { combosOf } from '../combos.ts';
import type { CursorPath } from '../cursor-path.ts';
import type { Field, FieldDisplays, FieldInput, ShownCount } from '../field.ts';
import { gradeOf } from '../hud/grade.ts';
import { Kiai } from '../kiai.ts';
import { CursorsDrawing } from '../versus/draw-cursors.ts';
import { CursorDrawing } from './draw-cursor.ts';
import { sightOf } from './fade.ts';
import { LightSize } from './light-size.ts';
import { outcomesOf } from './outcome.ts';
import { Playfield } from './playfield.ts';
import { strainsOf } from './strains.ts';

const STRAINS = 100;
const COUNTS: readonly ShownCount[] = [
  { name: '300', longName: '300', colour: '#7cc4ff', count: ({ n300 }) => n300 },
  { name: '100', longName: '100', colour: '#86e692', count: ({ n100 }) => n100 },
  { name: '50', longName: '50', colour: '#ffd166', count: ({ n50 }) => n50 },
  { name: '✕', longName: 'Miss', colour: '#ff6b78', count: ({ miss }) => miss },
];

export function standardField(play: PlayMap, input: FieldInput): Field {
  const { map, replay, timeline, cursor, skin, options, stage, rate } = input;
  const { mods, difficulty, objects } = play;
  const first = objects[0]?.time ?? 0;
  const last = objects.reduce((latest, { endTime }) => Math.max(latest, endTime), first);
  const field = new Playfield(
    {
      objects,
      worn: combosOf(map.objects),
      outcomes: outcomesOf(timeline, objects),
      colours: comboColoursOf(options.mapColours ? map.comboColours : [], skin?.settings.comboColours ?? []),
      kiai: new Kiai(map.timing),
      sight: sightOf(difficulty, (mods & MOD.HD) !== 0),
      radius: difficulty.radius,
      rate,
      cursor,
      show: { results300: options.results300, followPoints: options.followPoints },
    },
    stage,
    skin,
  );
  const drawing = new CursorDrawing(stage, skin, cursor, replay.frames, rate);
  const cursors = input.knockout && new CursorsDrawing(input.knockout, stage, rate);
  const dark = (mods & MOD.FL) !== 0;
  const light = new LightSize(timeline.events, rate);
  const sliders = objects.filter(({ kind }) => kind === 'slider');
  const isSliding = (now: number): boolean =>
    (cursor.keysAt(now) & 15) !== 0 && sliders.some(({ time, endTime }) => time <= now && now <= endTime);
  return {
    span: { seen: first - difficulty.preempt, first, last },
    displays: displaysOf(play, cursor, strainsOf(objects, first, last, STRAINS)),
    dark,
    draw: (brush, now) => {
      const paint = (): void => {
        drawing.smoke(brush, now);
        field.draw(brush, now);
      };
      if (dark) drawing.flashlight(brush, now, light.at(now), isSliding(now), paint);
      else paint();
      (cursors ?? drawing).draw(brush, now);
    },
  };
}

function displaysOf({ difficulty, mods }: PlayMap, cursor: CursorPath, strains: readonly number[]): FieldDisplays {
  return {
    keys: (['k1', 'k2', 'm1', 'm2'] as const).map((name, index) => ({
      name,
      // Nobody who plays with keys wants to see mouse buttons that are never used.
      onlyUsed: index > 1,
      presses: (now) => cursor.pressesOf(name, now),
    })),
    windows: [
      { ms: difficulty.window50, colour: 'rgb(255 205 90 / 0.75)' },
      { ms: difficulty.window100, colour: 'rgb(110 230 120 / 0.8)' },
      { ms: difficulty.window300, colour: 'rgb(96 190 255 / 0.9)' },
    ],
    markColour: (value) => (value === 300 ? '140 210 255' : value === 100 ? '140 240 150' : '255 215 110'),
    counts: COUNTS,
    strains,
    grade: (state) => gradeOf(state, mods),
  };
}
