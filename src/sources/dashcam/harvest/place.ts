/**
 * What a file on a car's drive is, by where it lies and how it is called. Pure.
 */
import { KEY_FILE } from '../encrypted/key-file.ts';
import { type LocalMs, parseClipName, parseEventFolder } from '../layout/clip-name.ts';

/** Which of the car's folders it lies in. `salvaged`: found without a name that tells. */
export type Ring = 'recent' | 'saved' | 'sentry' | 'salvaged';

export type Place =
  | {
      readonly kind: 'clip';
      readonly ring: Ring;
      /** Name of the folder of its event: `2026-03-01_17-02-44`. */
      readonly event: string | undefined;
      /** By its name; undefined when its name does not tell. */
      readonly local: LocalMs | undefined;
      /** Camera, or `unknown`. */
      readonly track: string;
    }
  /** What lies beside the clips of an event. */
  | {
      readonly kind: 'event-file';
      readonly ring: 'saved' | 'sentry';
      readonly event: string;
      readonly role: 'json' | 'thumb' | 'preview' | 'other';
      readonly name: string;
    }
  /** What else the car has made: laps of the track mode, photographs, pieces that a salvage has found. */
  | { readonly kind: 'other'; readonly track: string; readonly name: string };

const RINGS: ReadonlyMap<string, Ring> = new Map([
  ['recentclips', 'recent'],
  ['savedclips', 'saved'],
  ['sentryclips', 'sentry'],
  ['salvagedclips', 'salvaged'],
]);
const OTHERS: ReadonlyMap<string, string> = new Map([
  ['teslatrackmode', 'track-mode'],
  ['photobooth', 'photobooth'],
  ['lost-clusters', 'pieces'],
]);
/** The salvage's own names: `2026-03-01_17-03-05-camera-unknown-1.mp4`. */
const NAMELESS = /^(\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d)-camera-unknown-\d+\.mp4$/;
const ROLES: ReadonlyMap<string, 'json' | 'thumb' | 'preview'> = new Map([
  ['event.json', 'json'],
  ['thumb.png', 'thumb'],
  ['event.mp4', 'preview'],
]);

/**
 * @param path on the drive
 * @param above the last folders of the path that was opened, which may itself be a part of a drive: `['TeslaCam', 'SentryClips']`
 * @returns undefined for what is not the car's footage: music, light shows, what computers leave behind
 */
export function placeOf(path: string, above: readonly string[] = []): Place | undefined {
  const parts = [...above, ...path.split('/')];
  const name = parts.at(-1) ?? '';
  const folders = parts.slice(0, -1).map((part) => part.toLowerCase());
  // Keys have no place in a library.
  if (name.toLowerCase().endsWith(KEY_FILE)) return undefined;
  // What computers leave behind: `._x`, `.DS_Store`, `.Trashes`.
  if (path.split('/').some((part) => part.startsWith('.'))) return undefined;
  for (let at = folders.length - 1; at >= 0; at -= 1) {
    const folder = folders[at] ?? '';
    const ring = RINGS.get(folder);
    if (ring) return inRing(ring, name, parts[at + 1]);
    const other = OTHERS.get(folder);
    if (other !== undefined) return { kind: 'other', track: other, name };
  }
  // A folder of clips that somebody has copied.
  const clip = parseClipName(name);
  return clip ? { kind: 'clip', ring: 'recent', event: undefined, local: clip.local, track: clip.camera } : undefined;
}

function inRing(ring: Ring, name: string, below: string | undefined): Place {
  const event =
    below !== undefined && below !== name && parseEventFolder(below) !== undefined && ring !== 'recent'
      ? below
      : undefined;
  const clip = parseClipName(name);
  if (clip) return { kind: 'clip', ring, event, local: clip.local, track: clip.camera };
  const nameless = NAMELESS.exec(name)?.[1];
  if (nameless !== undefined) return { kind: 'clip', ring, event, local: parseEventFolder(nameless), track: 'unknown' };
  if (event !== undefined && (ring === 'saved' || ring === 'sentry'))
    return { kind: 'event-file', ring, event, role: ROLES.get(name.toLowerCase()) ?? 'other', name };
  return /\.mp4$/i.test(name)
    ? { kind: 'clip', ring, event, local: undefined, track: 'unknown' }
    : { kind: 'other', track: 'other', name };
}
