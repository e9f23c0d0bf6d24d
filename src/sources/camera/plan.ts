/**
 * The hub's half of a camera clip: which stretches of which stored segments make it. Pure; what is stored comes in as values.
 */
import type { CameraRenderParams } from '../../contract/worker.ts';

/** A finished, published segment. Times are UTC milliseconds. */
export interface PlanSegment {
  readonly key: string;
  /** Of the file's first picture: its times count from here. */
  readonly start: number;
  /** Shown from here on; absent: from the start. */
  readonly from?: number;
  readonly end: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface PlanSource {
  readonly name: string;
  /** By start. */
  readonly segments: readonly PlanSegment[];
}

/** A range of the calendar in UTC milliseconds, half open. */
export interface WallRange {
  readonly start: number;
  readonly end: number;
}

export interface CameraPlanRequest {
  readonly sources: readonly PlanSource[];
  readonly ranges: readonly WallRange[];
  readonly layout: 'main' | 'grid';
  readonly title?: string;
  readonly clock: boolean;
  readonly sound: 'keep' | 'mute';
  /** IANA zone for the burnt-in clock and the file's name. */
  readonly timeZone: string;
}

/** An input without its URL: URLs are signed when a worker takes the job, and never stored. */
export interface PlannedInput {
  readonly name: string;
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface CameraPlan {
  readonly params: CameraRenderParams;
  readonly inputs: readonly PlannedInput[];
  /** Seconds of footage that the clip will show. */
  readonly duration: number;
}

interface Piece {
  readonly segment: PlanSegment;
  readonly start: number;
  readonly end: number;
}

/**
 * Cuts gaps out of the ranges and says which file gives which seconds. Of several cameras only the time that all of them have
 * is shown, so that the pictures stay in step; a camera with nothing at all in the ranges is left out.
 * @returns undefined when there is no footage in the ranges
 */
export function planCamera(request: CameraPlanRequest): CameraPlan | undefined {
  const covered = request.sources
    .map((source) => ({ source, pieces: request.ranges.flatMap((range) => piecesOf(source.segments, range)) }))
    .filter(({ pieces }) => pieces.length > 0);
  const shown = covered.length > 1 ? inStep(covered) : covered;
  const first = shown[0]?.pieces[0];
  if (!first || shown.some(({ pieces }) => pieces.length === 0)) return undefined;

  const inputs = new Map<string, PlannedInput>();
  const inputOf = (segment: PlanSegment): string => {
    const known = inputs.get(segment.key);
    if (known) return known.name;
    const name = `${String(inputs.size).padStart(4, '0')}.mp4`;
    inputs.set(segment.key, { name, key: segment.key, bytes: segment.bytes, sha256: segment.sha256 });
    return name;
  };
  const sources = shown.map(({ source, pieces }) => ({
    name: source.name,
    pieces: pieces.map(({ segment, start, end }) => ({
      input: inputOf(segment),
      from: (start - segment.start) / 1000,
      to: (end - segment.start) / 1000,
      wallStart: start,
    })),
  }));
  const seconds = shown.map(({ pieces }) => pieces.reduce((sum, piece) => sum + piece.end - piece.start, 0) / 1000);
  return {
    params: {
      sources,
      layout: request.layout,
      ...(request.title === undefined ? {} : { title: request.title }),
      clock: request.clock,
      timeZone: request.timeZone,
      sound: request.sound,
      fileName: fileNameOf(
        shown.map(({ source }) => source.name),
        first.start,
        request.timeZone,
      ),
    },
    inputs: [...inputs.values()],
    duration: Math.max(...seconds),
  };
}

/** `Front door 2026-11-21 18.05.00.mp4`: what was filmed, and when by the wall clock in `timeZone`. */
export function fileNameOf(names: readonly string[], start: number, timeZone: string): string {
  const more = names.length > 1 ? ` and ${names.length - 1} more` : '';
  return `${names[0] ?? 'Clip'}${more} ${wallName(start, timeZone)}.mp4`;
}

/** `2026-11-21 18.05.00` in `timeZone`. */
export function wallName(wallMs: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(wallMs);
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((item) => item.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}.${part('minute')}.${part('second')}`;
}

/** The footage of one range, in order and without overlap: where two runs overlap, the later begins where the earlier ends. */
function piecesOf(segments: readonly PlanSegment[], range: WallRange): Piece[] {
  const pieces: Piece[] = [];
  let from = range.start;
  for (const segment of segments) {
    const start = Math.max(segment.from ?? segment.start, from);
    const end = Math.min(segment.end, range.end);
    if (end <= start) continue;
    pieces.push({ segment, start, end });
    from = end;
  }
  return pieces;
}

/** Only what every source has. */
function inStep<T extends { readonly pieces: readonly Piece[] }>(list: readonly T[]): (T & { pieces: Piece[] })[] {
  let common: WallRange[] | undefined;
  for (const { pieces } of list) common = common === undefined ? union(pieces) : intersect(common, union(pieces));
  const ranges = common ?? [];
  return list.map((item) => ({
    ...item,
    pieces: item.pieces.flatMap((piece) =>
      intersect([piece], ranges).map(({ start, end }) => ({ segment: piece.segment, start, end })),
    ),
  }));
}

/** The same time without overlaps and seams, in order: ranges that were asked for may lie over each other. */
function union(ranges: readonly WallRange[]): WallRange[] {
  const whole: { start: number; end: number }[] = [];
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = whole.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else whole.push({ start, end });
  }
  return whole;
}

/** Where both have something, in the order of the first. */
function intersect(a: readonly WallRange[], b: readonly WallRange[]): WallRange[] {
  return a.flatMap((x) =>
    b
      .map((y) => ({ start: Math.max(x.start, y.start), end: Math.min(x.end, y.end) }))
      .filter(({ start, end }) => end > start),
  );
}
