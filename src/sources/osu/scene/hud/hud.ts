/**
 * The displays over the field. Each is a drawing of its own that is made again when what it says has changed, and each can be switched off.
 */
import { createCanvas, type SKRSContext2D } from '@napi-rs/canvas';
import type { KeptDrawing, PlacedSprite, Rect } from '../../../../media/overlay/overlay-scene.ts';
import type { Sprite } from '../brush.ts';
import { clamp } from '../clamp.ts';
import type { FieldDisplays } from '../field.ts';
import type { HudPart } from '../options.ts';
import type { SkinLook } from '../skin-look.ts';
import type { Stage } from '../stage.ts';
import { gradeColour, gradeText } from './grade.ts';
import { Letters, ofSprites } from './letters.ts';
import { line, pill, rounded } from './line.ts';
import { SkinHud } from './skin-hud.ts';
import type { PlayState, PlayStates } from './state.ts';
import { drawStrains } from './strain-graph.ts';

export interface HudShape {
  readonly states: PlayStates;
  /** Of the game that is played. */
  readonly displays: FieldDisplays;
  readonly mods: readonly string[];
  /** Milliseconds of the map in one of real time. */
  readonly rate: number;
  /** First and last moment of the map, ms. */
  readonly from: number;
  readonly to: number;
  readonly shown: readonly HudPart[];
  /** Its pictures are taken where it has them. */
  readonly skin?: SkinLook | undefined;
}

/** Marks of the hit error bar stay this long, ms of real time. */
const ERROR_STAYS = 6000;
const WHITE = '#ffffff';

export class Hud {
  private readonly shape: HudShape;
  private readonly stage: Stage;
  private readonly skin: SkinHud | undefined;
  private readonly letters = new Letters();
  private readonly newest = new Map<string, { readonly key: string; readonly drawings: readonly KeptDrawing[] }>();
  /** What letters lie on, by what they are. */
  private readonly grounds = new Map<string, Sprite>();

  constructor(shape: HudShape, stage: Stage) {
    this.shape = shape;
    this.stage = stage;
    this.skin = shape.skin && new SkinHud(shape.skin, stage);
  }

  at(now: number): KeptDrawing[] {
    const { shown, states, rate, displays } = this.shape;
    const state = states.at(now);
    const { skin } = this;
    const one = (drawing: KeptDrawing | undefined): readonly KeptDrawing[] | undefined => drawing && [drawing];
    const drawings: (KeptDrawing | undefined)[] = [
      shown.includes('strains') ? this.strainGraph(now) : undefined,
      shown.includes('hp') ? (skin?.life(state.hp, now / rate) ?? this.life(state)) : undefined,
      ...(shown.includes('score') ? (one(skin?.score(state.score)) ?? this.score(state)) : []),
      ...(shown.includes('accuracy') ? (one(skin?.accuracy(state.accuracy)) ?? this.accuracy(state, now)) : []),
      shown.includes('grade') ? this.grade(state) : undefined,
      shown.includes('mods') ? this.modList() : undefined,
      ...(shown.includes('combo')
        ? (one(skin?.combo(state.combo, this.popOf(state, now))) ?? this.combo(state, now))
        : []),
      ...(shown.includes('counter') ? this.counter(state) : []),
      ...(shown.includes('keys') ? (skin?.keys(displays.keys, now) ?? this.keys(now)) : []),
      ...(shown.includes('errors') ? this.errorBar(now) : []),
    ];
    return drawings.flatMap((drawing) => drawing ?? []);
  }

  /** How much larger the combo is since it grew, 0 to 1, in few steps. */
  private popOf({ combo, comboSince }: PlayState, now: number): number {
    const since = (now - comboSince) / this.shape.rate;
    return combo > 0 ? Math.round((1 - clamp(since / 160)) * 4) / 4 : 0;
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
    const { lifeEnd = Number.POSITIVE_INFINITY } = this.shape.displays;
    const room = lifeEnd / u - 18;
    // Beside a stage at the left edge there is no room for it at all.
    const wide = room < 120 ? 420 : Math.min(420, room);
    return this.box(`hp ${steps}`, 16 * u, 14 * u, (wide + 10) * u, 18 * u, (context) => {
      pill(context, 17 * u, 17 * u, (wide + 2) * u, 12 * u, 'rgb(0 0 0 / 0.55)');
      pill(context, 18 * u, 18 * u, wide * u, 10 * u, 'rgb(255 255 255 / 0.16)');
      if (steps === 0) return;
      const colour = steps < 60 ? '#ff6b6b' : steps < 110 ? '#ffd166' : '#7fe3a0';
      pill(context, 18 * u, 18 * u, Math.max(10, (wide * steps) / 200) * u, 10 * u, colour);
    });
  }

