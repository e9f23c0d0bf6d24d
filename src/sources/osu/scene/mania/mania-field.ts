/** osu!mania: notes that fall along columns, keys, lights, the word for each hit and the combo. */
import type { ManiaNote, ManiaPlay } from '../../judge/mania-play.ts';
import type { JudgeEvent } from '../../judge/timeline.ts';
import { bordersOf } from '../../measures.ts';
import { MOD } from '../../read/replay.ts';
import type { Brush } from '../brush.ts';
import { clamp } from '../clamp.ts';
import { lastAtOrBefore } from '../cursor-path.ts';
import { type DensityPoint, densityOf } from '../density.ts';
import type { Field, FieldDisplays, FieldInput, ShownCount } from '../field.ts';
import type { Grade } from '../hud/grade.ts';
import type { PlayState } from '../hud/state.ts';
import { ColumnKeys } from './column-keys.ts';
import { coversOf } from './covers.ts';
import { NotesDrawing } from './draw-notes.ts';
import { layoutOf, type ManiaLayout } from './layout.ts';
import { ManiaElements, VERDICTS } from './mania-elements.ts';
import { Notes } from './notes.ts';
import { Scroll } from './scroll.ts';
import { paintStage } from './stage-ground.ts';

/** Real milliseconds that a note takes to the hit line at speed 1; ppy/osu's DrawableManiaRuleset. */
const SLOWEST = 11_485;
const STRAINS = 100;
/** Real milliseconds. */
const BEAM_FADES = 140;
const BURST_MS = 160;
const WORD_MS = { grows: 60, stays: 260, goes: 180 } as const;
const COMBO_POPS = 110;
const HOLD_PULSE = 180;
/** More keys have no room in the display of keys: the stage shows them anyway. */
const MOST_SHOWN_KEYS = 8;
/** Between the bar of life and the stage, units. */
const LIFE_GAP = 12;

const COUNTS: readonly ShownCount[] = (
  [
    [320, ({ geki }) => geki],
    [300, ({ n300 }) => n300],
    [200, ({ katu }) => katu],
    [100, ({ n100 }) => n100],
    [50, ({ n50 }) => n50],
    [0, ({ miss }) => miss],
  ] as const satisfies readonly (readonly [number, (state: PlayState) => number])[]
).map(([value, count]) => {
  const { word, colour } = VERDICTS[value] ?? { word: '', colour: '#ffffff' };
  return { name: value === 0 ? '✕' : word, longName: value === 0 ? 'Miss' : word, colour, count };
});

export function maniaField(play: ManiaPlay, input: FieldInput): Field {
  const { map, replay, timeline, states, skin, options, stage, rate } = input;
  const { mods, objects } = play;
  const look = skin?.mania;
  const first = objects[0]?.time ?? 0;
  const last = objects.reduce((latest, { endTime }) => Math.max(latest, endTime), first);
  const layout = layoutOf(play.columns, play.special, stage, look);
  const elements = new ManiaElements(layout, look, skin);
  const range = (SLOWEST / options.scrollSpeed) * rate;
  const scroll = new Scroll(map.timing, last);
  const bars = bordersOf(map, first - range, last).map(({ time }) => scroll.at(time));
  const drawing = new NotesDrawing(
    new Notes(play, timeline, scroll),
    scroll,
    bars,
    layout,
    elements,
    look,
    range,
    stage.size.height,
  );
  const keys = new ColumnKeys(replay.frames, play.columns);
  const effects = new Effects(play, timeline.events, layout, elements, keys, rate);
  const lines = (layout.way / stage.scale) * 1.6;
  const showCombo = options.hud.includes('combo');
  return {
    span: { seen: first - range, first, last },
    displays: {
      ...displaysOf(play, keys, densityOf(objects.map(weighed), first, last, STRAINS)),
      lifeEnd: Math.min(...layout.stages.map(({ x }) => x)) - LIFE_GAP * stage.unit,
    },
    dark: false,
    paintGround: (context) => paintStage(context, stage.size, layout, elements, look),
    draw: (brush, now) => {
      const state = states.at(now);
      const covers = coversOf(mods, state.combo, lines);
      effects.beams(brush, now);
      if (look?.keysUnderNotes) effects.keys(brush, now, stage.size.height);
      drawing.draw(brush, now, covers);
      if (!look?.keysUnderNotes) effects.keys(brush, now, stage.size.height);
      effects.over(brush, now);
      if (showCombo) effects.combo(brush, now, state);
    },
  };
}

