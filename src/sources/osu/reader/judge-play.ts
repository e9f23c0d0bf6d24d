/** A replay with its map, judged, for the list of replays. */
import { InputError, UserError } from '../../../base/errors.ts';
import { judge } from '../judge/judge.ts';
import type { Timeline } from '../judge/timeline.ts';
import { osu } from '../kind.ts';
import { performancePoints } from '../performance-points.ts';
import { type FoundMap, findMap, readFileUpTo } from '../read/find-map.ts';
import { MOST_REPLAY, readReplay } from '../read/read-replay.ts';
import type { Replay } from '../read/replay.ts';
import { gradeOf } from '../scene/hud/grade.ts';
import { mapFacts } from './look.ts';
import type { Judgement, ReaderFile } from './messages.ts';

const GAMES = ['osu!', 'osu!taiko', 'osu!catch', 'osu!mania'] as const;

/** @throws InputError for the file that is damaged, UserError when the set does not hold the map */
export async function judgePlay(file: ReaderFile, set: ReaderFile): Promise<Judgement> {
  const replay = readReplay(await readFileUpTo(file.path, MOST_REPLAY), file.name);
  const found = await findMap(set.path, replay.header.beatmapMd5);
  const undrawn = whyUndrawn(replay, found);
  const { timeline, problem } = judged(replay, found);
  const points = timeline && performancePoints(found.bytes, replay, timeline);
  const { mode, mods } = replay.header;
  return {
    map: mapFacts(found.map),
    judged: timeline ? countsOf(timeline) : null,
    grade: timeline && mode === 0 ? gradeOf(timeline, mods) : null,
    pp: points?.pp ?? null,
    stars: points?.stars ?? null,
    problem: problem ?? undrawn ?? null,
    notes: replay.notes.slice(0, 20),
  };
}

function whyUndrawn({ header }: Replay, { map }: FoundMap): string | undefined {
  if (!osu.drawnModes.includes(header.mode)) return `Replays of ${GAMES[header.mode]} cannot be drawn yet.`;
  if (header.mode !== map.mode) return 'Maps that were converted to another game cannot be drawn yet.';
  return undefined;
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
