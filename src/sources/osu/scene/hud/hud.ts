/**
 * The displays over the field. Each is a drawing of its own that is made again when what it says has changed, and each can be switched off.
 */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { KeptDrawing, Rect } from '../../../../media/overlay/overlay-scene.ts';
import { inter } from '../../../../media/scene/font.ts';
import { clamp } from '../clamp.ts';
import type { FieldDisplays } from '../field.ts';
import type { HudPart } from '../options.ts';
import type { Stage } from '../stage.ts';
import { gradeColour, gradeText } from './grade.ts';
import { modNames } from './mods.ts';
import type { PlayState, PlayStates } from './state.ts';

export interface HudShape {
  readonly states: PlayStates;
  /** Of the game that is played. */
  readonly displays: FieldDisplays;
  readonly mods: number;
  /** Milliseconds of the map in one of real time. */
  readonly rate: number;
  /** First and last moment of the map, ms. */
  readonly from: number;
  readonly to: number;
  readonly shown: readonly HudPart[];
}

/** Marks of the hit error bar stay this long, ms of real time. */
const ERROR_STAYS = 6000;
const WHITE = '#ffffff';
const SHADOW = 'rgb(0 0 0 / 0.55)';

export class Hud {
  private readonly shape: HudShape;
  private readonly stage: Stage;
  private readonly mods: readonly string[];

  constructor(shape: HudShape, stage: Stage) {
    this.shape = shape;
    this.stage = stage;
    this.mods = modNames(shape.mods);
  }

  at(now: number): KeptDrawing[] {
    const { shown, states } = this.shape;
    const state = states.at(now);
    const drawings: (KeptDrawing | undefined)[] = [
      shown.includes('strains') ? this.strainGraph(now) : undefined,
      shown.includes('hp') ? this.life(state) : undefined,
      shown.includes('score') ? this.score(state) : undefined,
      shown.includes('accuracy') ? this.accuracy(state, now) : undefined,
      shown.includes('grade') ? this.grade(state) : undefined,
      shown.includes('mods') ? this.modList() : undefined,
      shown.includes('combo') ? this.combo(state, now) : undefined,
      shown.includes('counter') ? this.counter(state) : undefined,
      ...(shown.includes('keys') ? this.keys(now) : []),
      ...(shown.includes('errors') ? this.errorBar(now) : []),
    ];
    return drawings.flatMap((drawing) => drawing ?? []);
  }

  private get u(): number {
    return this.stage.unit;
  }

  /** From the right edge. */
  private right(x: number): number {
    return this.stage.size.width - x * this.u;
  }

  private box(
    key: string,
    x: number,
    y: number,
    width: number,
    height: number,
    draw: KeptDrawing['draw'],
  ): KeptDrawing {
    const rect: Rect = { x: Math.round(x), y: Math.round(y), width: Math.round(width), height: Math.round(height) };
    return { key, rect, draw };
  }

  private life({ hp }: PlayState): KeptDrawing {
    const { u } = this;
    const steps = Math.round(clamp(hp) * 200);
    return this.box(`hp ${steps}`, 16 * u, 14 * u, 430 * u, 18 * u, (context) => {
      pill(context, 18 * u, 18 * u, 420 * u, 10 * u, 'rgb(0 0 0 / 0.5)');
      if (steps === 0) return;
      const colour = steps < 60 ? '#ff6b6b' : steps < 110 ? '#ffd166' : '#7fe3a0';
      pill(context, 18 * u, 18 * u, Math.max(10, (420 * steps) / 200) * u, 10 * u, colour);
    });
  }

  private score({ score }: PlayState): KeptDrawing {
    const text = `${score}`.padStart(8, '0');
    return this.box(`score ${text}`, this.right(320), 8 * this.u, 310 * this.u, 52 * this.u, (context) =>
      line(context, text, this.right(14), 34 * this.u, 44 * this.u, WHITE, 'right', 600),
    );
  }

