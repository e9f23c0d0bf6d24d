/** Lines between the bars of the music, which come along with the notes. Pure. */
import { taikoSpeed } from '../../judge/taiko-play.ts';
import { Timing } from '../../judge/timing.ts';
import type { Beatmap } from '../../read/beatmap.ts';

export interface BarLine {
  readonly time: number;
  /** Osu! pixels a millisecond. */
  readonly speed: number;
}

/** More are those of a map that wants to hurt. */
const MOST_LINES = 20_000;
const SHORTEST_BAR = 20;

/** @param last the end of the map, ms */
export function barLinesOf(map: Beatmap, mods: number, last: number): BarLine[] {
  const tempos = map.timing.filter(({ uninherited, beatLength }) => uninherited && beatLength > 0);
  const timing = new Timing(map.timing);
  const lines: BarLine[] = [];
  for (const [index, { time, beatLength, meter, omitsFirstBar }] of tempos.entries()) {
    const until = Math.min(last + 1, tempos[index + 1]?.time ?? last + 1);
    const bar = beatLength * Math.max(1, meter);
    if (bar < SHORTEST_BAR) continue;
    const first = omitsFirstBar ? 1 : 0;
    for (let n = first, at = time + n * bar; at < until && lines.length < MOST_LINES; n++, at = time + n * bar)
      lines.push({ time: at, speed: taikoSpeed(map, mods, timing, at) });
  }
  return lines;
}
