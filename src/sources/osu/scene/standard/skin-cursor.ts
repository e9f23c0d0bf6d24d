/** The cursor of a skin: its own trail, short or long, and a middle that does not turn. */
import type { Brush } from '../brush.ts';
import { clamp } from '../clamp.ts';
import type { CursorPath } from '../cursor-path.ts';
import type { Stage } from '../stage.ts';
import type { SkinCursor } from './cursor-sprites.ts';

/** Real ms (ppy/osu `LegacyCursorTrail`): of a trail with a middle, and of one without, which lays a picture down with every frame of 60 Hz. */
const LONG_MS = 500;
const SHORT_MS = 150;
const SHORT_EVERY = 1000 / 60;
/** Pictures of a long trail, at the most. */
const MOST_PIECES = 120;
/** All of them together have as many pixels as so many screens, at the most. */
const MOST_SCREENS = 4;
/** Distance of two of them, as a part of their width. */
const APART = 0.25;
/** Once round in so many real ms. */
const ROUND_MS = 10_000;
const GROWTH = 0.2;

export class SkinCursorDrawing {
  private readonly stage: Stage;
  private readonly cursor: CursorPath;
  /** Ms of the map in one of real time. */
  private readonly rate: number;

  constructor(stage: Stage, cursor: CursorPath, rate: number) {
    this.stage = stage;
    this.cursor = cursor;
    this.rate = rate;
  }

  /** @param grown 0 to 1, for a key that is held */
  draw(brush: Brush, skin: SkinCursor, now: number, grown: number): void {
    const { settings, cursor, middle } = skin;
    const angle = ((now / this.rate / ROUND_MS) % 1) * 2 * Math.PI;
    this.trail(brush, skin, now, settings.cursorTrailRotate ? angle : 0);
    const scale = settings.cursorExpand ? 1 + GROWTH * grown : 1;
    const at = this.cursor.at(now);
    const [x, y] = [this.stage.x(at.x), this.stage.y(at.y)];
    // By its top left corner where the skin says so.
    const off = settings.cursorCentre ? 0 : 0.5;
    const place = (sprite: { width: number; height: number }, by: number) =>
      [x + sprite.width * off * by, y + sprite.height * off * by] as const;
    brush.moving(cursor, ...place(cursor, scale), scale, 1, settings.cursorRotate ? angle : 0);
    if (middle) brush.moving(middle, ...place(middle, 1));
  }

  private trail(brush: Brush, { trail, middle }: SkinCursor, now: number, angle: number): void {
    if (!trail) return;
    const { stage, cursor, rate } = this;
    const { width, height } = stage.size;
    const most = Math.max(1, Math.min(MOST_PIECES, (MOST_SCREENS * width * height) / (trail.width * trail.height)));
    const lay = (time: number, age: number): void => {
      const { x, y } = cursor.at(time);
      brush.sprite(trail, stage.x(x), stage.y(y), 1, clamp(1 - age), angle);
    };
    if (!middle) {
      const newest = Math.floor(now / rate / SHORT_EVERY);
      for (let step = Math.min(Math.floor(SHORT_MS / SHORT_EVERY), Math.floor(most) - 1); step >= 0; step--) {
        const time = (newest - step) * SHORT_EVERY * rate;
        lay(time, (now - time) / rate / SHORT_MS);
      }
      return;
    }
    // Pieces at even distances along the way, the oldest first.
    const apart = Math.max(2, trail.width * APART) / stage.scale;
    const pieces: number[] = [];
    let last = cursor.at(now);
    for (let age = 2; age < LONG_MS && pieces.length < most; age += 2) {
      const at = cursor.at(now - age * rate);
      if (Math.hypot(at.x - last.x, at.y - last.y) < apart) continue;
      pieces.push(age);
      last = at;
    }
    for (const age of pieces.toReversed()) lay(now - age * rate, age / LONG_MS);
  }
}