  private accuracy({ accuracy }: PlayState, now: number): KeptDrawing {
    const { u } = this;
    const { from, to } = this.shape;
    const text = `${(accuracy * 100).toFixed(2)} %`;
    const part = Math.round(clamp((now - from) / Math.max(1, to - from)) * 120);
    return this.box(`accuracy ${text} ${part}`, this.right(220), 60 * u, 212 * u, 36 * u, (context) => {
      line(context, text, this.right(14), 78 * u, 26 * u, WHITE, 'right', 600);
      const [x, y, r] = [this.right(176), 78 * u, 11 * u];
      context.fillStyle = 'rgb(255 255 255 / 0.25)';
      context.beginPath();
      context.arc(x, y, r, 0, 2 * Math.PI);
      context.fill();
      context.fillStyle = 'rgb(255 255 255 / 0.9)';
      context.beginPath();
      context.moveTo(x, y);
      context.arc(x, y, r, -Math.PI / 2, -Math.PI / 2 + (2 * Math.PI * part) / 120);
      context.fill();
    });
  }

  private grade(state: PlayState): KeptDrawing {
    const grade = this.shape.displays.grade(state);
    return this.box(`grade ${grade}`, this.right(270), 60 * this.u, 66 * this.u, 36 * this.u, (context) =>
      line(context, gradeText(grade), this.right(236), 78 * this.u, 26 * this.u, gradeColour(grade), 'center', 700),
    );
  }

  private modList(): KeptDrawing | undefined {
    if (this.mods.length === 0) return undefined;
    const { u } = this;
    const width = this.mods.length * 44 * u;
    return this.box('mods', this.right(14) - width, 104 * u, width, 30 * u, (context) => {
      for (const [index, name] of this.mods.entries()) {
        const x = this.right(14) - width + index * 44 * u;
        pill(context, x + 2 * u, 107 * u, 40 * u, 24 * u, 'rgb(10 14 30 / 0.65)');
        line(context, name, x + 22 * u, 119 * u, 15 * u, '#cfe3ff', 'center', 700);
      }
    });
  }

  private combo({ combo, comboSince }: PlayState, now: number): KeptDrawing {
    const { u } = this;
    const since = (now - comboSince) / this.shape.rate;
    const pop = combo > 0 ? Math.round((1 - clamp(since / 160)) * 3) * 2 : 0;
    const width = (`${combo}x`.length + 1) * 42 * u;
    const bottom = this.stage.size.height - 42 * u;
    return this.box(`combo ${combo} ${pop}`, 8 * u, bottom - 40 * u, width, 78 * u, (context) =>
      line(context, `${combo}x`, 18 * u, bottom, (52 + pop * 2) * u, WHITE, 'left', 700),
    );
  }

  private counter(state: PlayState): KeptDrawing {
    const { u } = this;
    const top = this.stage.size.height / 2 - 60 * u;
    const rows = this.shape.displays.counts.map((row) => ({ ...row, value: row.count(state) }));
    const said = rows.map(({ value }) => value).join(' ');
    return this.box(`counter ${said}`, 8 * u, top - 16 * u, 130 * u, (rows.length * 32 + 8) * u, (context) => {
      for (const [index, { name, value, colour }] of rows.entries()) {
        const y = top + index * 32 * u;
        line(context, name, 16 * u, y, 20 * u, colour, 'left', 700);
        line(context, `${value}`, 70 * u, y, 20 * u, WHITE, 'left', 600);
      }
    });
  }

  private keys(now: number): KeptDrawing[] {
    const { u } = this;
    const middle = this.stage.size.height / 2 - 50 * u;
    return this.shape.displays.keys.flatMap((key, index) => {
      const { name } = key;
      const { down, count } = key.presses(now);
      if (count === 0 && key.onlyUsed) return [];
      const y = middle + index * 50 * u;
      return this.box(`key ${name} ${count} ${down}`, this.right(58), y, 52 * u, 48 * u, (context) => {
        rounded(context, this.right(54), y + 2 * u, 44 * u, 44 * u, 9 * u, down ? '#ffd65a' : 'rgb(10 14 30 / 0.6)');
        const text = count === 0 ? name.toUpperCase() : `${count}`;
        line(
          context,
          text,
          this.right(32),
          y + 25 * u,
          (text.length > 3 ? 14 : 18) * u,
          down ? '#20242e' : WHITE,
          'center',
          700,
        );
      });
    });
  }

