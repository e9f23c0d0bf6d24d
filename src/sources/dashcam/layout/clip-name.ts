/**
 * Names that the car gives: `2026-03-01_17-03-05-front.mp4` in `TeslaCam/RecentClips`, and in a folder for each event below `SavedClips` and
 * `SentryClips`. Times in names are the car's local ones, without a zone.
 */

export const CAMERAS = ['front', 'back', 'left_repeater', 'right_repeater', 'left_pillar', 'right_pillar'] as const;
/** With those of older firmware. */
const KNOWN = new Set<string>([...CAMERAS, 'rear_view', 'inside']);

/** A time of day somewhere, as the milliseconds that it would be in UTC: two of them can be compared and subtracted. */
export type LocalMs = number;

export interface ClipName {
  readonly local: LocalMs;
  readonly camera: string;
}

const CLIP = /^(\d{4})-(\d\d)-(\d\d)_(\d\d)-(\d\d)(?:-(\d\d))?-([a-z_]+)\.mp4$/i;
const FOLDER = /^(\d{4})-(\d\d)-(\d\d)_(\d\d)-(\d\d)-(\d\d)$/;

/** What the name of a clip says, without its folder; undefined when the car gives no such names. */
export function parseClipName(name: string): ClipName | undefined {
  const match = CLIP.exec(name);
  const camera = match?.[7]?.toLowerCase();
  if (!match || !camera || !KNOWN.has(camera)) return undefined;
  const local = localOf(match);
  return local === undefined ? undefined : { local, camera };
}

export function formatClipName({ local, camera }: ClipName): string {
  return `${formatLocal(local)}-${camera}.mp4`;
}

/** `2026-03-01_17-03-05`. */
export function formatLocal(local: LocalMs): string {
  return new Date(local).toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-');
}

/** When an event was, by the name of its folder. */
export function parseEventFolder(name: string): LocalMs | undefined {
  const match = FOLDER.exec(name);
  return match ? localOf(match) : undefined;
}

function localOf(match: RegExpExecArray): LocalMs | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part: string | undefined) => Number(part ?? 0));
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  const back = new Date(local);
  const same = back.getUTCMonth() === month - 1 && back.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return same ? local : undefined;
}

/** Splits a path into its folder and its name. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const at = path.lastIndexOf('/');
  return at < 0 ? { folder: '', name: path } : { folder: path.slice(0, at), name: path.slice(at + 1) };
}
