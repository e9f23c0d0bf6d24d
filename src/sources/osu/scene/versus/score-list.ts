/** The list at the side: who stands where, with score, combo and misses, live. Who fell out is faint. */
import type { KeptDrawing, PlacedSprite } from '../../../../media/overlay/overlay-scene.ts';
import type { Sprite } from '../brush.ts';
import { css } from '../colours.ts';
import { DrawnOnce } from '../drawn-once.ts';
import { Letters, ofSprites } from '../hud/letters.ts';
import { line, rounded } from '../hud/line.ts';
import type { Stage } from '../stage.ts';
import { type Player, ranksAt, type Standing, type Versus } from './players.ts';

/** Rows beside a play; the own one is always there. In a knock-out all are. */
const ROWS = 6;
/** Real milliseconds in which a row moves to its new place, looked at so many times. */
const MOVES = { ms: 240, looks: 6 } as const;
const OUT = 0.38;

interface Shape {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly pitch: number;
}

export class ScoreList extends DrawnOnce {
  private readonly versus: Versus;
  private readonly stage: Stage;
  private readonly rate: number;
  private readonly shape: Shape;
  private readonly letters = new Letters();

  /** @param rate ms of the map in one of real time @param place of its upper left corner, pixels */
  constructor(versus: Versus, stage: Stage, rate: number, place?: { readonly left: number; readonly top: number }) {
    super();
    this.versus = versus;
    this.stage = stage;
    this.rate = rate;
    const { unit: u, size } = stage;
    const count = versus.players.length;
    const { left, top } = place ?? { left: 12 * u, top: (versus.knockout ? 20 : 46) * u };
    const room = size.height - top - 20 * u;
    this.shape = versus.knockout
      ? { left, top, width: 250 * u, pitch: Math.min(30 * u, room / Math.max(1, count)) }
      : { left, top, width: 216 * u, pitch: 35 * u };
  }

  at(now: number): KeptDrawing[] {
    const { players, own, knockout } = this.versus;
    const looks = Array.from({ length: MOVES.looks }, (_, index) =>
      this.shownRanks(now - (index / (MOVES.looks - 1)) * MOVES.ms * this.rate),
    );
    const ranks = ranksAt(players, now);
    return players.flatMap((player, index) => {
      const seen = looks.map((look) => look[index] ?? Number.POSITIVE_INFINITY);
      if (seen[0] === Number.POSITIVE_INFINITY) return [];
      const known = seen.filter((place) => place !== Number.POSITIVE_INFINITY);
      const place = known.reduce((sum, one) => sum + one, 0) / known.length;
      const standing = player.standing(now);
      return this.row(player, standing, ranks[index] ?? 0, place, index === own && !knockout, now >= player.outAt);
    });
  }

  /** Of each player the place in the list, infinite where it is not on it. */
  private shownRanks(now: number): number[] {
    const { players, own, knockout } = this.versus;
    const ranks = ranksAt(players, now);
    if (knockout) return ranks;
    const mine = ranks[own] ?? 0;
    return ranks.map((rank) => {
      if (mine < ROWS) return rank < ROWS ? rank : Number.POSITIVE_INFINITY;
      return rank === mine ? ROWS - 1 : rank < ROWS - 1 ? rank : Number.POSITIVE_INFINITY;
    });
  }

  private row(
    { name, colour }: Player,
    { score, combo, misses }: Standing,
    rank: number,
    place: number,
    isOwn: boolean,
    isOut: boolean,
  ): KeptDrawing[] {
    const { left, top, pitch } = this.shape;
    const [x, y] = [Math.round(left), Math.round(top + place * pitch)];
    const told = score.toLocaleString('en-US');
    const { knockout } = this.versus;
    const plate = knockout ? this.flatPlate(name, css(colour)) : this.tallPlate(name, css(colour), rank, isOwn);
    const words = knockout ? this.flat(x, y, told, combo, misses) : this.tall(x, y, told, combo);
    const alpha = isOut ? OUT : 1;
    return ofSprites(
      `list ${name} ${css(colour)} ${knockout ? '' : rank} ${y} ${told} ${combo} ${knockout ? misses : ''} ${isOut}`,
      [{ sprite: plate, x: x - 1, y: y - 1, alpha: 1 }, ...words].map((placed) => ({ ...placed, alpha })),
    );
  }

  private get height(): number {
    return Math.max(8, Math.round(this.shape.pitch) - 2);
  }

  /** Of a row of a knock-out; a list of many has small ones. */
  private get flatPixels(): number {
    return Math.round(15 * Math.min(this.stage.unit, this.height / 24));
  }

  private flat(x: number, y: number, told: string, combo: number, misses: number): PlacedSprite[] {
    const { letters, flatPixels: pixels, height } = this;
    const { width } = this.shape;
    const middle = y + height / 2;
    const small = Math.round(pixels * 0.85);
    return [
      ...letters.text(told, x + width * 0.74, middle, pixels, '#ffffff', 'right', 600),
      ...letters.text(`${combo}x`, x + width * 0.9, middle, small, '#cfe3ff', 'right', 600),
      ...letters.text(`${misses}`, x + width * 0.98, middle, small, misses > 0 ? '#ff6b78' : '#7f8db0', 'right', 600),
    ];
  }

  private tall(x: number, y: number, told: string, combo: number): PlacedSprite[] {
    const { unit: u } = this.stage;
    const pixels = Math.round(13 * u);
    return [
      ...this.letters.text(told, x + 13 * u, y + 24 * u, pixels, '#cfe3ff', 'left', 500),
      ...this.letters.text(`${combo}x`, x + this.shape.width * 0.8, y + 24 * u, pixels, '#ffd98a', 'right', 500),
    ];
  }

  private flatPlate(name: string, colour: string): Sprite {
    const { height, flatPixels: pixels } = this;
    const { width } = this.shape;
    return this.sprite(`plate ${name} ${colour}`, width, height, (context) => {
      context.translate(-width / 2, -height / 2);
      rounded(context, 0, 0, width, height, height * 0.2, 'rgb(8 11 24 / 0.62)');
      rounded(context, 0, 0, height * 0.22, height, height * 0.1, colour);
      context.beginPath();
      context.rect(0, 0, width * 0.47, height);
      context.clip();
      line(context, name, height * 0.5, height / 2, pixels, '#ffffff', 'left', 600);
    });
  }

  private tallPlate(name: string, colour: string, rank: number, isOwn: boolean): Sprite {
    const { height } = this;
    const { width } = this.shape;
    const { unit: u } = this.stage;
    return this.sprite(`plate ${name} ${colour} ${rank} ${isOwn}`, width, height, (context) => {
      context.translate(-width / 2, -height / 2);
      rounded(context, 0, 0, width, height, 6 * u, isOwn ? 'rgb(60 92 190 / 0.78)' : 'rgb(8 11 24 / 0.62)');
      rounded(context, 0, 0, 5 * u, height, 3 * u, colour);
      line(context, `${rank + 1}`, width - 9 * u, height / 2, 20 * u, 'rgb(255 255 255 / 0.35)', 'right', 700);
      context.beginPath();
      context.rect(0, 0, width * 0.82, height);
      context.clip();
      line(context, name, 13 * u, 10 * u, 13 * u, '#ffffff', 'left', 600);
    });
  }
}
