/**
 * Names of runs. A run is one unbroken reading of a stream with one configuration.
 */
import { randomBytes } from 'node:crypto';
import type { WallMs } from '../../../base/units.ts';

const TIME_DIGITS = 9;
const RANDOM_DIGITS = 7;
const RANDOM_SPACE = 36 ** RANDOM_DIGITS;

/** 16 characters of `[0-9a-z]`: nine of the start in base 36 (they sort by time until the year 5188), then seven at random. */
export function runId(start: WallMs, random: () => number = randomNumber): string {
  const time = Math.max(0, Math.floor(start)).toString(36).padStart(TIME_DIGITS, '0').slice(-TIME_DIGITS);
  return (
    time +
    Math.floor(random() * RANDOM_SPACE)
      .toString(36)
      .padStart(RANDOM_DIGITS, '0')
  );
}

/** From 0 to below 1, with 48 random bits. */
function randomNumber(): number {
  return randomBytes(6).readUIntBE(0, 6) / 2 ** 48;
}
