/**
 * Files of cars for whoever asks: clips to play and to save, pictures, whole events.
 */
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import { UserError } from '../../base/errors.ts';
import { checkKey } from '../../blobs/key.ts';
import { besideCarEvent, clipsOfCarEvent, getCarFile } from '../../catalog/car-files.ts';
import type { CarFileRow, Database, SourceRow } from '../../catalog/tables.ts';
import type { FilePlace } from '../../sources/dashcam/reader/messages.ts';
import { sendBlob } from '../bytes/send.ts';
import { type ZipFile, zip, zipLength } from '../bytes/zip.ts';
import type { CarEvents } from './events.ts';
import { bytesOf, oneFile } from './file-bytes.ts';
import { CarSettingsRow } from './settings-row.ts';

export interface CarFilesOptions {
  readonly db: Kysely<Database>;
  /** @throws UserError `not-found` */
  readonly car: (idOrName: string) => Promise<SourceRow>;
  readonly events: Pick<CarEvents, 'row'>;
  /** Folder of the library; undefined: it is in a bucket. */
  readonly root: string | undefined;
}

const BLOCK = 256 * 1024;

export class CarFiles {
  readonly #options: CarFilesOptions;

  constructor(options: CarFilesOptions) {
    this.#options = options;
  }

  /** Where its bytes are; undefined: the car, or the library, has gone. */
  async placeOf(file: CarFileRow): Promise<FilePlace | undefined> {
    const { db } = this.#options;
    const car = await db.selectFrom('sources').selectAll().where('id', '=', file.source_id).executeTakeFirst();
    return car && this.#placeIn(car, file);
  }

  #placeIn(car: SourceRow, file: CarFileRow): FilePlace | undefined {
    const { root } = this.#options;
    const { from } = CarSettingsRow.parse(car.settings);
    const { name, bytes, pieces } = file;
    if (from.type === 'library')
      return root === undefined ? undefined : { path: join(root, checkKey(file.key)), name, bytes, pieces: null };
    return { path: pieces ? from.path : join(from.path, file.key), name, bytes, pieces };
  }

  async clip(
    request: FastifyRequest,
    reply: FastifyReply,
    car: string,
    clip: string,
    download: boolean,
  ): Promise<FastifyReply> {
    const row = await this.#options.car(car);
    const file = await getCarFile(this.#options.db, row.id, clip);
    if (file?.role !== 'clip') throw noFile('clip');
    return this.#send(request, reply, row, file, file.encrypted ? 'application/octet-stream' : 'video/mp4', download);
  }

  async picture(request: FastifyRequest, reply: FastifyReply, car: string, event: string): Promise<FastifyReply> {
    const { id } = await this.#options.events.row(car, event);
    const files = await besideCarEvent(this.#options.db, id);
    const file = files.find(({ role, encrypted }) => role === 'thumb' && !encrypted);
    if (!file) throw noFile('picture');
    return this.#send(request, reply, await this.#options.car(car), file, 'image/png', false);
  }

  async beside(
    request: FastifyRequest,
    reply: FastifyReply,
    car: string,
    event: string,
    name: string,
  ): Promise<FastifyReply> {
    const { id } = await this.#options.events.row(car, event);
    const file = (await besideCarEvent(this.#options.db, id)).find((one) => one.name === name);
    if (!file) throw noFile('file');
    return this.#send(request, reply, await this.#options.car(car), file, typeOf(file), true);
  }

  /** The event's folder as the car would have it, with what was filled in. */
  async zip(car: string, event: string, signal: AbortSignal): Promise<{ name: string; bytes: number; body: Readable }> {
    const { db } = this.#options;
    const row = await this.#options.car(car);
    const { id, name, at } = await this.#options.events.row(car, event);
    const folder = name.slice(name.indexOf('/') + 1);
    const used = new Set<string>();
    const files: ZipFile[] = [];
    for (const file of [...(await besideCarEvent(db, id)), ...(await clipsOfCarEvent(db, id))]) {
      const place = this.#placeIn(row, file);
      // What has gone meanwhile is left out at the beginning, not in the middle of the archive.
      if (!place || !(await oneFile(place).stat(file.key))) continue;
      files.push({
        name: `${folder}/${unused(file.name, used)}`,
        bytes: file.bytes,
        modified: new Date(file.start_at ?? at),
        read: () => whileWanted(bytesOf(place, 0, file.bytes), signal),
      });
    }
    if (files.length === 0) throw noFile('event');
    const body = Readable.from(zip(files), { objectMode: false, highWaterMark: BLOCK });
    return { name: `${folder}.zip`, bytes: zipLength(files), body };
  }

  async #send(
    request: FastifyRequest,
    reply: FastifyReply,
    car: SourceRow,
    file: CarFileRow,
    contentType: string,
    download: boolean,
  ): Promise<FastifyReply> {
    const place = this.#placeIn(car, file);
    if (!place) throw noFile('file');
    return sendBlob(request, reply, oneFile(place), file.key, {
      contentType,
      // Contents, or path and print: another file has another one.
      etag: file.id,
      fileName: file.name,
      download,
    });
  }
}

async function* whileWanted(from: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const part of from) {
    signal.throwIfAborted();
    yield part;
  }
}

function unused(name: string, used: Set<string>): string {
  const dot = name.lastIndexOf('.');
  let free = name;
  for (let count = 2; used.has(free); count += 1)
    free = dot <= 0 ? `${name}-${count}` : `${name.slice(0, dot)}-${count}${name.slice(dot)}`;
  used.add(free);
  return free;
}

function typeOf({ role, encrypted }: CarFileRow): string {
  if (encrypted) return 'application/octet-stream';
  return {
    json: 'application/json',
    thumb: 'image/png',
    preview: 'video/mp4',
    clip: 'video/mp4',
    other: 'application/octet-stream',
  }[role];
}

function noFile(what: string): UserError {
  return new UserError(`There is no such ${what}.`, 'It may have been deleted: see the list.', { code: 'not-found' });
}
