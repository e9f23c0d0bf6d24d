/**
 * How a sprite of a storyboard looks at a moment. Of each thing that commands change, the one that began last counts, and what it ended with stays;
 * before the first it is as that begins. Pure.
 */
import {
  type Channel,
  type CommandGroup,
  type CommandRows,
  ROW,
  type StoryParameter,
  type StorySprite,
} from '../../read/storyboard.ts';
import { lastAtOrBefore } from '../cursor-path.ts';
import { ease } from './easing.ts';

export interface SpriteState {
  readonly x: number;
  readonly y: number;
  /** 0 to 1. */
  readonly alpha: number;
  readonly scaleX: number;
  readonly scaleY: number;
  /** Radians, clockwise. */
  readonly angle: number;
  /** 0 to 255: what the picture is multiplied by. */
  readonly red: number;
  readonly green: number;
  readonly blue: number;
  readonly flipX: boolean;
  readonly flipY: boolean;
  readonly additive: boolean;
  /** Which picture of an animation. */
  readonly picture: number;
}

/** Commands of one channel in one group, by their beginning. */
interface Track {
  readonly group: Group;
  readonly rows: ArrayLike<number>;
  readonly count: number;
}

interface Group {
  readonly parameters: readonly StoryParameter[];
  /** What is to be added to its times in the first of its turns; undefined where it waits for a trigger. */
  readonly firstShift: number | undefined;
  /**
   * What is to be added to its times at a moment, of the newest turn that has begun; undefined where none has.
   * @param back turns before that
   */
  shiftAt(now: number, back: 0 | 1): number | undefined;
  /** From the first of its commands to the last of all its turns, as far as they are known at a moment. */
  spanAt(now: number): Span | undefined;
}

interface Span {
  readonly begin: number;
  readonly end: number;
}

/** A group was triggered, or (not its own) stopped by another of its number. */
export interface Firing {
  readonly time: number;
  readonly own: boolean;
}

const NONE: readonly Track[] = [];

export class SpriteTimeline {
  readonly sprite: StorySprite;
  /** It is never seen outside of these; ms. */
  readonly begin: number;
  readonly end: number;
  private readonly groups: readonly Group[];
  private readonly tracks: ReadonlyMap<Channel, readonly Track[]>;

  /** @param fired of a group of the sprite, by its place among them, in the order of time */
  constructor(sprite: StorySprite, fired: ReadonlyMap<number, readonly Firing[]> = new Map()) {
    this.sprite = sprite;
    this.groups = sprite.groups.map((group, index) => groupOf(group, fired.get(index) ?? []));
    const tracks = new Map<Channel, Track[]>();
    for (const [index, { channels }] of sprite.groups.entries()) {
      const group = this.groups[index];
      for (const [channel, rows] of channels) {
        const known = tracks.get(channel) ?? [];
        tracks.set(channel, known);
        if (group) known.push({ group, rows: sorted(rows), count: rows.length / ROW });
      }
    }
    this.tracks = tracks;
    let [begin, end] = [Infinity, -Infinity];
    for (const [index, group] of this.groups.entries()) {
      const own = (fired.get(index) ?? []).filter((firing) => firing.own);
      const spans =
        group.firstShift === undefined
          ? [own[0], own.at(-1)].map((firing) => firing && group.spanAt(firing.time))
          : [group.spanAt(0)];
      for (const span of spans) {
        begin = Math.min(begin, span?.begin ?? Infinity);
        end = Math.max(end, span?.end ?? -Infinity);
      }
    }
    this.begin = begin;
    this.end = end;
  }

  /** @returns undefined where there is nothing to see */
  at(now: number): SpriteState | undefined {
    if (!(now >= this.begin && now < this.end) || !this.lives(now)) return undefined;
    const alpha = clamp01(this.value('alpha', now, 1));
    if (alpha <= 0) return undefined;
    const scale = this.value('scale', now, 1);
    return {
      x: this.value('x', now, this.sprite.x),
      y: this.value('y', now, this.sprite.y),
      alpha,
      scaleX: scale * this.value('width', now, 1),
      scaleY: scale * this.value('height', now, 1),
      angle: this.value('angle', now, 0),
      red: level(this.value('red', now, 255)),
      green: level(this.value('green', now, 255)),
      blue: level(this.value('blue', now, 255)),
      flipX: this.has('flipX', now),
      flipY: this.has('flipY', now),
      additive: this.has('additive', now),
      picture: this.picture(now),
    };
  }

  private lives(now: number): boolean {
    return this.groups.some((group) => {
      const span = group.spanAt(now);
      return span !== undefined && now >= span.begin && now < span.end;
    });
  }

  private picture(now: number): number {
    const { animation } = this.sprite;
    if (!animation) return 0;
    const passed = Math.max(0, Math.floor((now - this.begin) / animation.delay));
    return animation.once ? Math.min(passed, animation.count - 1) : passed % animation.count;
  }

