/** Every element of osu!taiko, drawn once: notes and verdicts of the skin where it has pictures, all else by code. */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Rgb } from '../../read/beatmap.ts';
import type { Sprite } from '../brush.ts';
import { css, shade } from '../colours.ts';
import { disc, ring, write } from '../drawn-once.ts';
import { SkinDrawings } from '../skin-drawings.ts';
import { asItIs, type SkinLook, tinted } from '../skin-look.ts';
import type { Lane } from './lane.ts';

const DON: Rgb = { r: 235, g: 69, b: 44 };
const KAT: Rgb = { r: 68, g: 141, b: 171 };
export const ROLL: Rgb = { r: 252, g: 184, b: 6 };
/** A note is so wide in a skin, and a lane so high. */
const NOTE_PIXELS = 128;
const LANE_PIXELS = 200;
const WORDS: Readonly<Record<number, { readonly text: string; readonly colour: string }>> = {
  300: { text: 'GREAT', colour: '#ffd65a' },
  100: { text: 'GOOD', colour: '#9fd8ff' },
  0: { text: 'MISS', colour: '#ff6b78' },
};

export class TaikoElements extends SkinDrawings {
  private readonly lane: Lane;
  private middle: Sprite | undefined;

  constructor(lane: Lane, skin?: SkinLook) {
    super(skin);
    this.lane = lane;
  }

  note(rim: boolean, large: boolean): Sprite {
    const colour = rim ? KAT : DON;
    const own = this.ofSkin(large, colour);
    if (own) return own;
    return this.square(`note ${rim} ${large}`, this.side(large), (context, r) => {
      body(context, r, colour);
      // Told apart without colours too: a don has a heart, a kat a hole.
      if (rim) {
        context.lineWidth = r * 0.13;
        context.strokeStyle = 'rgb(255 255 255 / 0.9)';
        ring(context, r * 0.42);
      } else disc(context, r * 0.36, 'rgb(255 255 255 / 0.9)');
    });
  }

  /** Between the ends of a drumroll, stretched to its length: the skin's; undefined where it has none. */
  rollMiddle(): Sprite | undefined {
    const picture = this.picture('taiko-roll-middle');
    // Not as a kept drawing: those have an edge of nothing, which would be stretched too.
    this.middle ??= picture && tinted(picture, ROLL, 1);
    return this.middle;
  }

  /** What a drumroll of the skin ends with: half a circle, of which the middle of the sprite is the roll's end. */
  rollTail(large: boolean): Sprite | undefined {
    const picture = this.picture('taiko-roll-end');
    return (
      picture &&
      this.pictured(`roll end ${large}`, () => {
        const side = this.side(large);
        const { image, width, height } = tinted(picture, ROLL, side / NOTE_PIXELS);
        return this.sprite(`roll half ${large}`, 2 * width, height, (context) =>
          context.drawImage(image, 0, -height / 2, width, height),
        );
      })
    );
  }

  /** The round ends of a drumroll. */
  rollEnd(large: boolean): Sprite {
    const own = this.ofSkin(large, ROLL);
    if (own) return own;
    return this.square(`roll ${large}`, this.side(large), (context, r) => body(context, r, ROLL));
  }

  tick(): Sprite {
    const own = this.own('sliderscorepoint', this.side(false) / NOTE_PIXELS);
    if (own) return own;
    return this.square('tick', this.lane.note * 0.5, (context, r) => {
      disc(context, r, 'rgb(90 50 0 / 0.6)');
      disc(context, r * 0.7, '#ffffff');
    });
  }

  denden(): Sprite {
    return this.square('denden', this.side(true), (context, r) => {
      body(context, r, ROLL);
      context.lineWidth = r * 0.11;
      context.lineCap = 'round';
      context.strokeStyle = 'rgb(255 255 255 / 0.95)';
      for (let arm = 0; arm < 3; arm++) {
        context.beginPath();
        const turn = (arm * 2 * Math.PI) / 3;
        context.arc(0, 0, r * 0.45, turn, turn + 1.5);
        context.stroke();
      }
    });
  }