  private errorBar(now: number): KeptDrawing[] {
    const { u } = this;
    const { displays, states, rate } = this.shape;
    const widest = displays.windows[0];
    if (!widest) return [];
    const [x, y] = [this.stage.size.width / 2, this.stage.size.height - 20 * u];
    const perMs = (200 * u) / widest.ms;
    const bar = this.box('errors', x - 204 * u, y - 10 * u, 408 * u, 20 * u, (context) => {
      for (const { ms, colour } of displays.windows)
        pill(context, x - ms * perMs, y - 3 * u, 2 * ms * perMs, 6 * u, colour);
      context.fillStyle = WHITE;
      context.fillRect(x - u, y - 10 * u, 2 * u, 20 * u);
    });
    const marks = states.errorsBefore(now, ERROR_STAYS * rate).map(({ time, error, value }): KeptDrawing => {
      const alpha = Math.ceil(4 * (1 - clamp((now - time) / (ERROR_STAYS * rate)))) / 4;
      const left = Math.round((x + error * perMs) / 2) * 2;
      const colour = displays.markColour(value);
      const width = Math.max(2, Math.round(2 * u));
      return this.box(`mark ${left} ${value} ${alpha}`, left, y - 9 * u, width, 18 * u, (context) => {
        context.fillStyle = `rgb(${colour} / ${0.85 * alpha})`;
        context.fillRect(left, y - 9 * u, width, 18 * u);
      });
    });
    const unstable = states.unstableRate(now);
    const text = unstable === undefined ? '' : `${(unstable / rate).toFixed(1)} UR`;
    const rateText = this.box(`unstable ${text}`, x - 60 * u, y - 36 * u, 120 * u, 24 * u, (context) =>
      line(context, text, x, y - 24 * u, 15 * u, WHITE, 'center', 600),
    );
    return text === '' ? [bar, ...marks] : [bar, ...marks, rateText];
  }

  private strainGraph(now: number): KeptDrawing | undefined {
    const { displays, from, to } = this.shape;
    const { strains } = displays;
    if (strains.length === 0) return undefined;
    const { u } = this;
    const [left, width] = [16 * u, 200 * u];
    const bottom = this.stage.size.height - 92 * u;
    const done = Math.round(clamp((now - from) / Math.max(1, to - from)) * strains.length);
    return this.box(`strains ${done}`, left, bottom - 46 * u, width, 48 * u, (context) => {
      for (const [index, strain] of strains.entries()) {
        const height = Math.max(1, 44 * strain) * u;
        context.fillStyle = index < done ? 'rgb(255 214 90 / 0.85)' : 'rgb(255 255 255 / 0.3)';
        const x = left + (width * index) / strains.length;
        context.fillRect(x, bottom - height, Math.max(1, width / strains.length - u * 0.5), height);
      }
    });
  }
}

export function line(
  context: SKRSContext2D,
  text: string,
  x: number,
  y: number,
  pixels: number,
  colour: string,
  align: 'left' | 'center' | 'right',
  weight: 400 | 500 | 600 | 700,
): void {
  context.font = inter(weight, pixels);
  context.textAlign = align;
  context.textBaseline = 'middle';
  context.fillStyle = SHADOW;
  context.fillText(text, x + pixels * 0.04, y + pixels * 0.06);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

function pill(context: SKRSContext2D, x: number, y: number, width: number, height: number, fill: string): void {
  rounded(context, x, y, width, height, height / 2, fill);
}

export function rounded(
  context: SKRSContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  radius: number,
  fill: string,
): void {
  context.fillStyle = fill;
  context.beginPath();
  context.roundRect(x, y, width, height, Math.min(radius, width / 2, height / 2));
  context.fill();
}
