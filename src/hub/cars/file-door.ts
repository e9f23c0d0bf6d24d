/**
 * Signed URLs of single files of cars, for workers: `GET|HEAD /car-files/<file>?expires=…&sig=…`. The signature is the right, and it is for this one
 * file until then.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { UserError } from '../../base/errors.ts';
import { isUuid } from '../../catalog/connection.ts';
import type { FilePlace } from '../../sources/dashcam/reader/messages.ts';
import { sendBlob } from '../bytes/send.ts';
import { oneFile } from './file-bytes.ts';

export interface CarFileDoorOptions {
  /** At least 32 bytes. */
  readonly key: Buffer;
  /** UTC ms. */
  readonly now: () => number;
  /** Where it lies; undefined: it has gone. */
  readonly place: (fileId: string) => Promise<FilePlace | undefined>;
}

/** Longer than any render may take. */
const GOOD_MS = 12 * 3_600_000;

export class CarFileDoor {
  readonly #options: CarFileDoorOptions;

  constructor(options: CarFileDoorOptions) {
    this.#options = options;
  }

  /** A path below the hub's own address. */
  sign(fileId: string): string {
    const expires = String(this.#options.now() + GOOD_MS);
    const path = `/car-files/${fileId}`;
    return `${path}?expires=${expires}&sig=${this.#signature(path, expires).toString('base64url')}`;
  }

  register(app: FastifyInstance): void {
    app.route<{ Params: { file: string }; Querystring: { expires?: string; sig?: string } }>({
      method: ['GET', 'HEAD'],
      url: '/car-files/:file',
      exposeHeadRoute: false,
      handler: async (request, reply) => {
        const { file } = request.params;
        this.#check(`/car-files/${file}`, request.query);
        const place = isUuid(file) ? await this.#options.place(file) : undefined;
        if (!place) throw new UserError('The file is not there any more.', '', { code: 'not-found' });
        reply.header('cache-control', 'private, no-store');
        return sendBlob(request, reply, oneFile(place), file, { contentType: 'application/octet-stream' });
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
