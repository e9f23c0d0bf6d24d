/**
 * Replays as people see them: dropped, listed, removed.
 */
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Kysely } from 'kysely';
import { InputError, UserError } from '../../base/errors.ts';
import {
  getReplay,
  listReplaySkins,
  listReplays,
  mapsOfSet,
  noteFacts,
  type ReplaySeen,
  replayFile,
  replaysOfMaps,
} from '../../catalog/replays.ts';
import type { Database, ReplayFileRow } from '../../catalog/tables.ts';
import type { Account } from '../../contract/account.ts';
import type { Replay, ReplayAdded, ReplaySkin } from '../../contract/replay.ts';
import type { HubEvent } from '../../contract/system.ts';
import type { Looked } from '../../sources/osu/reader/messages.ts';
import type { Brought, Incoming } from './incoming.ts';
import type { ReplayReader } from './reader.ts';
import { mapsIn, replayOf, type ScoreFacts, skinOf } from './rows.ts';
import type { Shelf } from './shelf.ts';

export interface ReplaysOptions {
  readonly db: Kysely<Database>;
  readonly incoming: Pick<Incoming, 'bring'>;
  readonly shelf: Shelf;
  readonly reader: Pick<ReplayReader, 'ask'>;
  readonly events: { publish(event: HubEvent): void };
  /** There may be something to judge. */
  readonly judgeSoon: () => void;
}

/** Who brings a file. */
export interface Bringer {
  readonly name: string | null;
  /** Of the account; null: a program. */
  readonly id: string | null;
}

export class Replays {
  readonly #options: ReplaysOptions;

  constructor(options: ReplaysOptions) {
    this.#options = options;
  }

  async list(limit: number): Promise<Replay[]> {
    return (await listReplays(this.#options.db, limit)).map(replayOf);
  }

  /** @throws UserError `not-found` */
  async get(id: string): Promise<Replay> {
    return replayOf(await this.row(id));
  }

  /** @throws UserError `not-found` */
  async row(id: string): Promise<ReplaySeen> {
    const row = await getReplay(this.#options.db, id);
    if (row) return row;
    throw new UserError('There is no such replay.', 'See the list of replays.', { code: 'not-found' });
  }

  async skins(): Promise<ReplaySkin[]> {
    return (await listReplaySkins(this.#options.db)).map(skinOf);
  }

  /**
   * Takes a file in, whatever of the three it is.
   * @param score of which it must be the replay @throws UserError, InputError when it is none, or damaged
   */
  async add(name: string, body: Readable, who: Bringer, score: ScoreFacts | null = null): Promise<ReplayAdded> {
    const { incoming, shelf, reader, db } = this.#options;
    return await incoming.bring(name, body, async (file) => {
      const known = await shelf.known(file.sha256);
      if (known) {
        if (score) await noteFacts(db, known.id, { ...known.facts, score });
        return await this.#added(known, true);
      }
      const { path, name: called } = file;
      const looked = await reader.ask({ do: 'look', file: { path, name: called } });
      if (score && looked.kind !== 'replay') throw new InputError(called, 'what was sent for it is no replay');
      const id = randomUUID();
      await this.#keep(file, looked, id, who, score);
      // Somebody else may have brought the same in the meantime.
      const row = (await replayFile(db, id)) ?? (await shelf.known(file.sha256));
      if (!row) throw new UserError(`${called} was removed at once.`, 'Drop it again.', { code: 'conflict' });
      return await this.#added(row, row.id !== id);
    });
  }

  /** What was brought before; undefined when it is not in the library any more. */
  async again(row: ReplayFileRow): Promise<ReplayAdded | undefined> {
    const known = await this.#options.shelf.known(row.sha256);
    return known && (await this.#added(known, true));
  }

  async #keep(file: Brought, looked: Looked, id: string, who: Bringer, score: ScoreFacts | null): Promise<void> {
    const { shelf } = this.#options;
    const { kind } = looked;
    const facts = JSON.stringify(score ? { ...looked.facts, score } : looked.facts);
    const row = { id, kind, facts, added_by: who.name, owner: who.id };
    if (looked.kind === 'replay') await shelf.keep(file, { ...row, map_md5: looked.mapMd5 }, []);
    else await shelf.keep(file, row, looked.kind === 'set' ? looked.md5s : []);
  }

  /** Tells everybody, and says what became of it. */
  async #added(row: ReplayFileRow, known: boolean): Promise<ReplayAdded> {
    const { db, events, judgeSoon } = this.#options;
    const replays =
      row.kind === 'replay'
        ? [await this.row(row.id)]
        : row.kind === 'set'
          ? await replaysOfMaps(db, await mapsOfSet(db, row.id))
          : [];
    for (const replay of replays) this.tell(replay);
    if (row.kind === 'skin') events.publish({ type: 'replay-skins' });
    else judgeSoon();
    return {
      kind: row.kind,
      known,
      name: row.name,
      replays: replays.map(({ id }) => id),
      skin: row.kind === 'skin' ? row.id : null,
      maps: row.kind === 'set' ? mapsIn(row) : 0,
    };
  }

  /** @throws UserError `not-found`, `forbidden`, or `conflict` while a clip is made of it */
  async remove(id: string, kind: 'replay' | 'skin', user: Account | undefined): Promise<void> {
    const row = await replayFile(this.#options.db, id);
    if (row?.kind !== kind)
      throw new UserError(`There is no such ${kind}.`, `See the list of ${kind}s.`, { code: 'not-found' });
    if (user !== undefined && user.role !== 'admin' && row.owner !== user.id)
      throw new UserError(
        `This ${kind} is ${row.added_by === null ? 'not yours' : `${row.added_by}’s`}.`,
        'Ask who has brought it, or an admin, to remove it.',
        { code: 'forbidden' },
      );
    await this.#options.shelf.remove(row);
  }

  /** A file went: what everybody sees of that. */
  async gone(row: ReplayFileRow, maps: readonly string[]): Promise<void> {
    const { db, events } = this.#options;
    if (row.kind === 'replay') events.publish({ type: 'replay-deleted', id: row.id });
    else if (row.kind === 'skin') events.publish({ type: 'replay-skins' });
    else for (const replay of await replaysOfMaps(db, maps)) this.tell(replay);
  }

  tell(row: ReplaySeen): void {
    this.#options.events.publish({ type: 'replay', replay: replayOf(row) });
  }
}