  private value(channel: Channel, now: number, otherwise: number): number {
    const tracks = this.tracks.get(channel) ?? NONE;
    let newest: { readonly start: number; readonly end: number; readonly value: number } | undefined;
    let earliest: { readonly start: number; readonly value: number } | undefined;
    for (const track of tracks) {
      const found = newestIn(track, now);
      if (found && (!newest || found.start > newest.start || (found.start === newest.start && found.end >= newest.end)))
        newest = found;
      if (newest || track.count === 0) continue;
      const shift = track.group.firstShift ?? track.group.shiftAt(now, 0);
      if (shift === undefined) continue;
      const start = (track.rows[0] ?? 0) + shift;
      if (!earliest || start < earliest.start) earliest = { start, value: track.rows[3] ?? 0 };
    }
    return newest?.value ?? earliest?.value ?? otherwise;
  }

  private has(kind: StoryParameter['kind'], now: number): boolean {
    for (const group of this.groups) {
      if (group.parameters.length === 0) continue;
      const shift = group.shiftAt(now, 0);
      const before = group.shiftAt(now, 1);
      for (const parameter of group.parameters) {
        if (parameter.kind !== kind) continue;
        // One of no length holds as long as the sprite is there.
        if (parameter.start === parameter.end && (group.firstShift ?? shift) !== undefined) return true;
        for (const by of [shift, before])
          if (by !== undefined && now >= parameter.start + by && now < parameter.end + by) return true;
      }
    }
    return false;
  }
}

/** The command of a track that began last, and what it says now. */
function newestIn(
  { group, rows, count }: Track,
  now: number,
): { readonly start: number; readonly end: number; readonly value: number } | undefined {
  for (const back of [0, 1] as const) {
    const shift = group.shiftAt(now, back);
    if (shift === undefined) return undefined;
    const at = lastBegun(rows, count, now - shift);
    if (at < 0) continue;
    const row = at * ROW;
    const [start, end] = [(rows[row] ?? 0) + shift, (rows[row + 1] ?? 0) + shift];
    const [from, to] = [rows[row + 3] ?? 0, rows[row + 4] ?? 0];
    const part = end > start ? Math.min(1, (now - start) / (end - start)) : 1;
    return { start, end, value: part >= 1 ? to : from + (to - from) * ease(rows[row + 2] ?? 0, part) };
  }
  return undefined;
}

function lastBegun(rows: ArrayLike<number>, count: number, time: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle * ROW] ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** By beginning, then end; in the order of the file where both are the same. */
function sorted(rows: CommandRows): ArrayLike<number> {
  // Most have one command.
  if (rows.length === ROW) return rows;
  const order = Array.from({ length: rows.length / ROW }, (_, index) => index);
  const at = (index: number, column: number): number => rows[index * ROW + column] ?? 0;
  order.sort((a, b) => at(a, 0) - at(b, 0) || at(a, 1) - at(b, 1) || a - b);
  const out = new Float64Array(rows.length);
  for (const [place, index] of order.entries())
    for (let column = 0; column < ROW; column++) out[place * ROW + column] = at(index, column);
  return out;
}

function groupOf({ timing, channels, parameters }: CommandGroup, fired: readonly Firing[]): Group {
  let [from, to] = [Infinity, -Infinity];
  for (const rows of channels.values())
    for (let at = 0; at < rows.length; at += ROW) {
      from = Math.min(from, rows[at] ?? 0);
      to = Math.max(to, rows[at + 1] ?? 0);
    }
  for (const { start, end } of parameters) {
    from = Math.min(from, start);
    to = Math.max(to, end);
  }
  if (timing.kind === 'once') {
    const span = { begin: from, end: to };
    return { parameters, firstShift: 0, spanAt: () => span, shiftAt: (_, back) => (back === 0 ? 0 : undefined) };
  }
  if (timing.kind === 'loop') {
    // What lies before its first command is waited for once.
    const length = to - from;
    const count = length > 0 ? timing.count : 1;
    const begin = timing.start + from;
    const span = { begin, end: begin + count * length };
    const turnAt = (now: number): number => (length > 0 ? Math.min(count - 1, Math.floor((now - begin) / length)) : 0);
    return {
      parameters,
      firstShift: timing.start,
      spanAt: () => span,
      shiftAt: (now, back) => {
        const turn = turnAt(now) - back;
        return now < begin || turn < 0 ? undefined : timing.start + turn * length;
      },
    };
  }
  const times = Float64Array.from(fired, ({ time }) => time);
  const firedAt = (now: number): number | undefined => {
    const firing = fired[lastAtOrBefore(times, times.length, now)];
    return firing?.own === true ? firing.time : undefined;
  };
  return {
    parameters,
    firstShift: undefined,
    spanAt: (now) => {
      const time = firedAt(now);
      return time === undefined ? undefined : { begin: time + from, end: time + to };
    },
    shiftAt: (now, back) => (back === 0 ? firedAt(now) : undefined),
  };
}

const clamp01 = (value: number): number => Math.max(0, Math.min(1, value));
const level = (value: number): number => Math.max(0, Math.min(255, value));
