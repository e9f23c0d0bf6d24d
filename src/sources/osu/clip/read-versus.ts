/** The other plays of a map that a clip shows too: replays, and lists of scores. */
import { readFile, stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { z } from 'zod';
import { InputError, UserError } from '../../../base/errors.ts';
import { judge } from '../judge/judge.ts';
import type { Beatmap } from '../read/beatmap.ts';
import { readFileUpTo } from '../read/find-map.ts';
import { paceOf } from '../read/pace.ts';
import { MOST_REPLAY, readReplay } from '../read/read-replay.ts';
import type { Replay } from '../read/replay.ts';
import {
  type JudgedReplay,
  type KnownScore,
  knockoutOf,
  listOf,
  MOST_PLAYERS,
  type Versus,
} from '../scene/versus/players.ts';
import { type TogetherPlay, whyApart } from '../together.ts';
import type { ReplayWork } from './work.ts';

const MOST_LIST = 1_000_000;

/** A list of scores: `[{ "player": "…", "score": 1234567, "maxCombo": 500, "misses": 2 }]`. */
const SCORES = z
  .array(
    z.object({
      player: z.string().max(200),
      score: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
      maxCombo: z.number().int().min(0).max(1_000_000).default(0),
      misses: z.number().int().min(0).max(1_000_000).default(0),
    }),
  )
  .max(MOST_PLAYERS);

export interface OtherPlays {
  readonly replays: readonly Replay[];
  readonly names: readonly string[];
  readonly known: readonly KnownScore[];
}

/** @param paths of replays (`.osr`) and lists (`.json`) @throws InputError for the file that is at fault */
export async function readVersus(paths: readonly string[]): Promise<OtherPlays> {
  if (paths.length >= MOST_PLAYERS)
    throw new UserError(
      `These are ${paths.length} other plays; ${MOST_PLAYERS} in all is the most that a clip shows.`,
      'Leave some out.',
      { code: 'too-many-plays' },
    );
  const replays: Replay[] = [];
  const names: string[] = [];
  const known: KnownScore[] = [];
  for (const path of paths) {
    const name = basename(path);
    if (extname(path).toLowerCase() === '.json') known.push(...(await readScores(path, name)));
    else {
      replays.push(readReplay(await readFileUpTo(path, MOST_REPLAY), name));
      names.push(name);
    }
  }
  return { replays, names, known: known.slice(0, MOST_PLAYERS - 1) };
}

/** @param name of the first one's file @throws UserError where one is of another map or game, or (in a knock-out) at another speed */
export function refuseOthers(first: Replay, name: string, { replays, names }: OtherPlays, knockout: boolean): void {
  const playOf = (replay: Replay, file: string): TogetherPlay => {
    const { beatmapMd5: mapMd5, mode } = replay.header;
    return { name: file, mapMd5, mode, rate: paceOf(replay).rate };
  };
  const others = replays.map((replay, index) => playOf(replay, names[index] ?? ''));
  const apart = whyApart(playOf(first, name), others, knockout);
  if (apart) throw new UserError(apart.message, apart.remedy, { code: apart.code });
}

/** Which play is drawn, with the others beside it. In a knock-out it is that of who is left at the end. */
export async function openVersus(
  map: Beatmap,
  first: JudgedReplay,
  { paths, knockout }: NonNullable<ReplayWork['versus']>,
  mapName: string,
): Promise<JudgedReplay & { readonly versus: Versus }> {
  const { replays, known } = await readVersus(paths);
  const others = replays.map((replay) => ({ replay, timeline: judge(map, replay, mapName) }));
  if (!knockout) return { ...first, versus: listOf(first, others, known) };
  const all = [first, ...others];
  const versus = knockoutOf(all);
  return { ...(all[versus.own] ?? first), versus };
}

async function readScores(path: string, name: string): Promise<KnownScore[]> {
  if ((await stat(path)).size > MOST_LIST) throw new InputError(name, `is larger than ${MOST_LIST} bytes`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new InputError(name, `is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const checked = SCORES.safeParse(parsed);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw new InputError(name, `is no list of scores: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim());
}
