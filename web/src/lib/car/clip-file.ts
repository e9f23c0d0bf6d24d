/** A clip that lies at the hub: its index, and bytes of it, without loading the whole. */
import { InputError } from '../../../../src/base/errors.ts';
import { Problem } from '../../../../src/contract/system.ts';
import { type MovieIndex, readMovie } from './movie-index.ts';

/** Read at once while looking for the index; it takes in most indexes whole. */
const LOOK = 64 << 10;
const MOST_INDEX = 32 << 20;
/** `ftyp`, `mdat`, `moov`, and what others put between. */
const MOST_BOXES = 32;

export class ClipFile {
  readonly index: MovieIndex;
  readonly #ask: Ask;

  private constructor(index: MovieIndex, ask: Ask) {
    this.index = index;
    this.#ask = ask;
  }

  /** @throws InputError when it cannot be played in pieces; Error when the hub does not answer as it should */
  static async open(address: string, name: string, send: typeof fetch, signal: AbortSignal): Promise<ClipFile> {
    const ask: Ask = (from, to, stop) => askFor(send, address, from, to, stop);
    let looked = await ask(0, LOOK, signal);
    let at = 0;
    for (let count = 0; count < MOST_BOXES && at + 8 <= looked.length; count += 1) {
      if (at < looked.from || at + 16 > looked.from + looked.bytes.length) looked = await ask(at, at + LOOK, signal);
      const { type, size } = headAt(looked.bytes, at - looked.from, looked.length - at);
      if (type === 'moov') {
        if (size > MOST_INDEX) throw new InputError(name, 'its index is too large');
        const whole = at >= looked.from && at + size <= looked.from + looked.bytes.length;
        const { bytes, from } = whole ? looked : await ask(at, at + size, signal);
        return new ClipFile(readMovie(bytes.subarray(at - from, at - from + size), name), ask);
      }
      if (size < 8) break;
      at += size;
    }
    throw new InputError(name, 'it has no index: the recording was cut off');
  }

  /** @returns bytes `[from, to)` */
  async read(from: number, to: number, signal: AbortSignal): Promise<Uint8Array> {
    const answer = await this.#ask(from, to, signal);
    return answer.bytes.subarray(from - answer.from);
  }
}

type Ask = (from: number, to: number, signal: AbortSignal) => Promise<Answer>;

interface Answer {
  readonly bytes: Uint8Array;
  /** Where the bytes begin. */
  readonly from: number;
  /** Of the whole file. */
  readonly length: number;
}

async function askFor(
  send: typeof fetch,
  address: string,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<Answer> {
  const response = await send(address, { headers: { range: `bytes=${from}-${to - 1}` }, signal });
  if (!response.ok) {
    const problem = Problem.safeParse(await response.json().catch(() => undefined));
    throw new Error(problem.data?.message ?? `The hub answered ${response.status}.`);
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  const [, first, length] = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get('content-range') ?? '') ?? [];
  // A proxy may send the whole instead.
  if (response.status !== 206 || first === undefined) return { bytes, from: 0, length: bytes.length };
  return { bytes, from: Number(first), length: Number(length) };
}

/** @param left bytes from here to the end of the file: the size of a box that says 0 */
function headAt(bytes: Uint8Array, at: number, left: number): { type: string; size: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  if (view.byteLength < 8) return { type: '', size: 0 };
  const short = view.getUint32(0);
  const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
  if (short === 1) return { type, size: view.byteLength >= 16 ? Number(view.getBigUint64(8)) : 0 };
  return { type, size: short === 0 ? left : short };
}
