/** What is seen along a slider: ticks, arrows, its ball and the circle that follows it. */
import { END, type PlaySlider, REPEAT, TICK } from '../../judge/play-object.ts';
import { BallPlace } from '../../judge/slider-ball.ts';
import { pointAt } from '../../path/slider-path.ts';
import type { Rgb } from '../../read/beatmap.ts';
import type { Brush } from '../brush.ts';
import { clamp } from '../clamp.ts';
import type { CursorPath } from '../cursor-path.ts';
import type { SkinLook } from '../skin-look.ts';
import type { Stage } from '../stage.ts';
import { eased, fallen, type Sight } from './fade.ts';
import type { Outcome } from './outcome.ts';
import { SliderDrawings } from './slider-drawings.ts';

/** How much farther than its radius the cursor may be from the ball that it follows. */
const FOLLOW = 2.4;
/** Ms of the map (ppy/osu `LegacyFollowCircle`, `LegacyReverseArrow`): coming, going, swelling with a tick; an arrow's beat. */
const COMES = 180;
const APPEARS = 60;
const GOES = 200;
export const FOLLOW_GOES = GOES;
const SWELLS = 200;
const BEAT = 300;
const ARROW_GOES = 300;
const SWING = 5.625 * (Math.PI / 180);
const POINTS_MS = 500;

export interface PartsShape {
  readonly sight: Sight;
  readonly cursor: CursorPath;
  /** Of a circle, osu! pixels. */
  readonly radius: number;
  /** Ms of the map in one of real time. */
  readonly rate: number;
}

export class SliderParts {
  private readonly shape: PartsShape;
  private readonly stage: Stage;
  private readonly drawings: SliderDrawings;
  private readonly ball = new BallPlace();

  constructor(shape: PartsShape, stage: Stage, skin: SkinLook | undefined) {
    this.shape = shape;
    this.stage = stage;
    this.drawings = new SliderDrawings(stage, shape.radius, skin);
  }

  /** Ticks that are still to come, and the arrow of the next turn. */
  along(brush: Brush, slider: PlaySlider, now: number, alpha: number, grown: number): void {
    const { checkTimes, checkKinds, length, time, speed, spans } = slider;
    const { drawings } = this;
    const current = now >= time ? Math.min(spans - 1, Math.floor(((now - time) * speed) / Math.max(1e-6, length))) : 0;
    let span = 0;
    let arrows = 0;
    for (let check = 0; check < checkTimes.length; check++) {
      const at = checkTimes[check] ?? 0;
      const kind = checkKinds[check];
      if (kind === TICK) {
        const along = (at - time) * speed - span * length;
        const distance = span % 2 === 0 ? along : length - along;
        if (at > now && span === current && distance <= grown * length)
          this.at(slider, distance, (x, y) => brush.sprite(drawings.tick(), x, y, 1, alpha));
      } else {
        if (kind === REPEAT && at > now && arrows < 2) {
          if (this.isArrowSeen(slider, span, now, grown)) this.arrow(brush, slider, span, now, alpha);
          arrows++;
        }
        if (kind !== END) span++;
      }
    }
    this.passedArrow(brush, slider, now, current);
  }

  private isArrowSeen({ time, length, speed }: PlaySlider, span: number, now: number, grown: number): boolean {
    // The arrow of the far side is seen from the beginning, that of the near side when the ball has left it.
    const isSeen = span === 0 ? grown >= 1 : now >= time + (span - 1) * (length / speed);
    return isSeen && time + (span + 1) * (length / speed) > now;
  }

  private arrow(brush: Brush, slider: PlaySlider, span: number, now: number, alpha: number): void {
    const { sight } = this.shape;
    // Hidden takes bodies away, and leaves arrows (ppy/osu `OsuModHidden`).
    const seen = sight.hidden ? clamp((now - (slider.time - sight.preempt)) / sight.fadeIn) : alpha;
    const part = ((((now - slider.time) % BEAT) + BEAT) % BEAT) / BEAT;
    const swing = this.drawings.arrowSwings ? SWING * (1 - 2 * part) : 0;
    const beat = this.drawings.arrowSwings ? part : eased(part);
    this.layArrow(brush, slider, span, 1.3 - 0.3 * beat, seen, swing);
  }

  /** The arrow at which the ball has turned grows and goes. */
  private passedArrow(brush: Brush, slider: PlaySlider, now: number, current: number): void {
    const { time, endTime, length, speed } = slider;
    if (current === 0 || now > endTime) return;
    const way = length / speed;
    const goes = Math.min(ARROW_GOES, way);
    const since = now - (time + current * way);
    if (since < 0 || since >= goes) return;
    this.layArrow(brush, slider, current - 1, 1 + 0.4 * eased(since / goes), fallen(since, goes), 0);
  }

