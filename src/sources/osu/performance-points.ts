/**
 * Performance points and stars, by rosu-pp (the same code that many osu! tools use); its version decides which formula of osu!'s it is.
 */
import { Beatmap, Performance } from 'rosu-pp-js';
import type { Timeline } from './judge/timeline.ts';
import type { Replay } from './read/replay.ts';

export interface PerformancePoints {
  readonly pp: number;
  readonly stars: number;
}

/** @returns undefined where the map is made to break calculators, or rosu-pp gives up on it */
export function performancePoints(
  mapFile: Uint8Array,
  { header, lazerMods }: Pick<Replay, 'header' | 'lazerMods'>,
  judged: Timeline,
): PerformancePoints | undefined {
  let map: Beatmap | undefined;
  try {
    map = new Beatmap(mapFile);
    if (map.isSuspicious()) return undefined;
    const { difficulty, pp } = new Performance({
      mods: lazerMods.length > 0 ? lazerMods.map(({ acronym, settings }) => ({ acronym, settings })) : header.mods,
      lazer: header.lazer,
      n300: judged.n300,
      n100: judged.n100,
      n50: judged.n50,
      misses: judged.miss,
      nGeki: judged.geki,
      nKatu: judged.katu,
      combo: judged.maxCombo,
    }).calculate(map);
    return { pp: round(pp), stars: round(difficulty.stars) };
  } catch (error) {
    // What WebAssembly throws where it cannot go on, and what rosu-pp throws as a text.
    if (typeof error === 'string' || (error instanceof Error && error.name === 'RuntimeError')) return undefined;
    throw error;
  } finally {
    map?.free();
  }
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
