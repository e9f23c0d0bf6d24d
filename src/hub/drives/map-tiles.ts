/**
 * Pictures of a map below the way of a drive: fetched by the hub from where an admin has set, and kept. Without that setting nobody is asked.
 */
import type { Kysely } from 'kysely';
import { InputError, Unavailable, UserError } from '../../base/errors.ts';
import { readSetting, writeSetting } from '../../catalog/settings.ts';
import type { Database } from '../../catalog/tables.ts';
import { DriveSettings } from '../../contract/drive.ts';
import { MadeFiles, writing } from '../made-files.ts';

export interface MapTilesOptions {
  readonly db: Kysely<Database>;
  readonly cache: MadeFiles;
}

const SETTING = 'drives';
const PATIENCE_MS = 10_000;
const MOST_BYTES = 2_000_000;
/** At once; more wait. */
const MOST_AT_ONCE = 4;
const MOST_WAITING = 200;

export class MapTiles {
  readonly #options: MapTilesOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(options: MapTilesOptions) {
    this.#options = options;
  }

  async settings(): Promise<DriveSettings> {
    const parsed = DriveSettings.safeParse((await readSetting(this.#options.db, SETTING)) ?? {});
    return parsed.success ? parsed.data : DriveSettings.parse({});
  }

  async change(settings: DriveSettings): Promise<DriveSettings> {
    await writeSetting(this.#options.db, SETTING, settings);
    return settings;
  }

  /** @throws UserError `not-found`, Unavailable, InputError */
  async tile(zoom: number, x: number, y: number): Promise<{ name: string; type: string; bytes: Buffer }> {
    const { mapTiles } = await this.settings();
    if (mapTiles === null || x >= 2 ** zoom || y >= 2 ** zoom)
      throw new UserError('There is no map.', 'An admin can set where its pictures come from.', { code: 'not-found' });
    const { cache } = this.#options;
    const name = MadeFiles.nameOf('poster', 'tile', mapTiles, zoom, x, y);
    const url = mapTiles
      .replace(/\{z\}|%7bz%7d/gi, String(zoom))
      .replace(/\{x\}|%7bx%7d/gi, String(x))
      .replace(/\{y\}|%7by%7d/gi, String(y));
    await cache.keep(
      name,
      writing(() => this.#inTurn(() => fetchPicture(url))),
    );
    const bytes = await cache.read(name);
    return { name, type: typeOf(bytes) ?? 'application/octet-stream', bytes };
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length >= MOST_WAITING)
      throw new Unavailable('Too many pictures of the map are asked for.', 2000);
    if (this.#running >= MOST_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }
}

async function fetchPicture(url: string): Promise<Uint8Array> {
  const { host } = new URL(url);
  try {
    const answer = await fetch(url, {
      redirect: 'error',
      headers: { accept: 'image/*', 'user-agent': 'Vidette' },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.status === 404) throw new UserError(`${host} has no map there.`, '', { code: 'not-found' });
    if (!answer.ok || !answer.body) throw new Unavailable(`${host} answered ${answer.status}.`, 30_000);
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for await (const piece of answer.body) {
      bytes += piece.length;
      if (bytes > MOST_BYTES) throw new InputError(host, 'a picture of its map is too large');
      pieces.push(piece);
    }
    const picture = Buffer.concat(pieces);
    if (typeOf(picture) === undefined) throw new InputError(host, 'what it sent is no picture');
    return picture;
  } catch (error) {
    if (error instanceof UserError || error instanceof Unavailable || error instanceof InputError) throw error;
    throw new Unavailable(`${host} does not give a picture of its map.`, 30_000, { cause: error });
  }
}

/** By the first bytes: what a server calls it does not matter. */
function typeOf(bytes: Buffer): string | undefined {
  if (bytes.length > 8 && bytes.readUInt32BE(0) === 0x89504e47) return 'image/png';
  if (bytes.length > 3 && bytes.readUInt16BE(0) === 0xffd8) return 'image/jpeg';
  const isWebp =
    bytes.length > 12 && bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP';
  return isWebp ? 'image/webp' : undefined;
}
