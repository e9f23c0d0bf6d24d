/** What the game says between and before objects: the countdown, whether a section was passed, arrows that warn. Of the skin where it has pictures. */
import type { SKRSContext2D } from '@napi-rs/canvas';
import type { KeptDrawing } from '../../../../media/overlay/overlay-scene.ts';
import type { Rgb } from '../../read/beatmap.ts';
import type { Sprite } from '../brush.ts';
import { clamp } from '../clamp.ts';
import { line } from '../hud/line.ts';
import { SkinDrawings } from '../skin-drawings.ts';
import type { SkinLook } from '../skin-look.ts';
import type { Stage } from '../stage.ts';
import { type Countdown, READY } from './countdown.ts';
import type { Section } from './sections.ts';
import { isWarned, type Warning } from './warnings.ts';

/** Fading and growing go in so many steps: each is drawn once. */
const STEPS = 8;
/** Real ms of a section's picture: it blinks once, stays, and goes. */
const SECTION = { off: 100, on: 160, stays: 1000, gone: 1300 } as const;
/** Places of arrows, osu! pixels of the screen from its middle. */
const ARROWS = { x: 270, y: 80 } as const;
const WHITE = '#ffffff';
const RED: Rgb = { r: 255, g: 0, b: 0 };
const WORDS: Readonly<Record<string, string>> = { ready: 'Ready?', count3: '3', count2: '2', count1: '1', go: 'Go!' };

export interface InterludeShape {
  readonly countdown: Countdown | undefined;
  readonly sections: readonly Section[];
  readonly warnings: readonly Warning[];
  /** Ms of the map in one of real time. */
  readonly rate: number;
}

export class InterludeDisplay extends SkinDrawings {
  private readonly shape: InterludeShape;
  private readonly stage: Stage;

  constructor(shape: InterludeShape, stage: Stage, skin: SkinLook | undefined) {
    super(skin);
    this.shape = shape;
    this.stage = stage;
  }

  /** @param now ms of the map */
  at(now: number): KeptDrawing[] {
    return [...this.counted(now), ...this.section(now), ...this.arrows(now)];
  }

  private get isFirst(): boolean {
    return (this.skin?.settings.version ?? 2) < 2;
  }

  private counted(now: number): KeptDrawing[] {
    const { countdown } = this.shape;
    if (!countdown) return [];
    const { go, beat } = countdown;
    const at = (now - go) / beat;
    if (at < -READY || at > 1.1) return [];
    // The first skins build a picture up: what is counted stays.
    const stays = this.isFirst ? 0 : undefined;
    return [
      this.word('ready', fades(at, -6, 1, -4, 1), 1 + 0.2 * clamp(at + 4)),
      ...[3, 2, 1].map((number) => {
        const begin = -number - 0.2;
        const alpha = fades(at, begin, 0.2, stays ?? begin + 1, 0.2);
        return this.word(`count${number}`, alpha, 1.4 - 0.4 * clamp((at - begin) / 0.2));
      }),
      this.word('go', fades(at, -0.2, 0.2, 0.5, 0.3), 1.4 - 0.4 * clamp((at + 0.6) / 0.8)),
    ].flatMap((drawing) => drawing ?? []);
  }

  private word(name: string, alpha: number, size: number): KeptDrawing | undefined {
    const [strength, scale] = [stepped(alpha), stepped(size)];
    if (strength <= 0) return undefined;
    const { size: screen, skinScale, unit } = this.stage;
    const own = this.own(name, skinScale);
    const [width, height] = own ? [own.width * scale, own.height * scale] : [520 * unit, 190 * unit * scale];
    // In the first skins two numbers stand at the edges.
    const x = !own || !this.isFirst ? 0.5 : name === 'count3' ? 0 : name === 'count2' ? 1 : 0.5;
    const left = screen.width * x - width * x;
    return this.drawn(`${name} ${strength} ${scale}`, left, (screen.height - height) / 2, width, height, (context) => {
      context.globalAlpha = strength;
      if (own) context.drawImage(own.image, left, (screen.height - height) / 2, width, height);
      else
        line(context, WORDS[name] ?? '', screen.width / 2, screen.height / 2, 110 * unit * scale, WHITE, 'center', 700);
      context.globalAlpha = 1;
    });
  }

