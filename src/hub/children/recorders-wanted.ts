/**
 * How many recorders the hub keeps on its own machine. Pure.
 */

/** A recorder is one thread: so many cameras are about half of a core (measured: `npm run bench -- recorder`). */
export const CAMERAS_PER_RECORDER = 64;
/** One is ended only when the others would have so many places to spare: a camera that is switched off and on starts nothing. */
const SPARE = 16;
/** More than this many processes help no machine. */
export const MOST_RECORDERS = 16;

/** `auto`, or a fixed number. */
export type RecorderSetting = 'auto' | number;

/**
 * @param cameras that are to be recorded
 * @param running recorders that the hub keeps now
 */
export function recordersWanted(setting: RecorderSetting, cameras: number, running: number): number {
  if (setting !== 'auto') return Math.min(setting, MOST_RECORDERS);
  if (cameras === 0) return 0;
  const needed = Math.min(MOST_RECORDERS, Math.ceil(cameras / CAMERAS_PER_RECORDER));
  if (needed >= running) return needed;
  const withSpare = Math.ceil((cameras + SPARE) / CAMERAS_PER_RECORDER);
  return Math.min(running, Math.max(needed, withSpare));
}
