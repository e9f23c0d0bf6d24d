/**
 * The moment between two minutes, in which a car has closed the clips of all its cameras and has not begun the next ones: then an image can be taken
 * from it and nothing is lost. Pure.
 */
import { recentClips, SAME_MINUTE } from './live-gate.ts';

/** A file of the drive, as one look saw it. */
export interface BorderFile {
  readonly path: string;
  readonly print: string;
  /** Closed: its boxes and every sample are there. */
  readonly whole: boolean;
}

/** Of what an earlier look saw: path → print. */
export type BorderLook = ReadonlyMap<string, string>;

export const lookOf = (files: readonly BorderFile[]): BorderLook =>
  new Map(files.map(({ path, print }) => [path, print]));

/** Paths of the clips of the newest minute. */
export function newestMinute(paths: readonly string[]): Set<string> {
  const clips = recentClips(paths);
  const last = Math.max(...clips.map(({ local }) => local));
  return new Set(clips.filter(({ local }) => last - local <= SAME_MINUTE).map(({ path }) => path));
}

/**
 * Whether the car is between two minutes.
 * @param files every video of the drive
 * @param before the look before this one: what changes is being written
 * @returns undefined when it is; else why not
 */
export function whyNotBorder(files: readonly BorderFile[], before: BorderLook): string | undefined {
  const clips = recentClips(files.map(({ path }) => path));
  if (clips.length === 0) return 'the car has not recorded yet';
  const last = Math.max(...clips.map(({ local }) => local));
  const newest = clips.filter(({ local }) => last - local <= SAME_MINUTE);
  const older = clips.filter(({ local }) => last - local > SAME_MINUTE);
  const previous = older.length === 0 ? 0 : Math.max(...older.map(({ local }) => local));
  const cameras = new Set(newest.map(({ camera }) => camera));
  const missing = older.filter(({ local, camera }) => previous - local <= SAME_MINUTE && !cameras.has(camera));
  // The first one of the next minute may be there already, and the others not yet.
  if (missing.length > 0) return `${missing.map(({ camera }) => camera).join(', ')} has not closed its minute`;
  const byPath = new Map(files.map((file) => [file.path, file]));
  const open = newest.find(({ path }) => byPath.get(path)?.whole !== true);
  if (open) return `${open.camera} is recording`;
  // The car copies an event, or writes whatever else. What was cut by an earlier power cut lies still.
  const changed = files.find(({ path, print }) => before.get(path) !== print);
  return changed ? `${changed.path} is being written` : undefined;
}
