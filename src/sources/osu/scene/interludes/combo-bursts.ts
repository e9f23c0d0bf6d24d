/** Pictures of a skin that look in at the sides when the combo grows long. */
import type { Brush, Sprite } from '../brush.ts';
import { clamp } from '../clamp.ts';
import { lastAtOrBefore } from '../cursor-path.ts';
import { SkinDrawings } from '../skin-drawings.ts';
import { asItIs, type SkinLook } from '../skin-look.ts';
import type { Stage } from '../stage.ts';
import type { Milestone } from './milestones.ts';

/** Real ms. */
const COMES = 400;
const STAYS = 700;
const GONE = 1300;
const ALPHA = 0.7;

export class ComboBursts extends SkinDrawings {
  private readonly milestones: readonly Milestone[];
  private readonly times: Float64Array;
  private readonly name: string;
  private readonly stage: Stage;
  private readonly rate: number;

  /** @param name of its pictures in the game that is played @param rate ms of the map in one of real time */
  constructor(milestones: readonly Milestone[], name: string, stage: Stage, rate: number, skin: SkinLook | undefined) {
    super(skin);
    this.milestones = milestones;
    this.times = Float64Array.from(milestones, ({ time }) => time);
    this.name = name;
    this.stage = stage;
    this.rate = rate;
  }

  /** @param now ms of the map */
  draw(brush: Brush, now: number): void {
    const index = lastAtOrBefore(this.times, this.times.length, now);
    const milestone = this.milestones[index];
    if (!milestone) return;
    const since = (now - milestone.time) / this.rate;
    const sprite = since < GONE ? this.pictureOf(index) : undefined;
    if (!sprite) return;
    const { size } = this.stage;
    const fromLeft = index % 2 === 0;
    const come = 1 - (1 - clamp(since / COMES)) ** 3;
    const inside = sprite.width * come - sprite.width / 2;
    const alpha = ALPHA * (1 - clamp((since - STAYS) / (GONE - STAYS)));
    brush.moving(sprite, fromLeft ? inside : size.width - inside, size.height - sprite.height / 2, 1, alpha);
  }

  /** Those at the right look the other way. */
  private pictureOf(index: number): Sprite | undefined {
    const { skin, stage, name } = this;
    const pictures = this.frames(name);
    // By chance where the skin wants it, the same each time.
    const chance = Math.imul(index + 1, 2_654_435_761) >>> 8;
    const number = (skin?.settings.comboBurstRandom === true ? chance : index) % Math.max(1, pictures.length);
    const picture = pictures[number];
    if (!picture) return undefined;
    const mirrored = index % 2 === 1;
    const { image, width, height } = asItIs(picture, stage.skinScale);
    return this.sprite(`burst ${number} ${mirrored}`, width, height, (context) => {
      if (mirrored) context.scale(-1, 1);
      context.drawImage(image, -width / 2, -height / 2, width, height);
    });
  }
}

/** Of each game, what its pictures are called; osu!taiko has none. */
export const BURST_NAMES = { standard: 'comboburst', catch: 'comboburst-fruits', mania: 'comboburst-mania' } as const;
