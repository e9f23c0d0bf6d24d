/**
 * The signed URLs of an API to the files of each minute, and how long they are good. Pure.
 */
import { type FileKind, kindFacts, kindOfFile } from '../file-kind.ts';
import type { HeldFile } from '../holding.ts';
import { placeInPath } from '../local/place-in-path.ts';
import { type ApiServer, mayFetch } from './server.ts';
import type { FileLists } from './shapes.ts';

const KINDS: Readonly<Record<keyof FileLists, FileKind>> = {
  logs: 'rlog',
  qlogs: 'qlog',
  cameras: 'fcamera',
  ecameras: 'ecamera',
  dcameras: 'dcamera',
  qcameras: 'qcamera',
};
/** What the API promises. */
const HOUR = 3_600_000;
/** A transfer begins well before the end, but a store whose links are short is not asked for new ones all the time. */
const MARGIN = 15 * 60_000;

/** Files with a URL that may be fetched and whose minute its path tells. */
export function signedFiles(lists: FileLists, server: ApiServer): HeldFile[] {
  const files: HeldFile[] = [];
  for (const [list, kind] of Object.entries(KINDS) as [keyof FileLists, FileKind][])
    for (const text of lists[list]) {
      const url = URL.parse(text);
      if (url === null || !mayFetch(server, url)) continue;
      const path = plain(url.pathname);
      const last = path.slice(path.lastIndexOf('/') + 1);
      const named = placeInPath(path);
      const minute =
        named?.logId === undefined || named.logId === null ? /\/(\d{1,4})\/[^/]+$/.exec(path)?.[1] : named.segment;
      if (minute === undefined) continue;
      const name =
        named !== null && named.kind === kind ? named.name : kindOfFile(last) === kind ? last : kindFacts[kind].usual;
      const place = { at: 'url', url: url.href } as const;
      files.push({ segment: Number(minute), kind, name, bytes: null, modified: null, open: false, place });
    }
  return files;
}

/** Until when a transfer may begin, because the first of the URLs ends some time later: milliseconds since 1970. Known forms: Azure `se`, S3, `Expires`, `exp`, and a JSON Web Token as `sig`. */
export function goodUntil(files: readonly HeldFile[], now: number): number {
  let until = now + HOUR;
  for (const { place } of files) if (place.at === 'url') until = Math.min(until, endOf(new URL(place.url)) ?? until);
  return until - Math.min(MARGIN, Math.max((until - now) / 2, 0));
}

function endOf(url: URL): number | null {
  const { searchParams: query } = url;
  const amz = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(query.get('X-Amz-Date') ?? '');
  if (amz !== null) {
    const [, y, mo, d, h, mi, s] = amz.map(Number);
    return Date.UTC(y ?? 0, (mo ?? 1) - 1, d, h, mi, s) + Number(query.get('X-Amz-Expires') ?? 0) * 1000;
  }
  const date = Date.parse(query.get('se') ?? '');
  if (!Number.isNaN(date)) return date;
  const seconds = Number(
    query.get('Expires') ?? query.get('exp') ?? claimOf(query.get('sig') ?? query.get('token') ?? ''),
  );
  return seconds > 1e9 && seconds < 1e11 ? seconds * 1000 : null;
}

function claimOf(word: string): string {
  const [, payload = ''] = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(word) ?? [];
  return /"exp":\s*(\d{9,11})\b/.exec(Buffer.from(payload, 'base64url').toString('latin1'))?.[1] ?? '';
}

function plain(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}
