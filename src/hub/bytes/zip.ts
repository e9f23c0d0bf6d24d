/**
 * A ZIP archive as a stream, its files as they are, without compressing them (PKWARE APPNOTE 6.3.10): video does not get smaller. Its length is known
 * before its first byte is read. Sizes and offsets beyond 4 GiB are told by ZIP64 (section 4.5.3).
 */
import { crc32 } from 'node:zlib';

export interface ZipFile {
  /** In the archive, with `/`. */
  readonly name: string;
  readonly bytes: number;
  readonly modified: Date;
  /** Exactly `bytes` of them. */
  read(): AsyncIterable<Uint8Array>;
}

const LOCAL = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
/** CRC behind the data (bit 3); names in UTF-8 (bit 11). */
const FLAGS = 0x0808;
const MOST_32 = 0xffff_ffff;
const MOST_16 = 0xffff;
const VERSION = 45;
/** Made on Unix, an ordinary file that everybody may read. */
const UNIX = (3 << 8) | VERSION;
const MODE = 0o100644;

/** Bytes of the whole archive. */
export function zipLength(files: readonly Pick<ZipFile, 'name' | 'bytes'>[]): number {
  let at = 0;
  let central = 0;
  for (const { name, bytes } of files) {
    const named = Buffer.byteLength(name);
    central += 46 + named + extraLength(bytes, at);
    at += 30 + named + (bytes >= MOST_32 ? 20 : 0) + bytes + (bytes >= MOST_32 ? 24 : 16);
  }
  return at + central + 22 + (needs64(files.length, at, central) ? 76 : 0);
}

/** @throws TypeError when a file does not have as many bytes as it said */
export async function* zip(files: readonly ZipFile[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  const entries: Buffer[] = [];
  for (const file of files) {
    const large = file.bytes >= MOST_32;
    const head = localHeader(file, large);
    yield head;
    let crc = 0;
    let bytes = 0;
    for await (const part of file.read()) {
      crc = crc32(part, crc);
      bytes += part.length;
      yield part;
    }
    if (bytes !== file.bytes) throw new TypeError(`${file.name} has ${bytes} bytes and said ${file.bytes}`);
    const foot = descriptor(crc, bytes, large);
    yield foot;
    entries.push(centralHeader(file, crc, at));
    at += head.length + bytes + foot.length;
  }
  const directory = Buffer.concat(entries);
  yield directory;
  yield endOf(files.length, at, directory.length);
}

function localHeader({ name, modified }: ZipFile, large: boolean): Buffer {
  const named = Buffer.from(name);
  const out = Buffer.alloc(30);
  out.writeUInt32LE(LOCAL, 0);
  out.writeUInt16LE(VERSION, 4);
  out.writeUInt16LE(FLAGS, 6);
  out.writeUInt32LE(dosTime(modified), 10);
  if (large) {
    out.writeUInt32LE(MOST_32, 18);
    out.writeUInt32LE(MOST_32, 22);
  }
  out.writeUInt16LE(named.length, 26);
  out.writeUInt16LE(large ? 20 : 0, 28);
  return Buffer.concat([out, named, large ? extra64([0, 0]) : Buffer.alloc(0)]);
}

function descriptor(crc: number, bytes: number, large: boolean): Buffer {
  const out = Buffer.alloc(large ? 24 : 16);
  out.writeUInt32LE(DESCRIPTOR, 0);
  out.writeUInt32LE(crc, 4);
  if (large) {
    out.writeBigUInt64LE(BigInt(bytes), 8);
    out.writeBigUInt64LE(BigInt(bytes), 16);
  } else {
    out.writeUInt32LE(bytes, 8);
    out.writeUInt32LE(bytes, 12);
  }
  return out;
}

function centralHeader({ name, bytes, modified }: ZipFile, crc: number, at: number): Buffer {
  const named = Buffer.from(name);
  const large = bytes >= MOST_32;
  const far = at >= MOST_32;
  const extra = large || far ? extra64([...(large ? [bytes, bytes] : []), ...(far ? [at] : [])]) : Buffer.alloc(0);
  const out = Buffer.alloc(46);
  out.writeUInt32LE(CENTRAL, 0);
  out.writeUInt16LE(UNIX, 4);
  out.writeUInt16LE(VERSION, 6);
  out.writeUInt16LE(FLAGS, 8);
  out.writeUInt32LE(dosTime(modified), 12);
  out.writeUInt32LE(crc, 16);
  out.writeUInt32LE(large ? MOST_32 : bytes, 20);
  out.writeUInt32LE(large ? MOST_32 : bytes, 24);
  out.writeUInt16LE(named.length, 28);
  out.writeUInt16LE(extra.length, 30);
  out.writeUInt32LE((MODE << 16) >>> 0, 38);
  out.writeUInt32LE(far ? MOST_32 : at, 42);
  return Buffer.concat([out, named, extra]);
}

function extraLength(bytes: number, at: number): number {
  const large = bytes >= MOST_32;
  const far = at >= MOST_32;
  return large || far ? 4 + (large ? 16 : 0) + (far ? 8 : 0) : 0;
}

function extra64(values: readonly number[]): Buffer {
  const out = Buffer.alloc(4 + values.length * 8);
  out.writeUInt16LE(1, 0);
  out.writeUInt16LE(values.length * 8, 2);
  for (const [index, value] of values.entries()) out.writeBigUInt64LE(BigInt(value), 4 + index * 8);
  return out;
}

const needs64 = (count: number, at: number, directory: number): boolean =>
  count >= MOST_16 || at >= MOST_32 || directory >= MOST_32;

function endOf(count: number, at: number, directory: number): Buffer {
  const out = Buffer.alloc(22);
  out.writeUInt32LE(END, 0);
  out.writeUInt16LE(Math.min(count, MOST_16), 8);
  out.writeUInt16LE(Math.min(count, MOST_16), 10);
  out.writeUInt32LE(Math.min(directory, MOST_32), 12);
  out.writeUInt32LE(Math.min(at, MOST_32), 16);
  if (!needs64(count, at, directory)) return out;
  const record = Buffer.alloc(56);
  record.writeUInt32LE(END64, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(UNIX, 12);
  record.writeUInt16LE(VERSION, 14);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(directory), 40);
  record.writeBigUInt64LE(BigInt(at), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(LOCATOR64, 0);
  locator.writeBigUInt64LE(BigInt(at + directory), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, out]);
}

/** UTC, to two seconds (section 4.4.6). */
function dosTime(time: Date): number {
  const year = Math.min(2107, Math.max(1980, time.getUTCFullYear()));
  const date = ((year - 1980) << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate();
  const clock = (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1);
  return ((date << 16) | clock) >>> 0;
}
