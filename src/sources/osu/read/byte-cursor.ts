/**
 * Little-endian values one after the other, as .NET's BinaryWriter leaves them.
 */
import { InputError } from '../../../base/errors.ts';

const text = new TextDecoder('utf-8');

export class ByteCursor {
  readonly #name: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  /** @param name of the input, for errors */
  constructor(name: string, bytes: Uint8Array) {
    this.#name = name;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get offset(): number {
    return this.#offset;
  }

  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  fail(what: string, reason: string): never {
    throw new InputError(this.#name, `${what}: ${reason}`, { offset: this.#offset });
  }

  /** @throws InputError where the file ends before */
  #take(what: string, length: number): number {
    if (length > this.left) this.fail(what, `${length} bytes are asked for and the file has ${this.left} more`);
    const at = this.#offset;
    this.#offset += length;
    return at;
  }

  u8(what: string): number {
    return this.#view.getUint8(this.#take(what, 1));
  }

  u16(what: string): number {
    return this.#view.getUint16(this.#take(what, 2), true);
  }

  i32(what: string): number {
    return this.#view.getInt32(this.#take(what, 4), true);
  }

  i64(what: string): bigint {
    return this.#view.getBigInt64(this.#take(what, 8), true);
  }

  bytes(what: string, length: number): Uint8Array {
    const at = this.#take(what, length);
    return this.#bytes.subarray(at, at + length);
  }

  /** 0x00, or 0x0b, a ULEB128 length and UTF-8. @param most bytes */
  string(what: string, most: number): string {
    const kind = this.u8(what);
    if (kind === 0) return '';
    if (kind !== 0x0b) this.fail(what, `a text begins with 0 or 11, not with ${kind}`);
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      if (shift > 28) this.fail(what, 'its length has no end');
      const byte = this.u8(what);
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    if (length > most) this.fail(what, `a text of ${length} bytes; ${most} are the most`);
    return text.decode(this.bytes(what, length));
  }
}
