/** Makes `.osr` files. */
import { createHash } from 'node:crypto';
import { packLzma } from './lzma-writer.ts';

/** Milliseconds of the map, osu! pixels, key bits. */
export interface MadeFrame {
  readonly time: number;
  readonly x: number;
  readonly y: number;
  readonly keys: number;
}

export interface MadeReplay {
  readonly mode?: 0 | 1 | 2 | 3;
  readonly version?: number;
  readonly beatmap?: Uint8Array;
  readonly mods?: number;
  readonly player?: string;
  readonly frames: readonly MadeFrame[];
  /** What osu!(lazer) adds. */
  readonly scoreInfo?: unknown;
  /** Bits of the online id; 0 leaves it out. */
  readonly idBits?: 0 | 32 | 64;
}

export function writeReplay(replay: MadeReplay): Buffer {
  const info = replay.scoreInfo === undefined ? undefined : Buffer.from(JSON.stringify(replay.scoreInfo));
  return packReplay(replay, Buffer.from(frameText(replay.frames)), info);
}

/**
 * @param frames the text of the frames
 * @param scoreInfo the JSON that osu!(lazer) adds; both as they are, whatever they say
 */
export function packReplay(replay: Omit<MadeReplay, 'frames'>, frames: Uint8Array, scoreInfo?: Uint8Array): Buffer {
  const { mode = 0, version = 20_200_427, mods = 0, player = 'vidette', idBits = 64 } = replay;
  const md5 = createHash('md5')
    .update(replay.beatmap ?? '')
    .digest('hex');
  const packed = packLzma(frames);
  const parts: Buffer[] = [u8(mode), i32(version), text(md5), text(player), text('0'.repeat(32))];
  // Six counts, the score, the combo, and whether it was perfect: none of them is ours to know.
  parts.push(
    Buffer.alloc(12),
    i32(0),
    Buffer.alloc(2),
    u8(0),
    i32(mods),
    text('0|1,1000|0.5,'),
    i64(637_100_000_000_000_000n),
  );
  parts.push(i32(packed.length), Buffer.from(packed));
  if (idBits === 64) parts.push(i64(42n));
  if (idBits === 32) parts.push(i32(42));
  if (scoreInfo) {
    const info = packLzma(scoreInfo);
    parts.push(i32(info.length), Buffer.from(info));
  }
  return Buffer.concat(parts);
}

export function frameText(frames: readonly MadeFrame[]): string {
  let before = 0;
  const words = ['0|256|-500|0', '-1|256|-500|0'];
  before = -1;
  for (const { time, x, y, keys } of frames) {
    words.push(`${time - before}|${x}|${y}|${keys}`);
    before = time;
  }
  return `${words.join(',')},-12345|0|0|7,`;
}

const u8 = (value: number): Buffer => Buffer.from([value]);

function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function i64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

/** @param value shorter than 128 bytes */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([0x0b, bytes.length]), bytes]);
}
