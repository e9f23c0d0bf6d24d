/** Cuts a TCP stream into RTSP messages and `$` packets (RFC 2326 section 10.12), and finds its way back after junk. */
import { InputError } from '../../../base/errors.ts';
import { LIMITS } from './limits.ts';
import { header, parseHead, type RtspMessage } from './message.ts';

export interface SplitterSink {
  /**
   * One packet: `data[start, end)`. The bytes are the receiver's during the call, also to overwrite.
   */
  packet(channel: number, data: Buffer, start: number, end: number): void;
  message(message: RtspMessage): void;
  /**
   * Whether packets of this channel are expected, and (when given) one with this second byte. Junk is skipped up to one of these;
   * without, or before there is any, it ends the session.
   */
  knows?(channel: number, second?: number): boolean;
  /** Bytes that were neither packet nor message were passed over. */
  junk?(bytes: number): void;
}

const EMPTY = Buffer.alloc(0);
const DOLLAR = 0x24;
/** Bytes of a packet that is believed to be one in the middle of junk; larger than on any Ethernet. */
const LIKELY = 2048;

export class Splitter {
  readonly #sink: SplitterSink;
  /** Bytes of a message, or of a packet's first four, that are not complete yet. */
  #rest: Buffer | undefined;
  /** A packet that began in an earlier chunk: `#size` bytes, of which `#filled` are there. */
  #packet = EMPTY;
  #size = 0;
  #filled = 0;
  #channel = 0;
  #consumed = 0;
  /** Bytes passed over since the last packet or message. */
  #junk = 0;

  constructor(sink: SplitterSink) {
    this.#sink = sink;
  }

