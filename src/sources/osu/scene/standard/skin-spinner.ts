/** Spinners of skins: the old style (a background, a disc and a metre) and the new (five discs that turn at their own speeds). */
import type { Rgb } from '../../read/beatmap.ts';
import type { Brush, Sprite } from '../brush.ts';
import { clamp } from '../clamp.ts';
import { write } from '../drawn-once.ts';
import { SkinDrawings } from '../skin-drawings.ts';
import { asItIs, type SkinLook } from '../skin-look.ts';
import type { Stage } from '../stage.ts';
import { eased } from './fade.ts';

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
const BONUS_GOES = 800;
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
  /** Turns a minute, real time. */
  readonly perMinute: number;
  /** How far its displays have come in, 0 to 1. */
  readonly comes: number;
  readonly ring: boolean;
  /** Ms of the newest bonus, where there was one. */
  readonly bonus: number | undefined;
}

export class SkinSpinner extends SkinDrawings {
  private readonly look: SkinLook;
  private readonly stage: Stage;

  private constructor(skin: SkinLook, stage: Stage) {
    super(skin);
    this.look = skin;
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
    const { settings, pictures } = this.look;
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
    if (progress < 1) this.lay(brush, 'spinner-spin', x, this.fromTop(335), 1, alpha * spin);
    else this.lay(brush, 'spinner-clear', x, this.fromTop(115), 1, alpha);
    if (now > endTime && settings.version < 2) this.lay(brush, 'spinner-osu', x, this.ofScreen(180), 1, alpha);
    this.speed(brush, moment);
  }

  /** Points beyond what was needed. @param since ms of the map */
  bonus(brush: Brush, points: number, since: number, alpha: number): void {
    const { stage } = this;
    const sprite = this.written('scoreFont', [...`${points}`], stage.skinScale) ?? this.plainBonus(points);
    const goes = 1 - eased(since / BONUS_GOES);
    brush.sprite(sprite, stage.x(256), this.fromTop(299), 1.28 + 0.72 * goes, alpha * goes);
  }

  private plainBonus(points: number): Sprite {
    const { scale } = this.stage;
    return this.sprite(`bonus ${points}`, 160 * scale, 48 * scale, (context) =>
      write(context, `${points}`, 24 * scale, '#ffe08a', 4 * scale),
    );
  }

  /** How fast it turns, at the lower edge of the screen. */
  private speed(brush: Brush, { perMinute, comes, alpha }: SpinnerMoment): void {
    const { stage } = this;
    const ground = this.own('spinner-rpm', stage.skinScale);
    const number = this.written('scoreFont', [...`${Math.floor(perMinute)}`], stage.skinScale * 0.9);
    const hidden = 50 * (1 - comes) * stage.scale;
    const middle = stage.size.width / 2;
    if (ground)
      brush.sprite(
        ground,
        middle - 87 * stage.scale + ground.width / 2,
        this.ofScreen(445) + hidden + ground.height / 2,
        1,
        alpha,
      );
    if (ground && number)
      brush.sprite(
        number,
        middle + 80 * stage.scale - number.width / 2,
        this.ofScreen(448) + hidden + number.height / 2,
        1,
        alpha,
      );
  }

  /** @param y osu! pixels from the top of the screen */
  private ofScreen(y: number): number {
    return this.stage.size.height / 2 + (y - 240) * this.stage.scale;
  }

  /** @param y osu! pixels from where spinners begin */
  private fromTop(y: number): number {
    return this.ofScreen(TOP + y);
  }

  private get middle(): readonly [x: number, y: number] {
    return [this.stage.x(256), this.stage.y(192)];
  }

  private old(brush: Brush, { now, alpha, turned, progress }: SpinnerMoment): void {
    const { settings } = this.look;
    const [x, y] = this.middle;
    if (settings.spinnerFadePlayfield) this.fade(brush, alpha);
    const background = this.coloured('spinner-background', settings.spinnerBackground, this.stage.skinScale);
    if (background) brush.sprite(background, x, y, 1, alpha);
    this.lay(brush, 'spinner-circle', x, y, 1, alpha, turned);
    const bars = this.bars(progress, now);
    const metre = bars === 0 ? undefined : this.metre(bars);
    if (!metre) return;
    const top = this.fromTop(0);
    brush.sprite(metre, x, top + (METRE_HEIGHT * this.stage.skinScale) / 2, 1, alpha);
  }

  /** What its background leaves free of the screen is black. */
  private fade(brush: Brush, alpha: number): void {
    const { width, height } = this.stage.size;
    brush.paint({ x: 0, y: 0, width, height }, (context) => {
      context.fillStyle = `rgb(0 0 0 / ${alpha})`;
      context.fillRect(0, 0, width, height);
    });
  }

  /** The topmost bar flickers while it fills. */
  private bars(progress: number, now: number): number {
    const percent = clamp(progress) * 100;
    const bars = Math.floor(percent / BARS);
    if (this.look.settings.spinnerNoBlink || bars >= BARS) return bars;
    // As often as it is full, and the same each time.
    const chance = ((Math.imul(Math.floor(now / 16), 2_654_435_761) >>> 8) % 1000) / 1000;
    return bars + (chance < (percent % BARS) / BARS ? 1 : 0);
  }

  /** The lowest bars of the metre. */
  private metre(bars: number): Sprite | undefined {
    const picture = this.picture('spinner-metre');
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
    const glow = this.lightSprite('spinner-glow', flash ? BONUS_GLOW : GLOW, this.stage.skinScale);
    if (glow) brush.sprite(glow, x, y, scale, alpha * clamp(progress));
    this.lay(brush, 'spinner-bottom', x, y, scale, alpha, turned / 7);
    this.lay(brush, 'spinner-top', x, y, scale, alpha, turned / 2);
    this.lay(brush, 'spinner-middle2', x, y, scale, alpha, turned);
    const red = Math.round(clamp((now - time) / Math.max(1, endTime - time)) * REDS) / REDS;
    const level = Math.round(255 * (1 - red));
    const middle = this.coloured('spinner-middle', { r: 255, g: level, b: level }, this.stage.skinScale);
    if (middle) brush.sprite(middle, x, y, scale, alpha);
  }

  private lay(brush: Brush, name: string, x: number, y: number, scale: number, alpha: number, angle = 0): void {
    const sprite = this.own(name, this.stage.skinScale);
    if (sprite) brush.sprite(sprite, x, y, scale, alpha, angle % (2 * Math.PI));
  }
}
