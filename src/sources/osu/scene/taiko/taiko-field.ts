/** osu!taiko: the lane with what comes along it, the target, and the drum that lights up with the keys. */
import type { TaikoPlay } from '../../judge/taiko-play.ts';
import { MOD } from '../../read/replay.ts';
import type { Brush } from '../brush.ts';
import { clamp } from '../clamp.ts';
import { Darkness } from '../dark.ts';
import { densityOf } from '../density.ts';
import type { Field, FieldDisplays, FieldInput, ShownCount } from '../field.ts';
import { gradeOf } from '../hud/grade.ts';
import { KeyPresses } from '../key-presses.ts';
import { Kiai } from '../kiai.ts';
import { barLinesOf } from './bar-lines.ts';
import { LaneDrawing } from './draw-lane.ts';
import { TaikoElements } from './elements.ts';
import { taikoHitsOf } from './hits.ts';
import { laneOf, wayOf } from './lane.ts';

/** Of the list of players: from the left, and from the lane; parts of a screen 720 high. */
const LIST_LEFT = 120;
const LIST_BELOW = 18;
const STRAINS = 100;
/** Bits of the replay, in the order in which they lie on the drum. */
const KEYS = [
  { name: 'LK', bit: 2, rim: true, right: false },
  { name: 'LD', bit: 1, rim: false, right: false },
  { name: 'RD', bit: 4, rim: false, right: true },
  { name: 'RK', bit: 8, rim: true, right: true },
] as const;
/** A part of the drum stays lit so long after it was struck, real ms. */
const LIT = 140;
/** What comes slowly is not waited for longer than this, ms of the map. */
const MOST_LEAD = 5000;
/** Osu! pixels of light around the target; less at combos of 100 and 200. */
const LIGHT = 125;
const COUNTS: readonly ShownCount[] = [
  { name: '300', longName: 'Great', colour: '#ffd65a', count: ({ n300 }) => n300 },
  { name: '100', longName: 'Good', colour: '#9fd8ff', count: ({ n100 }) => n100 },
  { name: '✕', longName: 'Miss', colour: '#ff6b78', count: ({ miss }) => miss },
];

export function taikoField(play: TaikoPlay, input: FieldInput): Field {
  const { map, replay, timeline, states, options, stage, rate } = input;
  const { mods, objects } = play;
  const lane = laneOf(stage, mods);
  const elements = new TaikoElements(lane, input.skin);
  const first = objects[0]?.time ?? 0;
  const last = objects.reduce((latest, { endTime }) => Math.max(latest, endTime), first);
  const seen = objects.reduce((early, { time, speed }) => Math.min(early, time - wayOf(lane, speed)), first);
  const drawing = new LaneDrawing(
    {
      objects,
      hits: taikoHitsOf(timeline, objects.length),
      bars: barLinesOf(map, mods, last),
      kiai: new Kiai(map.timing),
      hidden: (mods & MOD.HD) !== 0,
      hard: (mods & MOD.HR) !== 0,
      rate,
      results300: options.results300,
    },
    lane,
    elements,
  );
  const keys = KEYS.map((key) => ({
    ...key,
    presses: new KeyPresses(replay.frames, (index) => ((replay.frames.keys[index] ?? 0) & key.bit) !== 0),
  }));
  const drum = (brush: Brush, now: number): void => {
    for (const { rim, right, presses } of keys) {
      const alpha = 1 - clamp((now - presses.downAt(now)) / rate / LIT);
      brush.sprite(elements.drumPart(rim, right), lane.drum / 2, lane.y, 1, alpha);
    }
  };
  const darkness = new Darkness();
  const dark = (mods & MOD.FL) !== 0;
  return {
    span: { seen: Math.max(seen, first - MOST_LEAD), first, last },
    // Below the lane, beside the counter.
    displays: {
      ...displaysOf(play, keys, first, last),
      list: { left: LIST_LEFT * stage.unit, top: lane.top + lane.height + LIST_BELOW * stage.unit },
    },
    dark,
    paintGround: (context) => {
      const { image, width, height } = elements.ground();
      context.drawImage(image, lane.right / 2 - width / 2, lane.y - height / 2);
    },
    draw: (brush, now) => {
      if (dark)
        darkness.around(brush, { x: lane.target, y: lane.y, radius: lightOf(states.at(now).combo) * stage.scale }, () =>
          drawing.draw(brush, now),
        );
      else drawing.draw(brush, now);
      drum(brush, now);
    },
  };
}

const lightOf = (combo: number): number => LIGHT * (combo >= 200 ? 0.8 : combo >= 100 ? 0.9 : 1);

function displaysOf(
  { windows, objects, mods }: TaikoPlay,
  keys: readonly { readonly name: string; readonly presses: KeyPresses }[],
  first: number,
  last: number,
): FieldDisplays {
  return {
    keys: keys.map(({ name, presses }) => ({ name, onlyUsed: false, presses: (now) => presses.at(now) })),
    windows: [
      { ms: windows.good, colour: 'rgb(110 190 230 / 0.8)' },
      { ms: windows.great, colour: 'rgb(255 214 90 / 0.9)' },
    ],
    markColour: (value) => (value === 300 ? '255 232 150' : '160 220 255'),
    counts: COUNTS,
    strains: densityOf(
      objects.flatMap(({ kind, time }) => (kind === 'note' ? { time, weight: 1 } : [])),
      first,
      last,
      STRAINS,
    ),
    grade: (state) => gradeOf(state, mods),
  };
}
