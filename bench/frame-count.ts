/**
 * Which of the test camera's pictures a stored file holds, by the numbers in their SEI messages: works for any MP4.
 */
import { readFileSync } from 'node:fs';
import { toRbsp } from '../src/media/bitstream/nal.ts';
import { FRAME_NUMBER } from '../test/rtsp/frame-number.ts';

/** Eight bytes of number, and emulation prevention between them. */
const SPAN = 16;

/** In the order in which they stand in the file. */
export function frameNumbers(path: string): number[] {
  const file = readFileSync(path);
  const numbers: number[] = [];
  for (let at = file.indexOf(FRAME_NUMBER); at >= 0; at = file.indexOf(FRAME_NUMBER, at + 1)) {
    const begin = at + FRAME_NUMBER.length;
    const plain = Buffer.from(toRbsp(file.subarray(begin, begin + SPAN)));
    if (plain.length >= 8) numbers.push(Number(plain.readBigUInt64BE(0)));
  }
  return numbers;
}

export interface FrameAccount {
  readonly frames: number;
  /** Numbers between the first and the last that are not there. */
  readonly missing: number;
  readonly repeated: number;
}

/** @param paths files of one camera */
export function accountFrames(paths: readonly string[]): FrameAccount {
  const numbers = paths.flatMap(frameNumbers).sort((a, b) => a - b);
  const unique = new Set(numbers);
  const span = numbers.length === 0 ? 0 : (numbers.at(-1) ?? 0) - (numbers[0] ?? 0) + 1;
  return { frames: unique.size, missing: span - unique.size, repeated: numbers.length - unique.size };
}
