/** Where columns stand on the screen. Pure; pixels. */
import type { Stage } from '../stage.ts';
import { type ColumnType, columnTypes, firstStage } from './column-types.ts';
import type { ManiaLook } from './mania-look.ts';

export interface Column {
  readonly x: number;
  readonly width: number;
  readonly type: ColumnType;
}

export interface ManiaLayout {
  readonly columns: readonly Column[];
  /** Two of them with ten columns and more. */
  readonly stages: readonly { readonly x: number; readonly width: number }[];
  /** Where a note is to be hit: its lower edge then lies here (upside down: its upper one). */
  readonly hit: number;
  /** From the hit line to where notes come from. */
  readonly way: number;
  readonly upsideDown: boolean;
  /** Middles of the words and the combo. */
  readonly words: number;
  readonly combo: number;
  /** Pixels of one of a skin's, of 480 lines. */
  readonly scale: number;
}

const BETWEEN_STAGES = 40;
/** Lines of the game's screen, in which skins count. */
const LINES = 480;
/** Width of a column of the built-in look, by how many there are. */
const WIDTHS = [80, 70, 62, 54, 50, 46, 42, 38, 35] as const;
const NARROW = 27;
/** So much of the screen's width may columns take. */
const MOST_WIDTH = 0.94;

export function layoutOf(count: number, special: boolean, { size, scale }: Stage, look?: ManiaLook): ManiaLayout {
  const first = firstStage(count, look?.splitStages);
  const isSplit = first < count;
  const types = columnTypes(count, first, special || (look?.special ?? false));
  const widths = Array.from(
    { length: count },
    (_, column) => look?.columnWidths[column] ?? WIDTHS[first - 1] ?? NARROW,
  );
  const gaps = Array.from({ length: count }, (_, column) => {
    if (column === count - 1) return 0;
    return column === first - 1 && isSplit ? (look?.stageSeparation ?? BETWEEN_STAGES) : (look?.spacing[column] ?? 0);
  });
  const whole = [...widths, ...gaps].reduce((sum, width) => sum + width, 0);
  const pixels = Math.min(scale, (size.width * MOST_WIDTH) / Math.max(1, whole));
  // The game's own place is left of the middle; a skin may say where.
  const asked = look?.columnStart === undefined ? undefined : look.columnStart * scale;
  const middle = (size.width - whole * pixels) / 2;
  let x = asked === undefined ? middle : Math.max(0, Math.min(size.width - whole * pixels, asked));
  const columns = widths.map((width, column): Column => {
    const at = Math.round(x);
    x += width * pixels;
    const end = Math.round(x);
    x += (gaps[column] ?? 0) * pixels;
    return { x: at, width: Math.max(1, end - at), type: types[column] ?? '1' };
  });
  const stages = (isSplit ? [columns.slice(0, first), columns.slice(first)] : [columns]).map((part) => {
    const [left, right] = [part[0]?.x ?? 0, part.at(-1)];
    return { x: left, width: (right?.x ?? 0) + (right?.width ?? 0) - left };
  });
  const upsideDown = look?.upsideDown ?? false;
  const fromBottom = (line: number): number => size.height - (LINES - line) * scale;
  const place = (line: number): number => Math.round(upsideDown ? (LINES - line) * scale : fromBottom(line));
  const hit = place(look?.hitPosition ?? 402);
  return {
    columns,
    stages,
    hit,
    way: upsideDown ? size.height - hit : hit,
    upsideDown,
    words: place(look?.scorePosition ?? 300),
    combo: place(look?.comboPosition ?? 140),
    scale,
  };
}
