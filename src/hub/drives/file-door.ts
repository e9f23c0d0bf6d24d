/**
 * Signed URLs of single files of drives in folders, for workers: `GET|HEAD /drive-files/<drive>/<minute>/<file>?expires=…&sig=…`. The signature is
 * the right, and it is for this one file until then.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { UserError } from '../../base/errors.ts';
import type { BlobStore } from '../../blobs/store.ts';
import type { DriveFile } from '../../contract/drive.ts';
import { sendBlob } from '../bytes/send.ts';

export interface FileDoorOptions {
  /** At least 32 bytes. */
  readonly key: Buffer;
  /** UTC ms. */
  readonly now: () => number;
  /** Where it lies. @throws UserError `not-found` */
  readonly place: (driveId: string, minute: number, file: DriveFile) => Promise<string>;
}

/** Longer than any render may take. */
const GOOD_MS = 12 * 3_600_000;

export class FileDoor {
  readonly #options: FileDoorOptions;

  constructor(options: FileDoorOptions) {
    this.#options = options;
  }

  /** A path below the hub's own address. */
  sign(driveId: string, minute: number, file: DriveFile): string {
    const expires = String(this.#options.now() + GOOD_MS);
    const path = `/drive-files/${driveId}/${minute}/${file}`;
    return `${path}?expires=${expires}&sig=${this.#signature(path, expires).toString('base64url')}`;
  }

  register(app: FastifyInstance): void {
    app.route<{
      Params: { drive: string; minute: string; file: string };
      Querystring: { expires?: string; sig?: string };
    }>({
      method: ['GET', 'HEAD'],
      url: '/drive-files/:drive/:minute/:file',
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const { drive, minute, file } = request.params;
        this.#check(`/drive-files/${drive}/${minute}/${file}`, request.query);
        const path = await this.#options.place(drive, Number(minute), file as DriveFile);
        reply.header('cache-control', 'private, no-store');
        return sendBlob(request, reply, oneFile(path), file, { contentType: 'application/octet-stream' });
      },
    });
  }

  #check(path: string, { expires, sig }: { expires?: string; sig?: string }): void {
    const given = Buffer.from(typeof sig === 'string' ? sig : '', 'base64url');
    const wanted = this.#signature(path, typeof expires === 'string' ? expires : '');
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
      throw new UserError('This address was not signed by this hub for this use.', 'Ask for a new one.', {
        code: 'forbidden',
      });
    if (!(Number(expires) > this.#options.now()))
      throw new UserError('This address has expired.', 'Ask for a new one.', { code: 'forbidden' });
  }

  #signature(path: string, expires: string): Buffer {
    return createHmac('sha256', this.#options.key).update(`GET\n${path}\n${expires}`).digest();
  }
}

function oneFile(path: string): Pick<BlobStore, 'get' | 'stat'> {
  return {
    async stat(key) {
      return { key, bytes: (await stat(path)).size };
    },
    async get(_key, range) {
      const { size } = await stat(path);
      const start = range?.start ?? 0;
      const end = Math.min(range?.end ?? size - 1, size - 1);
      return { body: createReadStream(path, { start, end }), bytes: end - start + 1, total: size };
    },
  };
}
