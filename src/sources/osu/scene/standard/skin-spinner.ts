/** Spinners of skins: the old style (a background, a disc and a metre) and the new (five discs that turn at their own speeds). */
import type { Rgb } from '../../read/beatmap.ts';
import type { Brush, Sprite } from '../brush.ts';
import { clamp } from '../clamp.ts';
import { css } from '../colours.ts';
import { DrawnOnce, write } from '../drawn-once.ts';
import { asItIs, rowOf, type SkinLook, tinted } from '../skin-look.ts';
import type { Stage } from '../stage.ts';

/** Osu! pixels of the screen at which spinners stand, counted from its top (ppy/osu `LegacySpinner`). */
const TOP = 29;
/** Bars of the metre, and how high it is in a skin. */
const BARS = 10;
const METRE_HEIGHT = 692;
/** How large the ring begins and ends. */
const RING_FROM = 1.86;
const RING_TO = 0.1;
/** The glow of the new style, and what its middle turns to. */
const GLOW: Rgb = { r: 3, g: 151, b: 255 };
const BONUS_GLOW: Rgb = { r: 255, g: 255, b: 255 };
const BONUS_MS = 100;
const REDS = 32;
/** The word at the beginning is gone so long after it, ms. */
const SPIN_MS = 400;

export interface SpinnerMoment {
  readonly now: number;
  readonly time: number;
  readonly endTime: number;
  /** 0 to 1. */
  readonly alpha: number;
  /** Radians. */
  readonly turned: number;
  /** Of what is needed, 0 to 1. */
  readonly progress: number;
  readonly ring: boolean;
  /** Ms of the newest bonus, where there was one. */
  readonly bonus: number | undefined;
}

export class SkinSpinner extends DrawnOnce {
  private readonly skin: SkinLook;
  private readonly stage: Stage;

  private constructor(skin: SkinLook, stage: Stage) {
    super();
    this.skin = skin;
    this.stage = stage;
  }

  /** @returns undefined where the skin has neither style */
  static of(skin: SkinLook | undefined, stage: Stage): SkinSpinner | undefined {
    const has = (name: string): boolean => skin?.pictures.has(name) === true;
    return skin && (has('spinner-circle') || has('spinner-top') || has('spinner-middle') || has('spinner-bottom'))
      ? new SkinSpinner(skin, stage)
      : undefined;
  }

  draw(brush: Brush, moment: SpinnerMoment): void {
    const { settings, pictures } = this.skin;
    // A background makes it one of the old style, whatever the version.
    const isOld = pictures.has('spinner-background') || settings.version < 2 || !pictures.has('spinner-top');
    if (isOld && pictures.has('spinner-circle')) this.old(brush, moment);
    else this.fresh(brush, moment);
    const { now, time, endTime, alpha, progress, ring } = moment;
    const [x, y] = this.middle;
    if (ring && now < endTime) {
      const left = now < time ? 1 : 1 - (now - time) / Math.max(1, endTime - time);
      this.lay(brush, 'spinner-approachcircle', x, y, RING_TO + (RING_FROM - RING_TO) * left, alpha);
    }
    const spin = now < time ? 1 : 1 - clamp((now - time) / SPIN_MS);
    if (progress < 1) this.lay(brush, 'spinner-spin', x, this.stage.y(335 - 56), 1, alpha * spin);
    else this.lay(brush, 'spinner-clear', x, this.stage.y(115 - 56), 1, alpha);
  }

  /** Points beyond what was needed. @param since real ms */
  bonus(brush: Brush, points: number, since: number, alpha: number): void {
    const { skin, stage } = this;
    const row = rowOf(skin, skin.settings.scoreFont, [...`${points}`], stage.skinScale);
    const sprite =
      row &&
      this.sprite(`bonus ${points}`, row.width, row.height, (context) => {
        for (const { sprite: digit, x } of row.sprites)
          context.drawImage(digit.image, x - row.width / 2, -row.height / 2, digit.width, digit.height);
      });
    const fallback = (): Sprite =>
      this.sprite(`bonus ${points}`, 160 * stage.scale, 48 * stage.scale, (context) =>
        write(context, `${points}`, 30 * stage.scale, '#ffe08a', 4 * stage.scale),
      );
    brush.sprite(sprite ?? fallback(), stage.x(256), stage.y(280), 1.3 - 0.3 * clamp(since / 200), alpha);
  }

