/**
 * Where a segment's file stands (DESIGN, invariant 3). Keys are relative to the library root, with `/` between the parts.
 */
import type { SegmentIdentity } from '../../../media/mp4/identity.ts';

export const SPOOL = 'spool';
/** Folders of the library that hold no source. */
export const RESERVED_FOLDERS: ReadonlySet<string> = new Set([SPOOL, 'clips', 'cache']);

type Named = Pick<SegmentIdentity, 'folder' | 'track' | 'run' | 'seq' | 'wallStart'>;

/**
 * `spool/<recorder>/<folder>/<track>/18-05-00.000Z-<run>-<seq>.part`
 * @param spool of the recorder that writes it, see {@link ownSpool}
 */
export function spoolKey(segment: Named, spool: string = SPOOL): string {
  return `${spool}/${segment.folder}/${segment.track}/${baseName(segment)}.part`;
}

/**
 * Each recorder has a spool of its own, with its own lock. Up to issue 2 there was one for all, `spool/` itself.
 * @param place from the second on: its spool is still being completed by another recorder that thought it dead.
 */
export function ownSpool(recorder: string, place = 1): string {
  return `${SPOOL}/${recorder}${place === 1 ? '' : `.${place}`}`;
}

const OWN_SPOOL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(\.\d{1,2})?$/;

/** Whether a folder below `spool/` is one that `ownSpool` names. */
export function isOwnSpool(name: string): boolean {
  return OWN_SPOOL.test(name);
}

/**
 * `<folder>/<track>/2026-11-21/18/18-05-00.000Z-<run>-<seq>.mp4`, in UTC.
 * @param attempt from the second on, a number behind the name tells it from one that is taken.
 */
export function libraryKey(segment: Named, attempt = 1): string {
  const iso = new Date(segment.wallStart).toISOString();
  const [day = '', time = ''] = iso.split('T');
  const suffix = attempt === 1 ? '' : `-${attempt}`;
  return `${segment.folder}/${segment.track}/${day}/${time.slice(0, 2)}/${baseName(segment)}${suffix}.mp4`;
}

function baseName(segment: Named): string {
  const time = new Date(segment.wallStart).toISOString().split('T')[1] ?? '';
  return `${time.replaceAll(':', '-')}-${segment.run}-${segment.seq}`;
}

const KEY =
  /^([^/\\\0]{1,120})\/([a-z0-9-]{1,32})\/(\d{4}-\d\d-\d\d)\/(\d\d)\/\d\d-\d\d-\d\d\.\d{3}Z-[0-9a-z]{8,32}-\d+(-\d+)?\.mp4$/;

/** Whether a key is one that `libraryKey` could have made. */
export function isLibraryKey(key: string): boolean {
  const folder = KEY.exec(key)?.[1];
  return folder !== undefined && folder !== '.' && folder !== '..' && !RESERVED_FOLDERS.has(folder);
}