/** A long note is held from when its head is hit until it is let go, or over. */
function holdsOf(objects: readonly ManiaNote[], columns: number, events: readonly JudgeEvent[]): Float64Array[] {
  const lists: number[][] = Array.from({ length: columns }, () => []);
  for (const { kind, value, object, time } of events) {
    const note = objects[object];
    const list = lists[note?.column ?? 0];
    if (note?.kind !== 'hold' || !list) continue;
    const isHeld = list.length % 2 === 1;
    if (kind === 'head' && value > 0 && !isHeld) list.push(time);
    else if (isHeld && (kind === 'result' || (kind === 'tick' && value === 0))) list.push(time);
  }
  return lists.map((list) => Float64Array.from(list));
}

/** What goes down together with the note before it is a chord, and easier than its keys one by one. */
function weighed({ time, kind }: ManiaNote, index: number, notes: readonly ManiaNote[]): DensityPoint {
  return { time, weight: (time === notes[index - 1]?.time ? 0.25 : 1) + (kind === 'hold' ? 0.2 : 0) };
}

/** Lights of keys and hits, the word for the last verdict, the combo. */
class Effects {
  private readonly layout: ManiaLayout;
  private readonly elements: ManiaElements;
  private readonly pressed: ColumnKeys;
  private readonly rate: number;
  private readonly results: readonly JudgeEvent[];
  private readonly times: Float64Array;
  /** Of each column, rising: when something was hit in it. */
  private readonly hits: readonly Float64Array[];
  /** Of each column, rising: when a long note began and ended to be held, in turns. */
  private readonly holds: readonly Float64Array[];

  constructor(
    { objects, columns }: ManiaPlay,
    events: readonly JudgeEvent[],
    layout: ManiaLayout,
    elements: ManiaElements,
    pressed: ColumnKeys,
    rate: number,
  ) {
    this.layout = layout;
    this.elements = elements;
    this.pressed = pressed;
    this.rate = rate;
    this.results = events.filter(({ kind }) => kind === 'result').toSorted((a, b) => a.time - b.time);
    this.times = Float64Array.from(this.results, ({ time }) => time);
    const hits: number[][] = Array.from({ length: columns }, () => []);
    for (const { kind, value, object, time } of events)
      if ((kind === 'result' || kind === 'head') && value > 0) hits[objects[object]?.column ?? 0]?.push(time);
    this.hits = hits.map((list) => Float64Array.from(list).sort());
    this.holds = holdsOf(objects, columns, events);
  }

  beams(brush: Brush, now: number): void {
    const { layout } = this;
    const height = Math.round(layout.way * 0.55);
    for (const [column, { x, width }] of layout.columns.entries()) {
      const { down, since } = this.pressed.at(column, now);
      const alpha = down ? 1 : 1 - clamp((now - since) / (BEAM_FADES * this.rate));
      if (alpha <= 0) continue;
      const beam = this.elements.beam(column, height);
      const y = layout.hit + ((layout.upsideDown ? 1 : -1) * beam.height) / 2;
      brush.sprite(beam, x + width / 2, y, 1, alpha);
    }
  }

  keys(brush: Brush, now: number, screen: number): void {
    const { layout } = this;
    const rest = layout.upsideDown ? layout.hit : screen - layout.hit;
    for (const [column, { x, width }] of layout.columns.entries()) {
      if (!this.pressed.at(column, now).down) continue;
      const key = this.elements.key(column, true, rest);
      brush.sprite(key, x + width / 2, layout.upsideDown ? key.height / 2 : screen - key.height / 2);
    }
  }

