/**
 * How much of the bits the sound may have. Pure.
 */

export interface SoundPlan {
  /** Bits a second. */
  readonly bitrate: number;
  readonly channels: 1 | 2;
  /** Hertz. */
  readonly sampleRate: number;
}

const STEPS: readonly SoundPlan[] = [
  { bitrate: 160_000, channels: 2, sampleRate: 48_000 },
  { bitrate: 128_000, channels: 2, sampleRate: 48_000 },
  { bitrate: 96_000, channels: 2, sampleRate: 48_000 },
  { bitrate: 64_000, channels: 1, sampleRate: 48_000 },
  { bitrate: 48_000, channels: 1, sampleRate: 32_000 },
  { bitrate: 32_000, channels: 1, sampleRate: 24_000 },
  { bitrate: 24_000, channels: 1, sampleRate: 16_000 },
  { bitrate: 16_000, channels: 1, sampleRate: 16_000 },
  { bitrate: 12_000, channels: 1, sampleRate: 8_000 },
];

/**
 * @param maxBytes of the whole file; absent: no limit
 * @param seconds length of the clip
 * @param source what the footage has
 * @returns undefined when there is no room for any sound
 */
export function planSound(
  maxBytes: number | undefined,
  seconds: number,
  source: { readonly channels: number; readonly sampleRate: number },
): SoundPlan | undefined {
  const total = maxBytes === undefined ? Number.POSITIVE_INFINITY : (maxBytes * 8) / Math.max(0.1, seconds);
  const share = total < 150_000 ? 0.28 : 0.15;
  const step = STEPS.find((one) => one.bitrate <= total * share && one.channels <= Math.max(1, source.channels));
  if (!step) return undefined;
  const useful = [8000, 16_000, 24_000, 32_000, 44_100, 48_000].find((rate) => rate >= source.sampleRate) ?? 48_000;
  return { ...step, sampleRate: Math.min(step.sampleRate, useful) };
}