  private score({ score }: PlayState): readonly KeptDrawing[] {
    const { u } = this;
    const text = `${score}`.padStart(8, '0');
    return this.said('score', text, () => this.letters.text(text, this.right(14), 34 * u, 44 * u, WHITE, 'right', 600));
  }

  private accuracy({ accuracy }: PlayState, now: number): readonly KeptDrawing[] {
    const { u } = this;
    const { from, to } = this.shape;
    const text = `${(accuracy * 100).toFixed(2)} %`;
    const part = Math.round(clamp((now - from) / Math.max(1, to - from)) * 120);
    const [x, y, r] = [this.right(176), 78 * u, 11 * u];
    return [
      ...this.said('accuracy', text, () => this.letters.text(text, this.right(14), y, 26 * u, WHITE, 'right', 600)),
      this.box(`done ${part}`, x - r - 2, y - r - 2, 2 * r + 4, 2 * r + 4, (context) => {
        context.fillStyle = 'rgb(0 0 0 / 0.45)';
        context.beginPath();
        context.arc(x, y, r + 1, 0, 2 * Math.PI);
        context.fill();
        context.fillStyle = 'rgb(255 255 255 / 0.25)';
        context.beginPath();
        context.arc(x, y, r, 0, 2 * Math.PI);
        context.fill();
        context.fillStyle = 'rgb(255 255 255 / 0.9)';
        context.beginPath();
        context.moveTo(x, y);
        context.arc(x, y, r, -Math.PI / 2, -Math.PI / 2 + (2 * Math.PI * part) / 120);
        context.fill();
      }),
    ];
  }

  private grade(state: PlayState): KeptDrawing {
    const grade = this.shape.displays.grade(state);
    return this.box(`grade ${grade}`, this.right(270), 60 * this.u, 66 * this.u, 36 * this.u, (context) =>
      line(context, gradeText(grade), this.right(236), 78 * this.u, 26 * this.u, gradeColour(grade), 'center', 700),
    );
  }

  private modList(): KeptDrawing | undefined {
    const { mods } = this.shape;
    if (mods.length === 0) return undefined;
    const { u } = this;
    const roomOf = (name: string): number => (name.length > 2 ? 28 + 8 * name.length : 44) * u;
    const width = mods.reduce((sum, name) => sum + roomOf(name), 0);
    return this.box('mods', this.right(14) - width, 104 * u, width, 30 * u, (context) => {
      let x = this.right(14) - width;
      for (const name of mods) {
        const room = roomOf(name);
        pill(context, x + 2 * u, 107 * u, room - 4 * u, 24 * u, 'rgb(10 14 30 / 0.65)');
        line(context, name, x + room / 2, 119 * u, 15 * u, '#cfe3ff', 'center', 700);
        x += room;
      }
    });
  }

  private combo({ combo, comboSince }: PlayState, now: number): readonly KeptDrawing[] {
    const { u } = this;
    const since = (now - comboSince) / this.shape.rate;
    const pop = combo > 0 ? Math.round((1 - clamp(since / 160)) * 3) * 2 : 0;
    const bottom = this.stage.size.height - 42 * u;
    return this.said('combo', `${combo} ${pop}`, () =>
      this.letters.text(`${combo}x`, 18 * u, bottom, (52 + pop * 2) * u, WHITE, 'left', 700),
    );
  }

  private counter(state: PlayState): readonly KeptDrawing[] {
    const { u } = this;
    const { counts } = this.shape.displays;
    // The last row stands at the same place whatever there is to count.
    const top = this.stage.size.height / 2 + (68 - counts.length * 32) * u;
    const names = this.box('counter', 8 * u, top - 16 * u, 60 * u, (counts.length * 32 + 8) * u, (context) => {
      for (const [index, { name, colour }] of counts.entries())
        line(context, name, 16 * u, top + index * 32 * u, 20 * u, colour, 'left', 700);
    });
    const rows = counts.flatMap((row, index) => {
      const value = row.count(state);
      return this.said(`count ${index}`, `${value}`, () =>
        this.letters.text(`${value}`, 70 * u, top + index * 32 * u, 20 * u, WHITE, 'left', 600),
      );
    });
    return [names, ...rows];
  }

