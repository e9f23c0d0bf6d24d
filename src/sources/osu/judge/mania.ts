/**
 * The judge of osu!mania as the stable game plays it: each column on its own. Points as osu!'s wiki has them (“Score/ScoreV1/osu!mania”).
 */
import type { ReplayFrames } from '../read/replay.ts';
import type { ManiaNote, ManiaPlay } from './mania-play.ts';
import { ManiaTally, type ManiaVerdict } from './mania-tally.ts';
import type { ManiaWindows } from './mania-windows.ts';
import type { Timeline } from './timeline.ts';

/** Long notes are judged by head and end together, and a little kinder. */
const HOLD_MAX = 1.2;
const HOLD_300 = 1.1;
/** Combo grows while a long note is held, once in so many ms. */
const HOLD_TICK = 100;

/** A long note that is being played. */
interface Held {
  readonly note: ManiaNote;
  /** Of the head; undefined where it was missed. */
  readonly headError: number | undefined;
  broken: boolean;
  isDown: boolean;
  nextTick: number;
}

class Column {
  readonly notes: readonly ManiaNote[];
  next = 0;
  held: Held | undefined;
  constructor(notes: readonly ManiaNote[]) {
    this.notes = notes;
  }
}

/** @param frames of mania: `x` holds a bit for each column */
export function judgeMania(play: ManiaPlay, frames: ReplayFrames): Timeline {
  return new ManiaJudge(play).judge(frames);
}

class ManiaJudge {
  readonly #columns: readonly Column[];
  readonly #windows: ManiaWindows;
  readonly #tally: ManiaTally;

  constructor(play: ManiaPlay) {
    const { columns, objects, windows } = play;
    const notes: ManiaNote[][] = Array.from({ length: columns }, () => []);
    for (const note of objects) notes[note.column]?.push(note);
    this.#columns = notes.map((list) => new Column(list));
    this.#windows = windows;
    this.#tally = new ManiaTally(play);
  }

  judge({ count, time, x }: ReplayFrames): Timeline {
    let before = 0;
    for (let i = 0; i < count; i++) {
      const now = time[i] ?? 0;
      const keys = Math.trunc(x[i] ?? 0);
      this.#columns.forEach((column, c) => {
        const bit = 2 ** c;
        this.#expire(column, now);
        const isDown = (keys & bit) !== 0;
        const wasDown = (before & bit) !== 0;
        this.#hold(column, now);
        if (isDown && !wasDown) this.#press(column, now);
        if (!isDown && wasDown) this.#release(column, now);
      });
      before = keys;
    }
    return this.#tally.timeline();
  }

  /** What the time for has run out. */
  #expire(column: Column, now: number): void {
    const { held } = column;
    if (held && now > held.note.endTime + this.#windows.w50)
      this.#end(column, held, held.note.endTime + this.#windows.w50);
    for (let note = column.notes[column.next]; note && !column.held; note = column.notes[column.next]) {
      if (now <= note.time + this.#windows.w50) return;
      column.next++;
      if (note.kind === 'hold') {
        this.#tally.breakCombo(now, note.index);
        column.held = { note, headError: undefined, broken: true, isDown: false, nextTick: note.time + HOLD_TICK };
        if (now > note.endTime + this.#windows.w50) this.#end(column, column.held, now);
      } else this.#tally.result(now, note.index, 0);
    }
  }

  #press(column: Column, now: number): void {
    if (column.held) {
      column.held.isDown = true;
      return;
    }
    const note = column.notes[column.next];
    if (!note) return;
    const error = now - note.time;
    const off = Math.abs(error);
    const { miss, w50 } = this.#windows;
    if (off > miss) return;
    column.next++;
    if (note.kind === 'hold') {
      const isHit = off <= w50;
      if (isHit) this.#tally.head(now, note.index, error);
      else this.#tally.breakCombo(now, note.index);
      column.held = {
        note,
        headError: isHit ? error : undefined,
        broken: !isHit,
        isDown: true,
        nextTick: now + HOLD_TICK,
      };
    } else this.#tally.result(now, note.index, this.#verdict(off), error);
  }

  #verdict(off: number): ManiaVerdict {
    const { max, w300, w200, w100, w50 } = this.#windows;
    return off <= max ? 320 : off <= w300 ? 300 : off <= w200 ? 200 : off <= w100 ? 100 : off <= w50 ? 50 : 0;
  }

  #release(column: Column, now: number): void {
    const { held } = column;
    if (!held) return;
    held.isDown = false;
    if (now >= held.note.endTime - this.#windows.w50) this.#end(column, held, now);
    else {
      if (!held.broken) this.#tally.breakCombo(now, held.note.index);
      held.broken = true;
    }
  }

  #hold(column: Column, now: number): void {
    const { held } = column;
    if (!held?.isDown) return;
    for (; held.nextTick <= Math.min(now, held.note.endTime); held.nextTick += HOLD_TICK)
      if (!held.broken) this.#tally.holdTick(held.nextTick, held.note.index);
  }

  #end(column: Column, held: Held, now: number): void {
    column.held = undefined;
    this.#tally.result(now, held.note.index, this.#holdVerdict(held, now));
  }

  #holdVerdict({ note, headError, broken, isDown }: Held, now: number): ManiaVerdict {
    const { max, w300, w200, w100, w50 } = this.#windows;
    const late = now - note.endTime;
    const isReleasedInTime = Math.abs(late) <= w50 && !isDown;
    if (headError === undefined && !isReleasedInTime) return 0;
    if (headError === undefined || broken) return 50;
    const head = Math.abs(headError);
    const both = head + Math.abs(late);
    if (isDown) return 50;
    if (head <= max * HOLD_MAX && both <= max * HOLD_MAX * 2) return 320;
    if (head <= w300 * HOLD_300 && both <= w300 * HOLD_300 * 2) return 300;
    if (head <= w200 && both <= w200 * 2) return 200;
    if (head <= w100 && both <= w100 * 2) return 100;
    return 50;
  }
}