  /** Grows with the hits of a denden, and the one that it must reach. */
  dendenRing(outer: boolean): Sprite {
    return this.square(`denden ring ${outer}`, this.lane.large * 2 * 2.4, (context, r) => {
      if (!outer) return disc(context, r * 0.98, css(ROLL, 0.4));
      context.lineWidth = r * 0.03;
      context.strokeStyle = css(shade(ROLL, 0.3), 0.9);
      ring(context, r * 0.97);
    });
  }

  burst(value: number, large: boolean): Sprite {
    const colour = value === 300 ? '255 214 90' : '150 215 255';
    return this.square(`burst ${value} ${large}`, this.side(large) * 1.7, (context, r) => {
      const glow = context.createRadialGradient(0, 0, r * 0.3, 0, 0, r);
      glow.addColorStop(0, `rgb(${colour} / 0.75)`);
      glow.addColorStop(1, `rgb(${colour} / 0)`);
      disc(context, r, glow);
    });
  }

  /** Around the target while the music is at its best. */
  kiai(): Sprite {
    const own = this.own('taiko-glow', this.lane.height / LANE_PIXELS);
    if (own) return own;
    return this.square('kiai', this.lane.height, (context, r) => {
      const glow = context.createRadialGradient(0, 0, r * 0.4, 0, 0, r);
      glow.addColorStop(0, 'rgb(255 150 40 / 0.65)');
      glow.addColorStop(1, 'rgb(255 90 20 / 0)');
      disc(context, r, glow);
    });
  }

  word(value: number): Sprite {
    const own = this.own(`taiko-hit${value}`, this.lane.height / LANE_PIXELS);
    if (own) return own;
    const { text, colour } = WORDS[value] ?? { text: '', colour: '#ffffff' };
    return this.text(text, this.lane.note * 0.72, colour);
  }

  text(text: string, pixels: number, colour: string): Sprite {
    return this.sprite(`text ${text} ${pixels} ${colour}`, (text.length + 1) * pixels * 0.8, pixels * 1.6, (context) =>
      write(context, text, pixels, colour, pixels * 0.16),
    );
  }

  barLine(): Sprite {
    const { height } = this.lane;
    const own = this.picture('taiko-barline');
    if (own) return this.pictured('bar line', () => asItIs(own, (height * own.density) / own.image.height));
    return this.sprite('bar', 2, height, (context) => {
      context.fillStyle = 'rgb(255 255 255 / 0.3)';
      context.fillRect(-1, -height / 2, 2, height);
    });
  }

  /** The lane with its target and the drum, as wide as the screen. */
  ground(): Sprite {
    const { right, height, drum, target, note, large } = this.lane;
    return this.sprite('ground', right, height, (context) => {
      context.translate(-right / 2, -height / 2);
      context.fillStyle = 'rgb(18 20 30 / 0.88)';
      context.fillRect(0, 0, right, height);
      const bar = this.picture('taiko-bar-right');
      if (bar) context.drawImage(bar.image, drum, 0, right - drum, height);
      context.fillStyle = 'rgb(255 255 255 / 0.16)';
      context.fillRect(0, 0, right, 2);
      context.fillRect(0, height - 2, right, 2);
      const [x, y] = [target, height / 2];
      context.save();
      context.translate(x, y);
      disc(context, note * 0.98, 'rgb(255 255 255 / 0.08)');
      context.strokeStyle = 'rgb(255 255 255 / 0.55)';
      context.lineWidth = note * 0.07;
      ring(context, note);
      context.strokeStyle = 'rgb(255 255 255 / 0.22)';
      ring(context, large);
      context.restore();
      this.paintDrum(context);
    });
  }