  private layArrow(brush: Brush, slider: PlaySlider, span: number, size: number, alpha: number, swing: number): void {
    const { path, length } = slider;
    const atEnd = span % 2 === 0;
    const tip = pointAt(path, atEnd ? length : 0);
    const before = pointAt(path, atEnd ? Math.max(0, length - 2) : Math.min(length, 2));
    const angle = Math.atan2(before.y - tip.y, before.x - tip.x) + swing;
    this.at(slider, atEnd ? length : 0, (x, y) => brush.sprite(this.drawings.arrow(), x, y, size, alpha, angle));
  }

  /** @param draw with the place on the screen of a point so far along the way */
  private at({ path, shift }: PlaySlider, distance: number, draw: (x: number, y: number) => void): void {
    const { x, y } = pointAt(path, distance);
    draw(this.stage.x(x + shift), this.stage.y(y + shift));
  }

  /** The ball with what follows it, while it rolls and a little longer. */
  rolling(brush: Brush, slider: PlaySlider, outcome: Outcome | undefined, now: number, colour: Rgb): void {
    const { time, endTime } = slider;
    if (now < time || now > endTime + GOES) return;
    const { ball, stage } = this;
    ball.find(slider, Math.min(now, endTime));
    const [x, y] = [stage.x(ball.x), stage.y(ball.y)];
    if (now <= endTime) this.ballAt(brush, slider, now, colour, x, y);
    const follow = this.follow(slider, outcome, now);
    if (follow)
      brush.sprite(this.drawings.followCircle((now - time) / this.shape.rate), x, y, follow.scale, follow.alpha);
    this.points(brush, slider, outcome, now);
  }

  /** The ball of a skin looks along the way, and turns round at its ends. */
  private ballAt(brush: Brush, slider: PlaySlider, now: number, colour: Rgb, x: number, y: number): void {
    const { drawings } = this;
    const { path, length, speed, time, spans } = slider;
    const travelled = (now - time) * speed;
    if (!drawings.ballTurns) {
      brush.moving(drawings.ball(colour, 0, false), x, y);
      return;
    }
    const span = Math.min(spans - 1, Math.floor(travelled / Math.max(1e-6, length)));
    const back = span % 2 === 1;
    const rest = Math.max(0, Math.min(length, travelled - span * length));
    const along = back ? length - rest : rest;
    const [from, to] = [pointAt(path, Math.max(0, along - 2)), pointAt(path, Math.min(length, along + 2))];
    const angle = Math.atan2(to.y - from.y, to.x - from.x);
    brush.moving(drawings.ball(colour, travelled, back && drawings.ballFlips), x, y, 1, 1, angle);
  }

  /** Of the circle around the ball; undefined where nobody follows it. */
  private follow(
    { time, endTime }: PlaySlider,
    outcome: Outcome | undefined,
    now: number,
  ): { scale: number; alpha: number } | undefined {
    if (outcome?.head === undefined || !this.isFollowed(outcome, Math.min(now, endTime))) return undefined;
    const since = now - endTime;
    if (since > 0) return { scale: 1 - 0.2 * eased(since / GOES), alpha: 0.95 * (1 - clamp(since / GOES) ** 2) };
    const begin = Math.max(time, outcome.head.time);
    const rest = Math.max(1, endTime - begin);
    const comes = eased((now - begin) / Math.min(COMES, rest));
    const tick = outcome.parts.findLast(({ time: at, hit }) => hit && at <= now);
    const swell = tick && comes >= 1 ? 0.1 * (1 - clamp((now - tick.time) / SWELLS)) : 0;
    return { scale: 0.5 + 0.5 * comes + swell, alpha: 0.95 * clamp((now - begin) / Math.min(APPEARS, rest)) };
  }

  private isFollowed(outcome: Outcome, now: number): boolean {
    const { cursor, radius } = this.shape;
    if (outcome.head === undefined || now < outcome.head.time || (cursor.keysAt(now) & 15) === 0) return false;
    const { x, y } = cursor.at(now);
    return Math.hypot(x - this.ball.x, y - this.ball.y) <= radius * FOLLOW;
  }

  /** What the last part gave, in the first skins. */
  private points(brush: Brush, slider: PlaySlider, outcome: Outcome | undefined, now: number): void {
    const part = outcome?.parts.findLast(({ time, hit }) => hit && time <= now && now < time + POINTS_MS);
    const sprite = part && this.drawings.points(part.kind === 'tick' ? 10 : 30);
    if (!part || !sprite) return;
    this.ball.find(slider, part.time);
    const since = (now - part.time) / POINTS_MS;
    const { stage, ball } = this;
    brush.sprite(sprite, stage.x(ball.x), stage.y(ball.y - 12 * since), 1, 1 - since ** 2);
  }
}
