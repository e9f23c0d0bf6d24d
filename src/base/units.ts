/** Types that carry their unit. A brand costs nothing at run time and makes a mix-up a compile error. */
declare const unit: unique symbol;
type Branded<T, Name extends string> = T & { readonly [unit]: Name };

/** A span of time in milliseconds. */
export type Milliseconds = Branded<number, 'ms'>;
/** A moment: milliseconds since 1970-01-01T00:00:00Z, by the wall clock. May be stepped by NTP or by hand. */
export type WallMs = Branded<number, 'wall-ms'>;
/** A moment on a clock that never goes back and has no relation to the calendar, in milliseconds. */
export type MonotonicMs = Branded<number, 'monotonic-ms'>;
/** A position on the media time line of one run, in ticks of the track's time scale (video: 90,000 per second). */
export type MediaTime = Branded<number, 'media-ticks'>;

export const milliseconds = (value: number): Milliseconds => value as Milliseconds;
export const wallMs = (value: number): WallMs => value as WallMs;
export const monotonicMs = (value: number): MonotonicMs => value as MonotonicMs;
export const mediaTime = (ticks: number): MediaTime => ticks as MediaTime;

/** Ticks per second of every video track that Vidette writes (the RTP clock rate of video, RFC 3551 section 5). */
export const VIDEO_TIMESCALE = 90_000;
