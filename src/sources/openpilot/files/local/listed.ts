/**
 * A list of paths with sizes, from a folder or over SSH, to the routes in it. Pure.
 */
import { type FilePlace, type HeldFile, holdingOf, type RouteHolding } from '../holding.ts';
import { type PathPlace, placeInPath } from './place-in-path.ts';

export interface ListedFile {
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/**
 * Routes by their log id, the newest last. Files that belong to no drive are passed over; empty ones are as good as absent: a device makes
 * them before it writes. A device marks what it still writes with a file `….lock` beside it.
 * @param folder files whose path names no route count only when they lie directly in it: one minute, of a route without a name
 */
export function routesIn(
  files: Iterable<ListedFile>,
  folder: string,
  placeOf: (path: string) => FilePlace,
): RouteHolding[] {
  const all = [...files];
  const locked = new Set(all.filter(({ path }) => path.endsWith('.lock')).map(({ path }) => path.slice(0, -5)));
  const routes = new Map<string, { named: PathPlace; files: HeldFile[] }>();
  const home = folder.replace(/\/+$/, '');
  for (const { path, bytes, modified } of all) {
    const named = placeInPath(path);
    if (named === null || bytes === 0) continue;
    if (named.logId === null && path.slice(0, path.lastIndexOf('/')) !== home) continue;
    const key = `${named.dongle ?? ''}|${named.logId ?? ''}`;
    const route = routes.get(key) ?? { named, files: [] };
    const { segment, kind, name } = named;
    route.files.push({ segment, kind, name, bytes, modified, open: locked.has(path), place: placeOf(path) });
    routes.set(key, route);
  }
  return [...routes.values()]
    .map(({ named, files: found }) => holdingOf(named.dongle, named.logId, found))
    .sort((a, b) => compare(a.logId ?? '', b.logId ?? '') || compare(a.dongle ?? '', b.dongle ?? ''));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
