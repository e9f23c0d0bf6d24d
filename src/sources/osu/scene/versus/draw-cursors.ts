/** The cursors of all who play at once, with their names; who falls out is crossed out where it happened, and faint from then on. */
import type { Rgb } from '../../read/beatmap.ts';
import type { Brush, Sprite } from '../brush.ts';
import { clamp } from '../clamp.ts';
import { css, shade } from '../colours.ts';
import { DrawnOnce, disc, ring, write } from '../drawn-once.ts';
import type { Stage } from '../stage.ts';
import type { Player, Versus } from './players.ts';

/** Real milliseconds. */
const TRAIL = { ms: 90, steps: 6 } as const;
const FALLS_MS = 500;
const CROSS_MS = 1100;
const OUT = 0.22;
/** With more than these still in, the list alone has their names. */
const MOST_TAGS = 10;

export class CursorsDrawing extends DrawnOnce {
  private readonly players: readonly Player[];
  private readonly own: number;
  private readonly stage: Stage;
  private readonly rate: number;

  /** @param rate ms of the map in one of real time */
  constructor({ players, own }: Versus, stage: Stage, rate: number) {
    super();
    this.players = players;
    this.own = own;
    this.stage = stage;
    this.rate = rate;
  }

  draw(brush: Brush, now: number): void {
    const { players, own } = this;
    const left = players.filter(({ outAt }) => now < outAt).length;
    // Who is out lies below, who is left at the end above all.
    const order = players
      .map((player, index) => ({ player, index }))
      .sort((a, b) => rank(a.player, a.index === own, now) - rank(b.player, b.index === own, now));
    for (const { player } of order) this.one(brush, player, now, left <= MOST_TAGS);
  }

  private one(brush: Brush, player: Player, now: number, isNamed: boolean): void {
    if (!player.place) return;
    const { stage } = this;
    const since = (now - player.outAt) / this.rate;
    const alpha = since < 0 ? 1 : 1 - (1 - OUT) * clamp(since / FALLS_MS);
    const place = player.place(now);
    const [x, y] = [stage.x(place.x), stage.y(place.y)];
    if (since < 0)
      for (let step = TRAIL.steps; step > 0; step--) {
        const age = step / TRAIL.steps;
        const before = player.place(now - age * TRAIL.ms * this.rate);
        brush.sprite(this.trail(player.colour), stage.x(before.x), stage.y(before.y), 1, 0.45 * (1 - age));
      }
    brush.moving(this.cursor(player.colour), x, y, since < 0 ? 1 : 0.8, alpha);
    if (since < 0 && isNamed) this.tag(brush, player, x, y);
    if (since >= 0 && since < CROSS_MS) this.cross(brush, player, since);
  }

  private tag(brush: Brush, { name, colour }: Player, x: number, y: number): void {
    const { unit } = this.stage;
    const tag = this.word(name, css(shade(colour, 0.35)), 13 * unit);
    brush.sprite(tag, x + tag.width / 2 + 9 * unit, y - 10 * unit, 1, 0.9);
  }

  private cross(brush: Brush, player: Player, since: number): void {
    const { stage } = this;
    const { x, y } = player.place?.(player.outAt) ?? { x: 0, y: 0 };
    const part = since / CROSS_MS;
    const alpha = 1 - part * part;
    const [middle, top] = [stage.x(x), stage.y(y) + 26 * stage.unit * part];
    brush.sprite(this.mark(), middle, top, 1, alpha);
    brush.sprite(this.word(player.name, '#ff8d96', 16 * stage.unit), middle, top + 24 * stage.unit, 1, alpha);
  }

  private cursor(colour: Rgb): Sprite {
    return this.square(`cursor ${css(colour)}`, 26 * this.stage.unit, (context, r) => {
      disc(context, r * 0.72, css(colour, 0.9));
      context.lineWidth = r * 0.16;
      context.strokeStyle = '#ffffff';
      ring(context, r * 0.72);
      disc(context, r * 0.22, '#ffffff');
    });
  }

  private trail(colour: Rgb): Sprite {
    return this.square(`trail ${css(colour)}`, 16 * this.stage.unit, (context, r) =>
      disc(context, r * 0.9, css(colour)),
    );
  }

  private mark(): Sprite {
    return this.square('mark', 34 * this.stage.unit, (context, r) => {
      for (const [width, colour] of [
        [0.42, 'rgb(20 0 4 / 0.8)'],
        [0.24, '#ff4f5e'],
      ] as const) {
        context.lineWidth = r * width;
        context.lineCap = 'round';
        context.strokeStyle = colour;
        context.beginPath();
        context.moveTo(-r * 0.6, -r * 0.6);
        context.lineTo(r * 0.6, r * 0.6);
        context.moveTo(r * 0.6, -r * 0.6);
        context.lineTo(-r * 0.6, r * 0.6);
        context.stroke();
      }
    });
  }

  private word(text: string, colour: string, pixels: number): Sprite {
    return this.sprite(
      `word ${text} ${colour} ${pixels}`,
      pixels * (0.68 * text.length + 0.6),
      pixels * 1.5,
      (context) => write(context, text, pixels, colour, pixels * 0.16),
    );
  }
}

const rank = ({ outAt }: Player, isOwn: boolean, now: number): number => (isOwn ? 2 : now < outAt ? 1 : 0);
