/** A replay with its map, judged, for the list of replays. */
import { InputError, UserError } from '../../../base/errors.ts';
import { judge } from '../judge/judge.ts';
import type { Timeline } from '../judge/timeline.ts';
import { performancePoints } from '../performance-points.ts';
import { type FoundMap, findMap, readFileUpTo } from '../read/find-map.ts';
import { MOST_REPLAY, readReplay } from '../read/read-replay.ts';
import type { Replay } from '../read/replay.ts';
import { gradeOf } from '../scene/hud/grade.ts';
import { mapFacts } from './look.ts';
import type { Judgement, ReaderFile } from './messages.ts';

/** @throws InputError for the file that is damaged, UserError when the set does not hold the map */
export async function judgePlay(file: ReaderFile, set: ReaderFile): Promise<Judgement> {
  const replay = readReplay(await readFileUpTo(file.path, MOST_REPLAY), file.name);
  const found = await findMap(set.path, replay.header.beatmapMd5);
  const { timeline, problem } = judged(replay, found);
  const points = timeline && performancePoints(found.bytes, replay, timeline);
  const { mode, mods } = replay.header;
  return {
    map: mapFacts(found.map),
    mapMode: found.map.mode,
    judged: timeline ? countsOf(timeline) : null,
    grade: timeline && mode === 0 ? gradeOf(timeline, mods) : null,
    pp: points?.pp ?? null,
    stars: points?.stars ?? null,
    problem: problem ?? null,
    notes: replay.notes.slice(0, 20),
  };
}

function judged(replay: Replay, found: FoundMap): { timeline?: Timeline; problem?: string } {
  try {
    return { timeline: judge(found.map, replay, found.name) };
  } catch (error) {
    if (error instanceof UserError || error instanceof InputError) return { problem: error.message };
    throw error;
  }
}

function countsOf(timeline: Timeline): Judgement['judged'] {
  const { n300, n100, n50, miss, maxCombo, score, accuracy } = timeline;
  return { n300, n100, n50, miss, maxCombo, score, accuracy: Math.round(accuracy * 1e6) / 1e4 };
}
