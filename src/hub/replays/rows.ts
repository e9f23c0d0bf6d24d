/**
 * How replays lie in their rows, and as people see them. Pure.
 */
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import type { ReplaySeen } from '../../catalog/replays.ts';
import type { ReplayFileRow } from '../../catalog/tables.ts';
import { Replay, type ReplaySkin } from '../../contract/replay.ts';
import { rateInNames } from '../../sources/osu/read/mods.ts';
import type { Judgement } from '../../sources/osu/reader/messages.ts';
import { refuseUndrawn } from '../../sources/osu/scene/games.ts';
import type { TogetherPlay } from '../../sources/osu/together.ts';

/** Changes when the judge's answers do: then all are judged again. */
export const JUDGE_VERSION = 2;

const GameMode = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]);

/** What osu! says of the score whose link was given. */
const ScoreFacts = z.object({
  /** Of the score, and of its map’s set. */
  page: z.string(),
  setPage: z.string().nullable(),
  /** Of the map as it is at osu!: another than the replay’s where it was changed since. */
  md5Now: z.string().nullable(),
  map: Replay.shape.map,
});
export type ScoreFacts = z.output<typeof ScoreFacts>;

/** `facts` of a replay. */
const ReplayFactsRow = z.object({
  score: ScoreFacts.nullable().default(null),
  player: z.string(),
  mode: GameMode,
  mods: z.string(),
  playedAt: z.string().nullable(),
  length: z.number(),
  notes: z.array(z.string()),
});

/** `play` of a replay: what was judged, or why it could not be. */
const PlayRow = z.object({
  version: z.number().int(),
  map: Replay.shape.map,
  mapMode: GameMode.nullable(),
  judged: Replay.shape.judged,
  grade: Replay.shape.grade,
  pp: z.number().nullable(),
  stars: z.number().nullable(),
  problem: z.string().nullable(),
  notes: z.array(z.string()),
});
type GameMode = z.output<typeof GameMode>;
export type PlayRow = z.output<typeof PlayRow>;

const SkinFactsRow = z.object({ name: z.string().nullable(), author: z.string().nullable() });
const SetFactsRow = z.object({ maps: z.number().int() });

const MODES = ['osu', 'taiko', 'catch', 'mania'] as const;

export function playOf(judgement: Judgement): PlayRow {
  return { version: JUDGE_VERSION, ...judgement, notes: [...judgement.notes] };
}

export function failedPlay(problem: string, before: PlayRow | undefined): PlayRow {
  const nothing = { judged: null, grade: null, pp: null, stars: null, notes: [] };
  const { map, mapMode } = before ?? { map: null, mapMode: null };
  return { version: JUDGE_VERSION, ...{ map, mapMode }, ...nothing, problem };
}

/** What was judged, by whatever version of the judge. */
export function playIn(row: Pick<ReplayFileRow, 'play'>): PlayRow | undefined {
  return PlayRow.safeParse(row.play).data;
}

export function replayOf(row: ReplaySeen): Replay {
  const facts = ReplayFactsRow.parse(row.facts);
  const { score } = facts;
  const play = playIn(row);
  const current = play?.version === JUDGE_VERSION;
  const problem = play ? (play.problem ?? whyUndrawn(facts.mode, play.mapMode)) : null;
  const state = row.set_id === null ? 'missing' : !current ? 'reading' : problem === null ? 'ready' : 'refused';
  return {
    id: row.id,
    name: row.name,
    bytes: row.bytes,
    addedAt: row.created_at.toISOString(),
    addedBy: row.added_by,
    player: facts.player,
    mode: MODES[facts.mode] ?? 'osu',
    mods: facts.mods,
    playedAt: facts.playedAt,
    length: facts.length,
    state,
    problem: state === 'refused' ? problem : null,
    mapMd5: row.map_md5 ?? '',
    map: play?.map ?? score?.map ?? null,
    mapHint: play?.map || score?.map ? null : mapInName(row.name),
    scorePage: score?.page ?? null,
    setPage: score?.setPage ?? null,
    judged: play?.judged ?? null,
    grade: play?.grade ?? null,
    pp: play?.pp ?? null,
    stars: play?.stars ?? null,
    notes: [
      ...new Set([
        ...facts.notes,
        ...(play?.notes ?? []),
        ...(state === 'missing' && isChanged(score, row) ? [CHANGED] : []),
      ]),
    ],
  };
}

export const CHANGED = 'Its map was changed at osu! after it was played: the set that is there now is another version.';

const isChanged = (score: ScoreFacts | null, { map_md5 }: ReplaySeen): boolean =>
  score !== null && score.md5Now !== null && map_md5 !== null && score.md5Now !== map_md5;
/** What decides whether it can be shown beside others. */
export function togetherOf(row: ReplaySeen): TogetherPlay {
  const { mode, mods } = ReplayFactsRow.parse(row.facts);
  return { name: row.name, mapMd5: row.map_md5 ?? '', mode, rate: rateInNames(mods) };
}

/** Asked each time: the next version of Vidette may draw it. */
function whyUndrawn(mode: GameMode, mapMode: GameMode | null): string | null {
  try {
    if (mapMode !== null) refuseUndrawn(mode, mapMode);
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

export function skinOf(row: ReplayFileRow): ReplaySkin {
  const { name, author } = SkinFactsRow.parse(row.facts);
  return {
    id: row.id,
    name: name ?? row.name.replace(/\.osk$/i, ''),
    author,
    bytes: row.bytes,
    addedAt: row.created_at.toISOString(),
    addedBy: row.added_by,
  };
}

export const mapsIn = (row: ReplayFileRow): number => SetFactsRow.safeParse(row.facts).data?.maps ?? 0;

/**
 * What the map may be called, as osu! names exported replays: `Player - Artist - Title [Difficulty] (2026-01-02) Osu.osr`, and lazer
 * `Player playing Artist - Title (Creator) [Difficulty] (2026-01-02_03-04).osr`.
 */
export function mapInName(name: string): string | null {
  const stable = /^.{1,40}? - (.+ - .+ \[.+\]) \(\d{4}-\d\d-\d\d\)/.exec(name);
  const lazer = /^.{1,40}? playing (.+ - .+ \[.+\]) \(\d{4}-\d\d-\d\d/.exec(name);
  return (stable ?? lazer)?.[1] ?? null;
}
