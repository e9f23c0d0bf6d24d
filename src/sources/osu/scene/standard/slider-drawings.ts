/** Every part of a slider but its body, drawn once: of the skin where it has a picture, else by code. */
import type { Rgb } from '../../read/beatmap.ts';
import type { Sprite } from '../brush.ts';
import { css, shade } from '../colours.ts';
import { disc, ring } from '../drawn-once.ts';
import { asItIs, tinted } from '../skin-look.ts';
import { CircleDrawings } from './circle-drawings.ts';

/** Osu! pixels that a ball rolls between two of its pictures. */
const BALL_STEP = 4;

export class SliderDrawings extends CircleDrawings {
  /** That of a skin looks to the right. */
  get ballTurns(): boolean {
    return this.picture('sliderb') !== undefined;
  }

  get ballFlips(): boolean {
    return this.skin?.settings.sliderBallFlip ?? false;
  }

  /** Arrows of the first skins swing. */
  get arrowSwings(): boolean {
    return (this.skin?.settings.version ?? 2) < 2;
  }

  /** @param travelled osu! pixels: a ball rolls @param mirrored top to bottom */
  ball(colour: Rgb, travelled: number, mirrored: boolean): Sprite {
    const frames = this.frames('sliderb');
    const frame = Math.floor(Math.max(0, travelled) / BALL_STEP) % Math.max(1, frames.length);
    const picture = frames[frame];
    if (!picture) return this.builtInBall(this.skin?.settings.sliderBall ?? colour);
    const tint = this.skin?.settings.allowSliderBallTint === true ? colour : undefined;
    return this.pictured(`ball ${frame} ${mirrored} ${tint ? css(tint) : ''}`, () => {
      const sprite = tint ? tinted(picture, tint, this.scale) : asItIs(picture, this.scale);
      return mirrored ? this.mirrored(`ball ${frame} mirrored ${tint ? css(tint) : ''}`, sprite) : sprite;
    });
  }

  private mirrored(key: string, sprite: Sprite): Sprite {
    return this.sprite(key, sprite.width, sprite.height, (context) => {
      context.scale(-1, 1);
      context.drawImage(sprite.image, -sprite.width / 2, -sprite.height / 2, sprite.width, sprite.height);
    });
  }

  private builtInBall(colour: Rgb): Sprite {
    return this.square(`ball ${css(colour)}`, this.radius * 2, (context, r) => {
      disc(context, r * 0.94, '#ffffff');
      const body = context.createRadialGradient(0, -r * 0.3, r * 0.05, 0, 0, r * 0.84);
      body.addColorStop(0, css(shade(colour, 0.35)));
      body.addColorStop(1, css(shade(colour, -0.25)));
      disc(context, r * 0.84, body);
      context.lineWidth = r * 0.09;
      context.strokeStyle = 'rgb(255 255 255 / 0.9)';
      ring(context, r * 0.4);
    });
  }

  /** @param since real ms that the ball is followed */
  followCircle(since: number): Sprite {
    const own = this.animated('sliderfollowcircle', since, true, this.scale);
    if (own) return own;
    return this.square('follow', this.radius * 2 * 2.4, (context, r) => {
      const glow = context.createRadialGradient(0, 0, r * 0.55, 0, 0, r * 0.96);
      glow.addColorStop(0, 'rgb(255 200 60 / 0.04)');
      glow.addColorStop(1, 'rgb(255 200 60 / 0.22)');
      disc(context, r * 0.96, glow);
      context.lineWidth = r * 0.045;
      context.strokeStyle = 'rgb(255 205 80 / 0.95)';
      ring(context, r * 0.95);
    });
  }

  tick(): Sprite {
    const own = this.own('sliderscorepoint', this.scale);
    if (own) return own;
    return this.square('tick', this.radius * 0.34, (context, r) => {
      disc(context, r, 'rgb(0 0 0 / 0.35)');
      disc(context, r * 0.78, '#ffffff');
    });
  }

  /** Points that a part gave, where a skin of the first version shows them. */
  points(value: 10 | 30): Sprite | undefined {
    return this.arrowSwings ? this.own(`sliderpoint${value}`, this.scale) : undefined;
  }

  /** Points to the right. */
  arrow(): Sprite {
    const own = this.own('reversearrow', this.scale);
    if (own) return own;
    return this.square('arrow', this.radius * 1.5, (context, r) => {
      context.lineCap = 'round';
      context.lineJoin = 'round';
      for (const [width, colour] of [
        [r * 0.42, 'rgb(0 0 0 / 0.4)'],
        [r * 0.26, '#ffffff'],
      ] as const) {
        context.lineWidth = width;
        context.strokeStyle = colour;
        context.beginPath();
        context.moveTo(-r * 0.25, -r * 0.5);
        context.lineTo(r * 0.35, 0);
        context.lineTo(-r * 0.25, r * 0.5);
        context.stroke();
      }
    });
  }
}