  /** The drum alone: over what would be seen beside the lane. */
  drum(): Sprite {
    const { drum, height } = this.lane;
    return this.sprite('drum', drum, height, (context) => {
      context.translate(-drum / 2, -height / 2);
      this.paintDrum(context);
    });
  }

  /** From the upper left corner of the lane. */
  private paintDrum(context: SKRSContext2D): void {
    const { drum, height } = this.lane;
    const own = this.picture('taiko-bar-left');
    if (own) {
      context.drawImage(own.image, 0, 0, drum, height);
      return;
    }
    context.fillStyle = '#7a2418';
    context.fillRect(0, 2, drum, height - 4);
    context.fillStyle = 'rgb(0 0 0 / 0.4)';
    context.fillRect(drum - 3, 2, 3, height - 4);
    context.translate(drum / 2, height / 2);
    const r = this.drumRadius;
    disc(context, r, '#d8cbb4');
    disc(context, r * 0.7, '#efe6d4');
    context.strokeStyle = 'rgb(60 40 30 / 0.7)';
    context.lineWidth = r * 0.04;
    ring(context, r * 0.7);
    context.fillStyle = 'rgb(60 40 30 / 0.7)';
    context.fillRect(-r * 0.02, -r, r * 0.04, 2 * r);
  }

  /** One of the four parts of the drum, lit; its middle is the drum's. */
  drumPart(rim: boolean, right: boolean): Sprite {
    const own = this.drumPartOfSkin(rim, right);
    if (own) return own;
    return this.square(`drum ${rim} ${right}`, this.drumRadius * 2, (context, r) => {
      const [from, to] = right ? [-Math.PI / 2, Math.PI / 2] : [Math.PI / 2, -Math.PI / 2];
      context.fillStyle = css(rim ? KAT : DON, 0.9);
      context.beginPath();
      context.arc(0, 0, rim ? r : r * 0.7, from, to);
      if (rim) context.arc(0, 0, r * 0.7, to, from, true);
      context.closePath();
      context.fill();
    });
  }

  /** Skins have the left half of the drum's skin, and the right half of its rim: the others are mirrored. */
  private drumPartOfSkin(rim: boolean, right: boolean): Sprite | undefined {
    const picture = this.picture(rim ? 'taiko-drum-outer' : 'taiko-drum-inner');
    if (!picture || !this.picture('taiko-bar-left')) return undefined;
    const { drum, height } = this.lane;
    return this.sprite(`drum ${rim} ${right}`, drum, height, (context) => {
      if (right !== rim) context.scale(-1, 1);
      context.drawImage(picture.image, rim ? 0 : -drum / 2, -height / 2, drum / 2, height);
    });
  }

  /** @returns undefined where the skin has no such circle */
  private ofSkin(large: boolean, colour: Rgb): Sprite | undefined {
    const name = large ? 'taikobigcircle' : 'taikohitcircle';
    const base = this.picture(name);
    if (!base) return undefined;
    const scale = this.side(large) / NOTE_PIXELS;
    const overlay = this.picture(`${name}overlay`);
    return this.pictured(`${name} ${css(colour)}`, () => [
      tinted(base, colour, scale),
      overlay && asItIs(overlay, scale),
    ]);
  }

  private get drumRadius(): number {
    return Math.min(this.lane.drum, this.lane.height) * 0.42;
  }

  private side(large: boolean): number {
    return 2 * (large ? this.lane.large : this.lane.note);
  }
}

function body(context: SKRSContext2D, r: number, colour: Rgb): void {
  disc(context, r * 0.98, 'rgb(0 0 0 / 0.35)');
  disc(context, r * 0.95, '#ffffff');
  disc(context, r * 0.81, css(colour));
  const glow = context.createLinearGradient(0, -r, 0, r);
  glow.addColorStop(0, 'rgb(255 255 255 / 0.25)');
  glow.addColorStop(0.5, 'rgb(255 255 255 / 0)');
  disc(context, r * 0.81, glow);
}