  over(brush: Brush, now: number): void {
    const { layout, elements } = this;
    for (const [column, { x, width }] of layout.columns.entries()) {
      const holds = this.holds[column] ?? new Float64Array();
      const held = lastAtOrBefore(holds, holds.length, now);
      if (held % 2 === 0) {
        const pulse = 0.5 + 0.5 * Math.cos(((now - (holds[held] ?? 0)) / this.rate / HOLD_PULSE) * 2 * Math.PI);
        brush.sprite(elements.burst(column, true), x + width / 2, layout.hit, 1, 0.7 + 0.3 * pulse);
        continue;
      }
      const times = this.hits[column] ?? new Float64Array();
      const age = (now - (times[lastAtOrBefore(times, times.length, now)] ?? Number.NEGATIVE_INFINITY)) / this.rate;
      if (age >= BURST_MS) continue;
      const part = age / BURST_MS;
      brush.sprite(elements.burst(column, false), x + width / 2, layout.hit, 0.8 + 0.35 * part, 1 - part);
    }
    const result = this.results[lastAtOrBefore(this.times, this.times.length, now)];
    if (!result) return;
    const age = (now - result.time) / this.rate;
    const { grows, stays, goes } = WORD_MS;
    if (age >= stays + goes) return;
    const scale = age < grows ? 0.75 + 0.35 * (age / grows) : 1.1 - 0.1 * clamp((age - grows) / grows);
    this.centred(brush, elements.word(result.value), layout.words, scale, 1 - clamp((age - stays) / goes));
  }

  combo(brush: Brush, now: number, { combo, comboSince }: PlayState): void {
    if (combo < 2) return;
    const age = (now - comboSince) / this.rate;
    const scale = 1 + 0.22 * (1 - clamp(age / COMBO_POPS));
    this.centred(brush, this.elements.combo(combo, '#ffffff'), this.layout.combo, scale, 1);
  }

  private centred(brush: Brush, sprite: Parameters<Brush['sprite']>[0], y: number, scale: number, alpha: number): void {
    for (const { x, width } of this.layout.stages) brush.sprite(sprite, x + width / 2, y, scale, alpha);
  }
}

function displaysOf(play: ManiaPlay, keys: ColumnKeys, strains: readonly number[]): FieldDisplays {
  const { windows, mods, columns } = play;
  const shown = columns > MOST_SHOWN_KEYS ? 0 : columns;
  return {
    keys: Array.from({ length: shown }, (_, column) => ({
      name: `${column + 1}`,
      onlyUsed: false,
      presses: (now: number) => keys.at(column, now),
    })),
    windows: [
      { ms: windows.w50, colour: 'rgb(195 166 255 / 0.7)' },
      { ms: windows.w100, colour: 'rgb(124 196 255 / 0.75)' },
      { ms: windows.w200, colour: 'rgb(134 230 146 / 0.8)' },
      { ms: windows.w300, colour: 'rgb(255 209 102 / 0.85)' },
      { ms: windows.max, colour: 'rgb(255 243 176 / 0.95)' },
    ],
    markColour: (value) => (value >= 300 ? '255 236 150' : value === 200 ? '134 230 146' : '150 190 255'),
    counts: COUNTS,
    strains,
    grade: (state) => maniaGrade(state.accuracy, mods),
    without: ['combo'],
  };
}

/** By accuracy alone; osu!'s wiki, “Grade”. */
function maniaGrade(accuracy: number, mods: number): Grade {
  const silver = (mods & (MOD.HD | MOD.FL | MOD.FI)) !== 0;
  if (accuracy >= 1) return silver ? 'XH' : 'X';
  if (accuracy > 0.95) return silver ? 'SH' : 'S';
  if (accuracy > 0.9) return 'A';
  if (accuracy > 0.8) return 'B';
  return accuracy > 0.7 ? 'C' : 'D';
}
