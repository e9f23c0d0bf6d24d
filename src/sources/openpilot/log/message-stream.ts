/** Cuts a stream of bytes into the messages of Cap'n Proto that it consists of. They are not packed, and nothing marks where one begins. */
import { Malformed, Message, MOST_WORDS } from './capnp.ts';

/** Where a log ends before its end. */
export interface LogCut {
  /** Of the log as it is without compression: what is in front of it was read. */
  readonly byte: number;
  /** What is wrong there, as the end of a sentence. */
  readonly reason: string;
}

const START_BYTES = 1 << 20;

export class MessageStream {
  readonly #on: (message: Message) => void;
  #buffer = new ArrayBuffer(START_BYTES);
  #bytes = new Uint8Array(this.#buffer);
  readonly #message = new Message(this.#buffer);
  #filled = 0;
  /** Byte of the log that is the first of the buffer. */
  #offset = 0;
  #cut: LogCut | null = null;

  /** @param on is called with each message, which is valid until it returns */
  constructor(on: (message: Message) => void) {
    this.#on = on;
  }

  /** @returns false when it is of no use to push more: the log cannot be read on */
  push(chunk: Uint8Array): boolean {
    if (this.#cut) return false;
    this.#append(chunk);
    let at = 0;
    try {
      for (;;) {
        const length = this.#message.load(at, this.#filled);
        if (length === 0) break;
        this.#on(this.#message);
        at += length;
      }
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      this.#cut = { byte: this.#offset + at, reason: `there is no message there (${error.message})` };
    }
    this.#bytes.copyWithin(0, at, this.#filled);
    this.#filled -= at;
    this.#offset += at;
    return this.#cut === null;
  }

  /** Bytes of whole messages so far. */
  get read(): number {
    return this.#offset;
  }

  /** Where the log is cut, when nothing more comes; null: it ends with a whole message. */
  end(): LogCut | null {
    if (this.#cut) return this.#cut;
    if (this.#filled === 0) return null;
    return {
      byte: this.#offset,
      reason: `the message that begins there is not whole (${this.#filled} bytes of it are there)`,
    };
  }

  #append(chunk: Uint8Array): void {
    const needed = this.#filled + chunk.length;
    if (needed > this.#buffer.byteLength) {
      // What is left over is at most one message, so that this ends at its limit and a chunk.
      const size = Math.min(Math.max(needed, this.#buffer.byteLength * 2), MOST_WORDS * 8 + 4096 + chunk.length);
      const larger = new ArrayBuffer(Math.ceil(Math.max(size, needed) / 8) * 8);
      const bytes = new Uint8Array(larger);
      bytes.set(this.#bytes.subarray(0, this.#filled));
      this.#buffer = larger;
      this.#bytes = bytes;
      this.#message.moved(larger);
    }
    this.#bytes.set(chunk, this.#filled);
    this.#filled = needed;
  }
}
