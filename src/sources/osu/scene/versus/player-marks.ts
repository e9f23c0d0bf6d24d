/** How those who play at once are told apart, whatever stands for them: names in their colours, and a cross where one falls out. */
import type { Brush, Sprite } from '../brush.ts';
import { clamp } from '../clamp.ts';
import { css, shade } from '../colours.ts';
import { DrawnOnce, write } from '../drawn-once.ts';
import type { Stage } from '../stage.ts';
import type { Player, Versus } from './players.ts';

/** Real milliseconds. */
const FALLS_MS = 500;
const CROSS_MS = 1100;
const OUT = 0.22;
/** With more than these still in, the list alone has their names. */
const MOST_TAGS = 10;

/** One of them at a moment. */
export interface Shown {
  readonly player: Player;
  readonly isOwn: boolean;
  /** Real milliseconds since it fell out; negative while it is in. */
  readonly since: number;
  /** 1, and less from when it fell out on. */
  readonly alpha: number;
  readonly isNamed: boolean;
}

export class PlayerMarks extends DrawnOnce {
  protected readonly stage: Stage;
  /** Ms of the map in one of real time. */
  protected readonly rate: number;
  private readonly versus: Versus;

  constructor(versus: Versus, stage: Stage, rate: number) {
    super();
    this.versus = versus;
    this.stage = stage;
    this.rate = rate;
  }

  /** Who is out lies below, who is left at the end above all. */
  protected shownAt(now: number): Shown[] {
    const { players, own } = this.versus;
    const left = players.filter(({ outAt }) => now < outAt).length;
    return players
      .map((player, index): Shown => {
        const since = (now - player.outAt) / this.rate;
        const alpha = since < 0 ? 1 : 1 - (1 - OUT) * clamp(since / FALLS_MS);
        return { player, isOwn: index === own, since, alpha, isNamed: since < 0 && left <= MOST_TAGS };
      })
      .sort((a, b) => rankOf(a) - rankOf(b));
  }

  protected tag(brush: Brush, { name, colour }: Player, x: number, y: number): void {
    const { unit } = this.stage;
    const tag = this.word(name, css(shade(colour, 0.35)), 13 * unit);
    brush.sprite(tag, x + tag.width / 2 + 9 * unit, y - 10 * unit, 1, 0.9);
  }

  /** @param x, y where it fell out */
  protected cross(brush: Brush, { player, since }: Shown, x: number, y: number): void {
    if (since < 0 || since >= CROSS_MS) return;
    const { unit } = this.stage;
    const part = since / CROSS_MS;
    const alpha = 1 - part * part;
    const top = y + 26 * unit * part;
    brush.sprite(this.mark(), x, top, 1, alpha);
    brush.sprite(this.word(player.name, '#ff8d96', 16 * unit), x, top + 24 * unit, 1, alpha);
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

const rankOf = ({ isOwn, since }: Shown): number => (isOwn ? 2 : since < 0 ? 1 : 0);
