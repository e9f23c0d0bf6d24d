/**
 * The 30 cases of the size target, written down before anything was tuned.
 * What is in the pictures is drawn by ourselves, the same on every machine.
 */

/** `street`: the demo camera. `grain`: film grain over slow shapes. `text`: a scrolling page. `static`: nothing moves. `cuts`: another scene each half second. */
export type Content = 'street' | 'grain' | 'text' | 'static' | 'cuts';

export interface SizeCase {
  readonly content: Content;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly seconds: number;
  /** Limit in MB (1,000,000 bytes). */
  readonly megabytes: number;
  readonly sound: boolean;
  /** One of the six of `npm test`. */
  readonly quick?: true;
}

const of = (
  content: Content,
  size: readonly [number, number],
  fps: number,
  seconds: number,
  megabytes: number,
  extra: { sound?: boolean; quick?: true } = {},
): SizeCase => ({
  content,
  width: size[0],
  height: size[1],
  fps,
  seconds,
  megabytes,
  sound: extra.sound ?? false,
  ...(extra.quick ? { quick: true } : {}),
});

const small = [640, 360] as const;
const middle = [960, 540] as const;
const large = [1280, 720] as const;
const full = [1920, 1080] as const;

export const sizeCases: readonly SizeCase[] = [
  // Short, few bytes.
  of('grain', small, 15, 3, 0.5, { quick: true }),
  of('street', large, 15, 3, 0.5),
  of('cuts', small, 25, 3, 0.5, { quick: true }),
  of('text', large, 30, 4, 0.5),
  of('grain', large, 25, 5, 1, { sound: true }),
  of('street', large, 15, 10, 0.5, { sound: true, quick: true }),
  of('street', large, 15, 10, 1),
  of('cuts', middle, 25, 6, 1),
  of('text', small, 15, 10, 0.5, { quick: true }),
  of('static', large, 15, 10, 0.5, { quick: true }),
  // Middling.
  of('grain', small, 25, 10, 2),
  of('grain', middle, 15, 15, 5, { sound: true }),
  of('street', large, 15, 30, 2, { sound: true }),
  of('street', full, 15, 10, 2),
  of('cuts', large, 25, 10, 3, { sound: true }),
  of('text', large, 15, 20, 1),
  of('cuts', small, 15, 30, 2),
  of('grain', full, 30, 3, 8),
  of('static', full, 15, 20, 2, { sound: true }),
  of('street', small, 15, 60, 2),
  // Large limits.
  of('grain', large, 30, 10, 12),
  of('grain', full, 30, 6, 50),
  of('street', large, 15, 20, 50),
  of('cuts', full, 25, 6, 10),
  // Under 100 kbit/s.
  of('street', large, 15, 120, 0.5, { sound: true }),
  of('grain', small, 15, 60, 0.5),
  of('cuts', small, 15, 45, 0.5, { quick: true }),
  of('text', large, 10, 90, 1),
  of('grain', small, 10, 120, 1.2, { sound: true }),
  of('street', small, 15, 60, 0.6, { sound: true }),
];