  private keys(now: number): KeptDrawing[] {
    const { u } = this;
    const middle = this.stage.size.height / 2 - 50 * u;
    return this.shape.displays.keys.flatMap((key, index) => {
      const { name } = key;
      const { down, count } = key.presses(now);
      if (count === 0 && key.onlyUsed) return [];
      const y = middle + index * 50 * u;
      const text = count === 0 ? name.toUpperCase() : `${count}`;
      const [pixels, colour] = [(text.length > 3 ? 14 : 18) * u, down ? '#20242e' : WHITE];
      const side = Math.round(44 * u);
      const ground = this.ground(`key ${down}`, side, side, (context) =>
        rounded(context, 0, 0, side, side, 9 * u, down ? '#ffd65a' : 'rgb(10 14 30 / 0.6)'),
      );
      return this.said(`key ${name}`, `${count} ${down}`, () => [
        { sprite: ground, x: Math.round(this.right(54)), y: Math.round(y + 2 * u), alpha: 1 },
        ...this.letters.text(text, this.right(32), y + 25 * u, pixels, colour, 'center', 700),
      ]);
    });
  }

  /** What a display says; put together anew only when that changes. @param name of the display @param what tells all of it */
  private said(name: string, what: string, put: () => readonly PlacedSprite[]): readonly KeptDrawing[] {
    const key = `${name} ${what}`;
    const last = this.newest.get(name);
    if (last?.key === key) return last.drawings;
    const drawings = ofSprites(key, put());
    this.newest.set(name, { key, drawings });
    return drawings;
  }

  private ground(key: string, width: number, height: number, draw: (context: SKRSContext2D) => void): Sprite {
    const known = this.grounds.get(key);
    if (known) return known;
    const image = createCanvas(width, height);
    draw(image.getContext('2d'));
    const made: Sprite = { image, width, height };
    this.grounds.set(key, made);
    return made;
  }

  private errorBar(now: number): KeptDrawing[] {
    const { u } = this;
    const { displays, states, rate } = this.shape;
    const widest = displays.windows[0];
    if (!widest) return [];
    const [x, y] = [this.stage.size.width / 2, this.stage.size.height - 20 * u];
    const perMs = (200 * u) / widest.ms;
    const bar = this.box('errors', x - 204 * u, y - 10 * u, 408 * u, 20 * u, (context) => {
      pill(context, x - 202 * u, y - 5 * u, 404 * u, 10 * u, 'rgb(0 0 0 / 0.4)');
      for (const { ms, colour } of displays.windows)
        pill(context, x - ms * perMs, y - 3 * u, 2 * ms * perMs, 6 * u, colour);
      context.fillStyle = WHITE;
      context.fillRect(x - u, y - 10 * u, 2 * u, 20 * u);
    });
    const [width, height] = [Math.max(2, Math.round(2 * u)), Math.round(18 * u)];
    const marks = states.errorsBefore(now, ERROR_STAYS * rate).flatMap(({ time, error, value }) => {
      const alpha = Math.ceil(4 * (1 - clamp((now - time) / (ERROR_STAYS * rate)))) / 4;
      const left = Math.round((x + error * perMs) / 2) * 2;
      const sprite = this.ground(`mark ${value}`, width, height, (context) => {
        context.fillStyle = `rgb(${displays.markColour(value)} / 0.85)`;
        context.fillRect(0, 0, width, height);
      });
      const placed: PlacedSprite = { sprite, x: left, y: Math.round(y - 9 * u), alpha };
      return ofSprites(`mark ${left} ${value} ${alpha}`, [placed]);
    });
    const unstable = states.unstableRate(now);
    if (unstable === undefined) return [bar, ...marks];
    const text = `${(unstable / rate).toFixed(1)} UR`;
    const letters = this.said('unstable', text, () =>
      this.letters.text(text, x, y - 24 * u, 15 * u, WHITE, 'center', 600),
    );
    return [bar, ...marks, ...letters];
  }

  private strainGraph(now: number): KeptDrawing | undefined {
    const { displays, from, to } = this.shape;
    const { strains } = displays;
    if (strains.length < 2) return undefined;
    const { u } = this;
    const [left, width] = [16 * u, 200 * u];
    const bottom = this.stage.size.height - 92 * u;
    const done = Math.round(clamp((now - from) / Math.max(1, to - from)) * strains.length);
    const rect = { x: left, y: bottom - 46 * u, width: width + 2, height: 48 * u };
    return this.box(`strains ${done}`, rect.x, rect.y, rect.width, rect.height, (context) =>
      drawStrains(context, strains, { x: left, y: bottom - 43 * u, width, height: 43 * u }, done),
    );
  }
}