  private section(now: number): KeptDrawing[] {
    const { sections, rate } = this.shape;
    const section = sections.find(({ time }) => now >= time && (now - time) / rate < SECTION.gone);
    const sprite = section && this.own(section.passed ? 'section-pass' : 'section-fail', this.stage.skinScale);
    if (!sprite) return [];
    const since = (now - section.time) / rate;
    const isOff = since >= SECTION.off && since < SECTION.on;
    const alpha = isOff ? 0 : stepped(1 - clamp((since - SECTION.stays) / (SECTION.gone - SECTION.stays)));
    const { width, height } = this.stage.size;
    return alpha > 0 ? [this.laid(`section ${section.passed}`, sprite, width / 2, height / 2, alpha, false)] : [];
  }

  private arrows(now: number): KeptDrawing[] {
    if (!isWarned(this.shape.warnings, now)) return [];
    const { size, scale } = this.stage;
    const sprite = this.arrow();
    return [-1, 1].flatMap((side) =>
      [-1, 1].map((row) => {
        const [x, y] = [size.width / 2 + side * ARROWS.x * scale, size.height / 2 + row * ARROWS.y * scale];
        return this.laid(`arrow ${side} ${row}`, sprite, x, y, 1, side > 0);
      }),
    );
  }

  /** Points to the right. */
  private arrow(): Sprite {
    const { skinScale, scale } = this.stage;
    const own =
      this.own('arrow-warning', skinScale) ??
      (this.isFirst ? this.own('play-warningarrow', skinScale) : this.coloured('play-warningarrow', RED, skinScale));
    if (own) return own;
    return this.square('warning', 46 * scale, (context, r) => {
      context.lineCap = 'round';
      context.lineJoin = 'round';
      for (const [width, colour] of [
        [r * 0.46, 'rgb(0 0 0 / 0.45)'],
        [r * 0.3, '#ff5b68'],
      ] as const) {
        context.lineWidth = width;
        context.strokeStyle = colour;
        context.beginPath();
        context.moveTo(-r * 0.3, -r * 0.6);
        context.lineTo(r * 0.4, 0);
        context.lineTo(-r * 0.3, r * 0.6);
        context.stroke();
      }
    });
  }

  /** @param x of its middle @param mirrored left to right */
  private laid(key: string, { image, width, height }: Sprite, x: number, y: number, alpha: number, mirrored: boolean) {
    return this.drawn(`${key} ${alpha}`, x - width / 2, y - height / 2, width, height, (context) => {
      context.save();
      context.globalAlpha = alpha;
      context.translate(x, y);
      if (mirrored) context.scale(-1, 1);
      context.drawImage(image, -width / 2, -height / 2, width, height);
      context.restore();
    });
  }

  /** What of it is on the screen. */
  private drawn(
    key: string,
    x: number,
    y: number,
    width: number,
    height: number,
    draw: (context: SKRSContext2D) => void,
  ): KeptDrawing {
    const { size } = this.stage;
    const [left, top] = [Math.max(0, Math.floor(x)), Math.max(0, Math.floor(y))];
    const [right, bottom] = [Math.min(size.width, Math.ceil(x + width)), Math.min(size.height, Math.ceil(y + height))];
    const rect = { x: left, y: top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) };
    return { key: `interlude ${key}`, rect, draw };
  }
}

const stepped = (value: number): number => Math.round(value * STEPS) / STEPS;

/** @param at beats; comes from `begin` on, goes from `end` on */
const fades = (at: number, begin: number, comes: number, end: number, goes: number): number =>
  Math.min(clamp((at - begin) / comes), 1 - clamp((at - end) / goes));
