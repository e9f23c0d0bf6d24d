/**
 * Dropped files, kept in the library by their contents: each once, and as many as the settings allow.
 */
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { messageOf, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { BlobStore } from '../../blobs/store.ts';
import {
  dropReplayFile,
  mapsOfSet,
  type NewReplayFile,
  putReplayFile,
  replayFileOf,
  replayShelf,
  touchReplayFiles,
} from '../../catalog/replays.ts';
import { readSetting, writeSetting } from '../../catalog/settings.ts';
import type { Database, ReplayFileRow } from '../../catalog/tables.ts';
import { ReplaySettings } from '../../contract/replay.ts';
import type { MadeFiles } from '../made-files.ts';
import type { Brought } from './incoming.ts';
import { whatGoes } from './shelf-plan.ts';

export interface ShelfOptions {
  readonly db: Kysely<Database>;
  readonly blobs: Pick<BlobStore, 'put' | 'get' | 'stat' | 'delete'>;
  /** Where the library is, when it is a folder. */
  readonly root: string | undefined;
  /** Copies of files of a library that is no folder. */
  readonly copies: MadeFiles;
  /** Keys that jobs are reading. */
  readonly inUse: () => ReadonlySet<string>;
  /** No room in the library. */
  readonly isFull: () => boolean;
  /** A file went. Of a set: MD5s of its maps. */
  readonly onGone: (file: ReplayFileRow, maps: readonly string[]) => void;
  readonly log: Log;
}

const SETTING = 'replays';
const ENDINGS = { replay: 'osr', set: 'osz', skin: 'osk' } as const;

type Kept = Pick<ReplayFileRow, 'kind' | 'sha256'>;

/** Hidden, so that nobody takes them for footage. */
export const keyOf = ({ kind, sha256 }: Kept): string => `.replays/${sha256.toString('hex')}.${ENDINGS[kind]}`;

export class Shelf {
  readonly #options: ShelfOptions;
  /** One change after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: ShelfOptions) {
    this.#options = options;
  }

  async settings(): Promise<ReplaySettings> {
    const parsed = ReplaySettings.safeParse((await readSetting(this.#options.db, SETTING)) ?? {});
    return parsed.success ? parsed.data : ReplaySettings.parse({});
  }

  async change(settings: ReplaySettings): Promise<ReplaySettings> {
    await writeSetting(this.#options.db, SETTING, settings);
    await this.tidy();
    return settings;
  }

  /** The row of such a file, used just now; undefined: it is not here. */
  async known(sha256: Buffer): Promise<ReplayFileRow | undefined> {
    const { db, blobs } = this.#options;
    return await this.#inTurn(async () => {
      const row = await replayFileOf(db, sha256);
      if (!row) return undefined;
      if (!(await blobs.stat(keyOf(row)))) {
        // Somebody has emptied the library: it is as if it had never come.
        await this.#forget(row);
        return undefined;
      }
      await touchReplayFiles(db, [row.id]);
      return row;
    });
  }

  /** Keeps a file, and lets go what is too much then. @param maps MD5s of a set's maps @throws UserError when there is no room */
  async keep(
    file: Brought,
    row: Omit<NewReplayFile, 'sha256' | 'bytes' | 'name'>,
    maps: readonly string[],
  ): Promise<void> {
    const { db, blobs, isFull } = this.#options;
    const { mostBytes } = await this.settings();
    if (isFull())
      throw new UserError('There is no room in the library.', 'Free some space first.', { code: 'conflict' });
    if (file.bytes > mostBytes)
      throw new UserError(`${file.name} is larger than all that is kept of such files.`, 'An admin can keep more.', {
        code: 'too-large',
      });
    const { sha256, bytes, name } = file;
    await this.#inTurn(async () => {
      if (await replayFileOf(db, sha256)) return;
      await blobs.put(keyOf({ kind: row.kind, sha256 }), createReadStream(file.path), { bytes });
      await putReplayFile(db, { ...row, sha256, bytes, name }, maps);
    });
    await this.tidy(row.id);
  }

  /** @throws UserError `conflict` while a clip is made of it */
  async remove(row: ReplayFileRow): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#options.inUse().has(keyOf(row)))
        throw new UserError(`A clip is being made of ${row.name}.`, 'Wait for it, or cancel it.', { code: 'conflict' });
      await this.#drop(row);
    });
  }

  async used(ids: readonly string[]): Promise<void> {
    await touchReplayFiles(this.#options.db, ids);
  }

  /** Where a file can be read on this machine. @throws UserError when it is not there any more */
  async local(row: ReplayFileRow): Promise<string> {
    const { blobs, root, copies } = this.#options;
    const key = keyOf(row);
    if (!(await blobs.stat(key)))
      throw new UserError(`${row.name} is not in the library any more.`, 'Drop it again.', { code: 'not-found' });
    if (root !== undefined) return join(root, key);
    const name = `${row.sha256.toString('hex')}.${ENDINGS[row.kind]}`;
    await copies.keep(name, async (path) => writeFile(path, (await blobs.get(key)).body, { flag: 'wx', mode: 0o600 }));
    return copies.pathOf(name);
  }

  /** Lets go what is more than the settings allow. @param fresh what has only just come stays */
  async tidy(fresh?: string): Promise<void> {
    const { db, inUse, log } = this.#options;
    await this.#inTurn(async () => {
      const keys = inUse();
      const files = await replayShelf(db);
      const settings = await this.settings();
      const stays = ({ id, ...file }: ReplayFileRow): boolean =>
        id === fresh || id === settings.skin || keys.has(keyOf(file));
      for (const file of whatGoes(files, settings, stays)) {
        try {
          await this.#drop(file);
          log.info('A dropped file of osu! went, to make room.', { file: file.id, kind: file.kind });
        } catch (error) {
          log.warn('A dropped file of osu! could not be removed.', { file: file.id, error: messageOf(error) });
        }
      }
    });
  }

  /** First the bytes: what is left of a crash in between can be removed again. */
  async #drop(row: ReplayFileRow): Promise<void> {
    await this.#options.blobs.delete(keyOf(row));
    await this.#forget(row);
  }

  async #forget(row: ReplayFileRow): Promise<void> {
    const { db, onGone } = this.#options;
    const maps = row.kind === 'set' ? await mapsOfSet(db, row.id) : [];
    await dropReplayFile(db, row.id);
    onGone(row, maps);
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return await mine;
  }
}
