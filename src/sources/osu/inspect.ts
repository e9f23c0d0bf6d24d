/**
 * `vidette inspect replay.osr`: what its header says, and what we judge from its frames.
 */
import { basename } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { judge } from './judge/judge.ts';
import type { Timeline } from './judge/timeline.ts';
import { type PerformancePoints, performancePoints } from './performance-points.ts';
import { type FoundMap, findMap, readFileUpTo } from './read/find-map.ts';
import { modsText } from './read/mods.ts';
import { MOST_REPLAY, readReplay } from './read/read-replay.ts';
import type { Replay, ReplayHeader } from './read/replay.ts';

/** Our own judgement. Accuracy in per cent. */
export interface Judged {
  readonly n300: number;
  readonly n100: number;
  readonly n50: number;
  readonly miss: number;
  readonly geki: number;
  readonly katu: number;
  readonly maxCombo: number;
  readonly score: number;
  readonly accuracy: number;
  /** Milliseconds of the map at which the life bar was empty; null where it never was. */
  readonly failedAt: number | null;
  /** Objects after the end of the replay. */
  readonly unjudged: number;
}

export interface ReplayInspection {
  readonly kind: 'replay';
  /** Base name of the file. */
  readonly file: string;
  /** null without its map. */
  readonly judged: Judged | null;
  readonly header: Omit<ReplayHeader, 'life'> & { readonly modNames: string };
  readonly performance: PerformancePoints | null;
  readonly map: InspectedMap | null;
  readonly frames: number;
  /** From the first to the last frame, milliseconds of the map. */
  readonly length: number;
  /** What is odd about it, in whole sentences. */
  readonly notes: readonly string[];
}

export interface InspectedMap {
  readonly file: string;
  readonly artist: string;
  readonly title: string;
  readonly difficulty: string;
  readonly creator: string;
  readonly formatVersion: number;
  readonly objects: number;
  /** Whether it is the replay's, by its MD5. */
  readonly matches: boolean;
}

export interface InspectReplayOptions {
  /** `.osu`, `.osz`, a set's folder, or `Songs`. */
  readonly beatmap?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws InputError where the replay or its map is damaged; UserError where the map is not there */
export async function inspectReplay(path: string, options: InspectReplayOptions = {}): Promise<ReplayInspection> {
  const file = basename(path);
  const replay = readReplay(await readFileUpTo(path, MOST_REPLAY), file);
  const found =
    options.beatmap === undefined
      ? undefined
      : await findMap(options.beatmap, replay.header.beatmapMd5, options.signal);
  const notes = [...replay.notes];
  const timeline = found && judgedOrNoted(found, replay, notes);
  const performance = found && timeline ? performancePoints(found.bytes, replay, timeline) : undefined;
  const { frames } = replay;
  const { life: _, ...header } = replay.header;
  return {
    kind: 'replay',
    file,
    judged: timeline ? judgedOf(timeline) : null,
    header: { ...header, modNames: modsText(replay) },
    performance: performance ?? null,
    map: found ? mapOf(found) : null,
    frames: frames.count,
    length: frames.count > 0 ? (frames.time[frames.count - 1] ?? 0) - (frames.time[0] ?? 0) : 0,
    notes,
  };
}

function judgedOrNoted(found: FoundMap, replay: Replay, notes: string[]): Timeline | undefined {
  if (!found.matches)
    notes.push(
      'This is not the map that was played: its MD5 is another. What was judged means little: give the map in the version that was played.',
    );
  try {
    return judge(found.map, replay, found.name);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    notes.push(`${error.message} ${error.remedy}`);
    return undefined;
  }
}

function judgedOf({ events: _, startHp: __, accuracy, ...counts }: Timeline): Judged {
  return { ...counts, accuracy: Math.round(accuracy * 1e6) / 1e4 };
}

function mapOf({ map, name, matches }: FoundMap): InspectedMap {
  return {
    file: basename(name),
    artist: map.artist,
    title: map.title,
    difficulty: map.difficultyName,
    creator: map.creator,
    formatVersion: map.version,
    objects: map.objects.length,
    matches,
  };
}