  /** @param chunk not needed any more afterwards. @throws InputError with the offset in the stream */
  push(chunk: Buffer): void {
    let data = chunk;
    let at = 0;
    if (this.#size > 0) {
      at = chunk.copy(this.#packet, this.#filled, 0, this.#size - this.#filled);
      this.#filled += at;
      if (this.#filled < this.#size) {
        this.#consumed += chunk.length;
        return;
      }
      const size = this.#size;
      this.#size = 0;
      this.#sink.packet(this.#channel, this.#packet, 0, size);
    } else if (this.#rest) {
      data = Buffer.concat([this.#rest, chunk]);
      this.#consumed -= this.#rest.length;
      this.#rest = undefined;
    }
    while (at < data.length) {
      const first = data[at];
      if (first === DOLLAR && (this.#junk === 0 || this.#believable(data, at))) {
        if (at + (this.#junk === 0 ? 4 : 6) > data.length) break;
        const size = data.readUInt16BE(at + 2);
        const end = at + 4 + size;
        this.#junk = 0;
        if (end > data.length) {
          if (this.#packet.length < size) this.#packet = Buffer.allocUnsafeSlow(size);
          this.#size = size;
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
        const end = this.#other(data, at);
        if (end === undefined) break;
        at = end;
      }
    }
    if (at < data.length) this.#rest = Buffer.from(data.subarray(at));
    this.#consumed += data.length;
  }

  /**
   * To be called when nothing has come for a while: an answer whose Content-Length is too long, or not there, is then taken as it is.
   * @throws InputError
   */
  settle(): void {
    const rest = this.#rest;
    const head = rest && this.#head(rest, 0);
    if (!rest || !head || head.message.kind !== 'response' || rest.length <= head.end) return;
    this.#rest = undefined;
    this.#sink.message({ ...head.message, body: rest.subarray(head.end) });
  }

  /** Offset behind what is no packet, or undefined when it is not complete. */
  #other(data: Buffer, at: number): number | undefined {
    if (startsMessage(data, at)) {
      const end = this.#message(data, at);
      if (end !== undefined) this.#junk = 0;
      return end;
    }
    if (this.#sink.knows === undefined) throw this.#nonsense(at);
    if (!this.#knowsAny()) return this.#leftOver(data, at);
    const next = this.#afterJunk(data, at + 1);
    this.#junk += next - at;
    if (this.#junk > LIMITS.junk) throw this.#nonsense(at);
    this.#sink.junk?.(next - at);
    return next;
  }

  /** Before there are packets, only a line of a description that is longer than its Content-Length says may stand here. */
  #leftOver(data: Buffer, at: number): number | undefined {
    if (at + 1 < data.length && data[at + 1] !== 0x3d) throw this.#nonsense(at);
    const line = data.indexOf(0x0a, at);
    if (line < 0 && data.length - at > LIMITS.header) throw this.#nonsense(at);
    return line < 0 ? undefined : line + 1;
  }

  /** Where the next packet or message may begin; the end when nowhere here. */
  #afterJunk(data: Buffer, from: number): number {
    for (let at = from; at < data.length; at += 1) {
      const byte = data[at] ?? 0;
      if (byte === DOLLAR ? this.#believable(data, at) : byte === 0x52 && startsMessage(data, at)) return at;
    }
    return data.length;
  }

  /** Whether a packet may begin with this `$` in the middle of junk; true also as long as too little of it is there. */
  #believable(data: Buffer, at: number): boolean {
    if (at + 6 > data.length) return true;
    const size = data.readUInt16BE(at + 2);
    const next = data[at + 4 + size];
    return (
      size >= 8 &&
      size <= LIKELY &&
      (data[at + 4] ?? 0) >> 6 === 2 &&
      this.#sink.knows?.(data[at + 1] ?? 0, data[at + 5] ?? 0) === true &&
      (next === undefined || next === DOLLAR || next === 0x52)
    );
  }

  #knowsAny(): boolean {
    for (let channel = 0; channel < 256; channel += 1) if (this.#sink.knows?.(channel)) return true;
    return false;
  }

  #nonsense(at: number): InputError {
    return new InputError('RTSP stream', 'bytes that are neither a packet nor a message', {
      offset: this.#consumed + at,
    });
  }

  #head(data: Buffer, start: number): { message: ReturnType<typeof parseHead>; end: number } | undefined {
    const crlf = data.indexOf('\r\n\r\n', start, 'latin1');
    const lf = data.indexOf('\n\n', start, 'latin1');
    const plain = lf >= 0 && (crlf < 0 || lf < crlf);
    const headEnd = plain ? lf : crlf;
    if (headEnd < 0 ? data.length - start > LIMITS.header : headEnd - start > LIMITS.header)
      throw new InputError('RTSP stream', `a message header of more than ${LIMITS.header} bytes`, {
        offset: this.#consumed + start,
      });
    if (headEnd < 0) return undefined;
    return { message: parseHead(data.toString('latin1', start, headEnd)), end: headEnd + (plain ? 2 : 4) };
  }

  /** Offset behind the message, or undefined when it is not complete. */
  #message(data: Buffer, start: number): number | undefined {
    const found = this.#head(data, start);
    if (!found) return undefined;
    const { message, end } = found;
    const size = this.#bodySize(message, data, end, start);
    if (size === undefined || end + size > data.length) return undefined;
    this.#sink.message({ ...message, body: Buffer.from(data.subarray(end, end + size)) });
    return end + size;
  }

  /** Undefined: it cannot be told yet. */
  #bodySize(message: ReturnType<typeof parseHead>, data: Buffer, end: number, start: number): number | undefined {
    const whole = { ...message, body: EMPTY };
    const told = header(whole, 'content-length');
    if (told === undefined && message.kind === 'response' && /sdp/i.test(header(whole, 'content-type') ?? '')) {
      // Without a length a description ends where its lines end; `settle` knows when.
      if (data.length - end > LIMITS.body) throw this.#tooLong(data.length - end, start);
      return undefined;
    }
    const size = /^\d{1,9}$/.test(told ?? '') ? Number(told) : 0;
    if (size > LIMITS.body) throw this.#tooLong(size, start);
    return size;
  }

  #tooLong(size: number, start: number): InputError {
    return new InputError('RTSP stream', `a message body of ${size} bytes`, { offset: this.#consumed + start });
  }
}

/** An upper-case word, as far as it can be seen: a method, or `RTSP/`. Messages begin with nothing else. */
function startsMessage(data: Buffer, at: number): boolean {
  const end = Math.min(data.length, at + 5);
  for (let i = at; i < end; i += 1) {
    const byte = data[i] ?? 0;
    const letter = (byte >= 0x41 && byte <= 0x5a) || (i > at + 2 && (byte === 0x20 || byte === 0x2f || byte === 0x5f));
    if (!letter) return false;
  }
  return end > at;
}
