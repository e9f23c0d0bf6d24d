/**
 * The files of a clip of a replay, and of its preview: set, skin, and others who played the same map.
 */
import type { Kysely } from 'kysely';
import { UserError } from '../../base/errors.ts';
import { getReplay, type ReplaySeen, replayFile } from '../../catalog/replays.ts';
import type { Database, ReplayFileRow } from '../../catalog/tables.ts';
import type { ReplayOptions } from '../../contract/replay.ts';
import { wrong } from '../../sources/osu/plan.ts';
import { whyApart } from '../../sources/osu/together.ts';
import { CHANGED, replayOf, togetherOf } from './rows.ts';
import type { Shelf } from './shelf.ts';

export interface ClipFiles {
  readonly replay: ReplaySeen;
  readonly set: ReplayFileRow;
  /** Null: the built-in one. */
  readonly skin: ReplayFileRow | null;
  readonly others: readonly ReplaySeen[];
}

export interface ClipFilesOptions {
  readonly db: Kysely<Database>;
  readonly shelf: Pick<Shelf, 'settings' | 'used'>;
}

export const GONE = 'The replay is not there any more.';

/** @throws UserError that says what is missing, and how to give it; or which of the others does not fit */
export async function clipFiles(
  { db, shelf }: ClipFilesOptions,
  replay: ReplaySeen,
  otherIds: readonly string[],
  { skin: wanted, knockout }: Pick<ReplayOptions, 'skin' | 'knockout'>,
): Promise<ClipFiles> {
  const set = replay.set_id === null ? undefined : await replayFile(db, replay.set_id);
  if (!set) throw mapMissing(replay);
  const { state, problem } = replayOf(replay);
  if (state === 'refused') throw new UserError(problem ?? GONE, '', { code: 'conflict' });
  const skin = await skinFor(db, wanted, wanted === undefined ? (await shelf.settings()).skin : null);
  const others: ReplaySeen[] = [];
  for (const id of otherIds) others.push(await otherOf(db, id));
  const apart = whyApart(togetherOf(replay), others.map(togetherOf), knockout && others.length > 0);
  if (apart) throw wrong(apart.code === 'other-speed' ? 'replay.knockout' : 'sources', apart.message, apart.remedy);
  await shelf.used([replay, set, ...others, ...(skin ? [skin] : [])].map(({ id }) => id));
  return { replay, set, skin, others };
}

/** The hub’s own choice may have gone: then it is the built-in one. */
async function skinFor(db: Kysely<Database>, wanted: string | null | undefined, usual: string | null) {
  const id = wanted === undefined ? usual : wanted;
  if (id === null) return null;
  const skin = await replayFile(db, id);
  if (skin?.kind === 'skin') return skin;
  if (wanted === undefined) return null;
  throw wrong('replay.skin', 'The skin is not there any more.', 'Choose another, or drop it again.');
}

async function otherOf(db: Kysely<Database>, id: string): Promise<ReplaySeen> {
  const other = await getReplay(db, id);
  if (!other) throw new UserError(GONE, 'See the list of replays.', { code: 'not-found' });
  const { state, problem } = replayOf(other);
  if (state === 'refused') throw wrong('sources', `${other.name}: ${problem ?? GONE}`, 'Leave it out.');
  return other;
}

/** What it wants, for a program as for a person. */
function mapMissing(row: ReplaySeen): UserError {
  const { map, mapHint, mapMd5, setPage, notes } = replayOf(row);
  const called = map ? `${map.artist} – ${map.title} [${map.difficulty}]` : mapHint;
  const how = `${setPage === null ? 'Drop' : `Get it from ${setPage} and drop`} its set, the .osz file, in the version that was played.`;
  return new UserError(
    `The map of this replay is not here: ${called === null ? '' : `${called}, `}MD5 ${mapMd5}.`,
    notes.includes(CHANGED) ? `${how} ${CHANGED}` : how,
    { code: 'map-missing' },
  );
}
