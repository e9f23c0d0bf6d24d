/**
 * Names of harvested files in the library: source, track, UTC, and the beginning of the SHA-256 of the contents, so that equal contents have one name
 * and others never share it. Pure.
 */
import { formatLocal, type LocalMs } from '../layout/clip-name.ts';

export interface ClipKeyParts {
  /** Folder of the source. */
  readonly source: string;
  readonly track: string;
  /** UTC ms; undefined when it is not known. */
  readonly utc: number | undefined;
  /** By its name. */
  readonly local: LocalMs | undefined;
  /** Hex. */
  readonly sha256: string;
  readonly encrypted: boolean;
}

/** Hex digits of the hash in a name: 64 bits. */
const DIGITS = 16;

/** `car/front/2026-03-02/01/01-03-05.000Z-1f0a….mp4`; of a clip whose UTC nobody knows `car/front/local-2026-03-01/17/17-03-05-1f0a….mp4`. */
export function clipKey({ source, track, utc, local, sha256, encrypted }: ClipKeyParts): string {
  const end = `${sha256.slice(0, DIGITS)}${encrypted ? '.encrypted' : ''}.mp4`;
  const folder = `${plain(source)}/${plain(track)}`;
  if (utc !== undefined) {
    const iso = new Date(utc).toISOString();
    return `${folder}/${iso.slice(0, 10)}/${iso.slice(11, 13)}/${iso.slice(11).replaceAll(':', '-')}-${end}`;
  }
  if (local === undefined) return `${folder}/unknown-time/${end}`;
  const [day = '', time = ''] = formatLocal(local).split('_');
  return `${folder}/local-${day}/${time.slice(0, 2)}/${time}-${end}`;
}

/** `car/events/2026-03-02/01-02-44Z-sentry`; without UTC `car/events/local-2026-03-01/17-02-44-sentry`. */
export function eventFolderKey(
  source: string,
  ring: 'saved' | 'sentry',
  utc: number | undefined,
  local: LocalMs,
): string {
  const folder = `${plain(source)}/events`;
  if (utc === undefined) return `${folder}/local-${formatLocal(local).replace('_', '/')}-${ring}`;
  return `${folder}/${formatLocal(utc).replace('_', '/')}Z-${ring}`;
}

/** A file that keeps its own name. @param other whether another file has the plain name already */
export function namedKey(folder: string, name: string, sha256: string, other: boolean): string {
  const safe = plain(name);
  if (!other) return `${folder}/${safe}`;
  const dot = safe.lastIndexOf('.');
  const mark = `-${sha256.slice(0, DIGITS)}`;
  return dot <= 0 ? `${folder}/${safe}${mark}` : `${folder}/${safe.slice(0, dot)}${mark}${safe.slice(dot)}`;
}

/** A name from a drive, which may be hostile, as one that every file system takes and that leads nowhere else. */
export function plain(name: string): string {
  const safe = name
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^\.+/, '_')
    .slice(-100);
  return safe === '' ? '_' : safe;
}