  private get middle(): readonly [x: number, y: number] {
    return [this.stage.x(256), this.stage.y(192)];
  }

  private old(brush: Brush, { now, alpha, turned, progress }: SpinnerMoment): void {
    const { settings } = this.skin;
    const [x, y] = this.middle;
    if (settings.spinnerFadePlayfield) this.fade(brush, alpha);
    const background = this.tintedSprite('spinner-background', settings.spinnerBackground);
    if (background) brush.sprite(background, x, y, 1, alpha);
    this.lay(brush, 'spinner-circle', x, y, 1, alpha, turned);
    const bars = this.bars(progress, now);
    const metre = bars === 0 ? undefined : this.metre(bars);
    if (!metre) return;
    const top = this.stage.size.height / 2 + (TOP - 240) * this.stage.scale;
    brush.sprite(metre, x, top + (METRE_HEIGHT * this.stage.skinScale) / 2, 1, alpha);
  }

  /** What its background leaves free of the screen is black. */
  private fade(brush: Brush, alpha: number): void {
    const { width, height } = this.stage.size;
    if (!brush.touch(width / 2, height / 2, width, height)) return;
    brush.context.fillStyle = `rgb(0 0 0 / ${alpha})`;
    brush.context.fillRect(0, 0, width, height);
  }

  /** The topmost bar flickers while it fills. */
  private bars(progress: number, now: number): number {
    const percent = clamp(progress) * 100;
    const bars = Math.floor(percent / BARS);
    if (this.skin.settings.spinnerNoBlink || bars >= BARS) return bars;
    // As often as it is full, and the same each time.
    const chance = ((Math.imul(Math.floor(now / 16), 2_654_435_761) >>> 8) % 1000) / 1000;
    return bars + (chance < (percent % BARS) / BARS ? 1 : 0);
  }

  /** The lowest bars of the metre. */
  private metre(bars: number): Sprite | undefined {
    const picture = this.skin.pictures.get('spinner-metre');
    if (!picture) return undefined;
    const { skinScale } = this.stage;
    const { width, height } = asItIs(picture, skinScale);
    const whole = METRE_HEIGHT * skinScale;
    const hidden = whole * (1 - bars / BARS);
    return this.sprite(`metre ${bars}`, width, whole, (context) => {
      context.beginPath();
      context.rect(-width / 2, -whole / 2 + hidden, width, whole - hidden);
      context.clip();
      context.drawImage(picture.image, -width / 2, -whole / 2, width, height);
    });
  }

  private fresh(brush: Brush, { now, time, endTime, alpha, turned, progress, bonus }: SpinnerMoment): void {
    const [x, y] = this.middle;
    const eased = 1 - (1 - clamp(progress)) ** 2;
    const scale = 0.8 + 0.2 * eased;
    const flash = bonus !== undefined && now - bonus < BONUS_MS;
    const glow = this.tintedSprite('spinner-glow', flash ? BONUS_GLOW : GLOW);
    if (glow) brush.sprite(glow, x, y, scale, alpha * clamp(progress));
    this.lay(brush, 'spinner-bottom', x, y, scale, alpha, turned / 7);
    this.lay(brush, 'spinner-top', x, y, scale, alpha, turned / 2);
    this.lay(brush, 'spinner-middle2', x, y, scale, alpha, turned);
    const red = Math.round(clamp((now - time) / Math.max(1, endTime - time)) * REDS) / REDS;
    const level = Math.round(255 * (1 - red));
    const middle = this.tintedSprite('spinner-middle', { r: 255, g: level, b: level });
    if (middle) brush.sprite(middle, x, y, scale, alpha);
  }

  private lay(brush: Brush, name: string, x: number, y: number, scale: number, alpha: number, angle = 0): void {
    const picture = this.skin.pictures.get(name);
    if (!picture) return;
    const sprite = this.layered(name, [asItIs(picture, this.stage.skinScale)]);
    brush.sprite(sprite, x, y, scale, alpha, angle % (2 * Math.PI));
  }

  private tintedSprite(name: string, colour: Rgb): Sprite | undefined {
    const picture = this.skin.pictures.get(name);
    if (!picture) return undefined;
    return this.layered(`${name} ${css(colour)}`, [tinted(picture, colour, this.stage.skinScale)]);
  }
}
