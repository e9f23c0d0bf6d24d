/**
 * Pages of an encrypted clip: AES-128-CBC without padding, each page by itself, so that what is left of a cut container can be read. Pure.
 */
import { createDecipheriv, createHash } from 'node:crypto';
import { PAGE } from './container.ts';

export const KEY_BYTES = 16;
export const BLOCK = 16;

/**
 * How the number of a page is made 32 bytes long together with the hash of the key. eCryptfs's own way is the first; the container of the cars is known
 * from descriptions by others, which can be read in several ways: the first page tells which is right.
 */
const PADDINGS: readonly ((page: number) => Buffer)[] = [
  (page) => padded(page, 16, '\0'),
  (page) => padded(page, 32, '\0'),
  (page) => Buffer.from(String(page).padStart(32, '0')),
  (page) => Buffer.from(String(page).padStart(16, '0')),
];

const padded = (page: number, length: number, fill: string): Buffer => Buffer.from(String(page).padEnd(length, fill));

const md5 = (...parts: readonly Buffer[]): Buffer => {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export class PageCipher {
  readonly #key: Buffer;
  readonly #root: Buffer;
  readonly #padding: (page: number) => Buffer;

  private constructor(key: Buffer, padding: (page: number) => Buffer) {
    this.#key = key;
    this.#root = md5(key);
    this.#padding = padding;
  }

  /**
   * The cipher of a key, when it opens a clip.
   * @param first the beginning of the first page, 16 bytes or more
   * @returns undefined when what comes out is not the beginning of an MP4: the key is that of another file
   */
  static fitting(key: Buffer, first: Buffer): PageCipher | undefined {
    for (const padding of PADDINGS) {
      const cipher = new PageCipher(key, padding);
      const plain = cipher.decrypt(first.subarray(0, BLOCK), 0);
      // The length of the first box is some tens of bytes.
      if (plain.toString('latin1', 4, 8) === 'ftyp' && plain.readUInt32BE(0) < PAGE) return cipher;
    }
    return undefined;
  }

  /** The cipher of a key that cannot be tried because the first page is lost. */
  static untried(key: Buffer): PageCipher {
    return new PageCipher(key, (page) => padded(page, 16, '\0'));
  }

  /**
   * @param bytes of one page; of a cut one its whole blocks count
   * @param page number, from 0
   * @returns as many whole blocks. A page that was never written (zeros) stays one.
   */
  decrypt(bytes: Buffer, page: number): Buffer {
    const whole = bytes.subarray(0, bytes.length - (bytes.length % BLOCK));
    if (isBlank(whole)) return Buffer.alloc(whole.length);
    const decipher = createDecipheriv('aes-128-cbc', this.#key, md5(this.#root, this.#padding(page)));
    decipher.setAutoPadding(false);
    const plain = decipher.update(whole);
    decipher.final();
    return plain;
  }
}

const ZEROS = Buffer.alloc(PAGE);

export function isBlank(bytes: Buffer): boolean {
  return bytes.equals(ZEROS.subarray(0, bytes.length));
}
