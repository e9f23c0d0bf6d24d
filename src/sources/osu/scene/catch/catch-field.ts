/** osu!catch: what falls, and the catcher under it. */

import { CATCHER_WIDTH } from '../../judge/catch-dash.ts';
import type { CatchPlay } from '../../judge/catch-play.ts';
import { MOD, type ReplayFrames } from '../../read/replay.ts';
import type { Brush } from '../brush.ts';
import { comboColoursOf } from '../colours.ts';
import { combosOf } from '../combos.ts';
import { Darkness } from '../dark.ts';
import { densityOf } from '../density.ts';
import type { Field, FieldDisplays, FieldInput, ShownCount, ShownKey } from '../field.ts';
import { catchGradeOf } from '../hud/grade.ts';
import { KeyPresses } from '../key-presses.ts';
import { Kiai } from '../kiai.ts';
import { Catches } from './catches.ts';
import { CatchDrawing } from './draw-catch.ts';
import { CatchersDrawing } from './draw-catchers.ts';
import { CatchElements } from './elements.ts';

const STRAINS = 100;
/** Of a fruit at the usual size, osu! pixels. */
const FRUIT = 32;
/** How far the light of Flashlight reaches, osu! pixels. */
const LIGHT = 203;
const COUNTS: readonly ShownCount[] = [
  { name: '300', longName: 'Fruits', colour: '#7cc4ff', count: ({ n300 }) => n300 },
  { name: '100', longName: 'Drops', colour: '#86e692', count: ({ n100 }) => n100 },
  { name: '50', longName: 'Droplets', colour: '#ffd166', count: ({ n50 }) => n50 },
  { name: '✕', longName: 'Misses', colour: '#ff6b78', count: ({ miss }) => miss },
];

export function catchField(play: CatchPlay, input: FieldInput): Field {
  const { map, replay, timeline, states, cursor, skin, options, stage, rate } = input;
  const { mods, objects, difficulty, scale } = play;
  const elements = new CatchElements(FRUIT * scale * stage.scale, CATCHER_WIDTH * scale * stage.scale, skin);
  const first = objects[0]?.time ?? 0;
  const last = objects.at(-1)?.time ?? first;
  const drawing = new CatchDrawing(
    {
      play,
      frames: replay.frames,
      cursor,
      catches: new Catches(play, timeline, cursor, FRUIT * scale),
      worn: combosOf(map.objects),
      colours: comboColoursOf(options.mapColours ? map.comboColours : [], skin?.settings.comboColours ?? []),
      hidden: (mods & MOD.HD) !== 0,
      kiai: new Kiai(map.timing),
      rate,
    },
    stage,
    elements,
  );
  const catchers = input.knockout && new CatchersDrawing(input.knockout, stage, rate, elements);
  const draw = (brush: Brush, now: number): void => {
    catchers?.others(brush, now);
    drawing.draw(brush, now);
    catchers?.own(brush, now);
  };
  const darkness = new Darkness();
  const dark = (mods & MOD.FL) !== 0;
  return {
    span: { seen: first - difficulty.preempt, first, last },
    displays: displaysOf(play, replay.frames, first, last),
    dark,
    draw: (brush, now) => {
      if (!dark) return draw(brush, now);
      const { x, y } = drawing.plateAt(now);
      const radius = LIGHT * lightOf(states.at(now).combo) * stage.scale;
      darkness.around(brush, { x: stage.x(x), y: stage.y(y), radius }, () => draw(brush, now));
    },
  };
}

const lightOf = (combo: number): number => (combo >= 200 ? 0.77 : combo >= 100 ? 0.885 : 1);

function displaysOf({ objects, mods }: CatchPlay, frames: ReplayFrames, first: number, last: number): FieldDisplays {
  const { x, keys } = frames;
  const step = (index: number): number => (index + 1 < frames.count ? (x[index + 1] ?? 0) - (x[index] ?? 0) : 0);
  // A replay says where the catcher went, not which keys did it.
  const key = (name: string, isDown: (index: number) => boolean): ShownKey => {
    const presses = new KeyPresses(frames, isDown);
    return { name, onlyUsed: false, presses: (now) => presses.at(now) };
  };
  const weighed = objects.filter(({ kind }) => kind === 'fruit' || kind === 'droplet');
  return {
    keys: [
      key('L', (index) => step(index) < 0),
      key('R', (index) => step(index) > 0),
      key('D', (index) => ((keys[index] ?? 0) & 1) !== 0),
    ],
    windows: [],
    markColour: () => '255 255 255',
    counts: COUNTS,
    strains: densityOf(
      weighed.map(({ time, x: place }, index) => ({
        time,
        weight: 1 + Math.abs(place - (weighed[index - 1]?.x ?? place)) / 120,
      })),
      first,
      last,
      STRAINS,
    ),
    grade: ({ accuracy }) => catchGradeOf(accuracy, mods),
  };
}
