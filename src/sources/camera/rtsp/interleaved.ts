/** Cuts a TCP stream into RTSP messages and `$` packets (RFC 2326 section 10.12). */
import { InputError } from '../../../base/errors.ts';
import { LIMITS } from './limits.ts';
import { header, parseHead, type RtspMessage } from './message.ts';

export interface SplitterSink {
  /**
   * One packet: `data[start, end)`. The bytes are the receiver's to keep and to overwrite,
   * from `start` on.
   */
  packet(channel: number, data: Buffer, start: number, end: number): void;
  message(message: RtspMessage): void;
}

const DOLLAR = 0x24;

export class Splitter {
  readonly #sink: SplitterSink;
  /** Bytes of a message, or of a packet's first four, that are not complete yet. */
  #rest: Buffer | undefined;
  /** A packet that began in an earlier chunk. */
  #packet: Buffer | undefined;
  #filled = 0;
  #channel = 0;
  #consumed = 0;

  constructor(sink: SplitterSink) {
    this.#sink = sink;
  }

  /** @throws InputError with the offset in the stream */
  push(chunk: Buffer): void {
    let data = chunk;
    let at = 0;
    if (this.#packet) {
      at = chunk.copy(this.#packet, this.#filled);
      this.#filled += at;
      if (this.#filled < this.#packet.length) {
        this.#consumed += chunk.length;
        return;
      }
      const whole = this.#packet;
      this.#packet = undefined;
      this.#sink.packet(this.#channel, whole, 0, whole.length);
    } else if (this.#rest) {
      data = Buffer.concat([this.#rest, chunk]);
      this.#consumed -= this.#rest.length;
      this.#rest = undefined;
    }
    while (at < data.length) {
      const first = data[at];
      if (first === DOLLAR) {
        if (at + 4 > data.length) break;
        const size = data.readUInt16BE(at + 2);
        const end = at + 4 + size;
        if (end > data.length) {
          this.#packet = Buffer.allocUnsafeSlow(size);
          this.#filled = data.copy(this.#packet, 0, at + 4);
          this.#channel = data[at + 1] ?? 0;
          this.#consumed += data.length;
          return;
        }
        this.#sink.packet(data[at + 1] ?? 0, data, at + 4, end);
        at = end;
      } else if (first === 0x0d || first === 0x0a) {
        at += 1;
      } else {
        const end = this.#message(data, at);
        if (end === undefined) break;
        at = end;
      }
    }
    if (at < data.length) this.#rest = Buffer.from(data.subarray(at));
    this.#consumed += data.length;
  }

  /** Offset behind the message, or undefined when it is not complete. */
  #message(data: Buffer, start: number): number | undefined {
    const first = data[start] ?? 0;
    if (first < 0x41 || first > 0x5a)
      throw new InputError('RTSP stream', 'bytes that are neither a packet nor a message', {
        offset: this.#consumed + start,
      });
    const crlf = data.indexOf('\r\n\r\n', start, 'latin1');
    const lf = crlf < 0 ? data.indexOf('\n\n', start, 'latin1') : -1;
    const headEnd = crlf >= 0 ? crlf : lf;
    if (headEnd < 0 ? data.length - start > LIMITS.header : headEnd - start > LIMITS.header)
      throw new InputError('RTSP stream', `a message header of more than ${LIMITS.header} bytes`, {
        offset: this.#consumed + start,
      });
    if (headEnd < 0) return undefined;
    const head = parseHead(data.toString('latin1', start, headEnd));
    const bodyStart = headEnd + (crlf >= 0 ? 4 : 2);
    const told = Number(header({ ...head, body: EMPTY }, 'content-length') ?? 0);
    const size = Number.isInteger(told) && told >= 0 ? told : 0;
    if (size > LIMITS.body)
      throw new InputError('RTSP stream', `a message body of ${size} bytes`, { offset: this.#consumed + start });
    if (bodyStart + size > data.length) return undefined;
    this.#sink.message({ ...head, body: data.subarray(bodyStart, bodyStart + size) });
    return bodyStart + size;
  }
}

const EMPTY = Buffer.alloc(0);
