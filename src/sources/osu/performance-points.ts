/**
 * Performance points and stars, by rosu-pp (the same code that many osu! tools use); its version decides which formula of osu!'s it is.
 */
import { Beatmap, Difficulty, type GradualPerformance, Performance } from 'rosu-pp-js';
import type { Timeline } from './judge/timeline.ts';
import type { GameMode, Replay } from './read/replay.ts';

export interface PerformancePoints {
  readonly pp: number;
  readonly stars: number;
}

/** What a play was worth at any moment of it. */
export interface PerformanceAlong {
  /** Milliseconds of the map, rising; from each on the value beside it holds, and 0 before the first. */
  readonly times: Float64Array;
  readonly pp: Float64Array;
}

/** Each value costs about as much as there are objects before it: on long maps it is told after several objects. About half a second. */
const MOST_WORK = 4_000_000;

/** @returns undefined where the map is made to break calculators, or rosu-pp gives up on it */
export function performancePoints(
  mapFile: Uint8Array,
  replay: Pick<Replay, 'header' | 'lazerMods'>,
  judged: Timeline,
): PerformancePoints | undefined {
  return withMap(mapFile, replay, (map) => {
    const { difficulty, pp } = new Performance({
      mods: modsOf(replay),
      lazer: replay.header.lazer,
      n300: judged.n300,
      n100: judged.n100,
      n50: judged.n50,
      misses: judged.miss,
      nGeki: judged.geki,
      nKatu: judged.katu,
      combo: judged.maxCombo,
    }).calculate(map);
    return { pp: round(pp), stars: round(difficulty.stars) };
  });
}

/** As `performancePoints` for what had been played at each moment. @returns undefined as there */
export function performanceAlong(
  mapFile: Uint8Array,
  replay: Pick<Replay, 'header' | 'lazerMods'>,
  judged: Timeline,
): PerformanceAlong | undefined {
  return withMap(mapFile, replay, (map) => {
    const gradual = new Difficulty({ mods: modsOf(replay), lazer: replay.header.lazer }).gradualPerformance(map);
    try {
      return along(gradual, judged, replay.header.mode);
    } finally {
      gradual.free();
    }
  });
}

function along(gradual: GradualPerformance, { events, unjudged }: Timeline, mode: GameMode): PerformanceAlong {
  const inOrder = events.toSorted((a, b) => a.time - b.time);
  const results = inOrder.reduce((count, { kind }) => count + (kind === 'result' ? 1 : 0), 0);
  // rosu-pp counts other parts of the map than the judge does in osu!catch; both reach the end together.
  const perResult = gradual.nRemaining / Math.max(1, results + unjudged);
  const step = Math.max(1, Math.ceil((results * results) / MOST_WORK));
  const times: number[] = [];
  const pp: number[] = [];
  const counts = new Map<number, number>();
  let [done, passed, maxCombo, tinyMisses] = [0, 0, 0, 0];
  for (const { kind, value, combo, time } of inOrder) {
    maxCombo = Math.max(maxCombo, combo);
    if (kind === 'tick' && value === 0) tinyMisses++;
    if (kind !== 'result') continue;
    counts.set(value, (counts.get(value) ?? 0) + 1);
    done++;
    if (done % step !== 0 && done < results) continue;
    const next = Math.round(done * perResult) - passed;
    if (next < 1) continue;
    const count = (verdict: number): number => counts.get(verdict) ?? 0;
    const told = gradual.nth(
      {
        maxCombo,
        n300: count(300),
        n100: count(100),
        n50: count(50),
        misses: count(0),
        nGeki: count(320),
        nKatu: mode === 2 ? tinyMisses : count(200),
      },
      next - 1,
    );
    if (!told) break;
    passed += next;
    times.push(time);
    pp.push(told.pp);
    told.free();
  }
  return { times: Float64Array.from(times), pp: Float64Array.from(pp) };
}

const modsOf = ({ header, lazerMods }: Pick<Replay, 'header' | 'lazerMods'>): object | number =>
  lazerMods.length > 0 ? lazerMods.map(({ acronym, settings }) => ({ acronym, settings })) : header.mods;

function withMap<T>(
  mapFile: Uint8Array,
  replay: Pick<Replay, 'header' | 'lazerMods'>,
  work: (map: Beatmap) => T,
): T | undefined {
  let map: Beatmap | undefined;
  try {
    map = new Beatmap(mapFile);
    if (map.isSuspicious()) return undefined;
    const { mode } = replay.header;
    // A map of osu!standard that was played in another game; the mods say with how many keys.
    if (map.mode !== mode) map.convert(mode, modsOf(replay));
    return work(map);
  } catch (error) {
    // What WebAssembly throws where it cannot go on, and what rosu-pp throws as a text.
    if (typeof error === 'string' || (error instanceof Error && error.name === 'RuntimeError')) return undefined;
    throw error;
  } finally {
    map?.free();
  }
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
