/**
 * The files of the page itself: read once, and few. Nothing is loaded from anywhere else, since there may be no network but this one.
 */
import { readFileSync } from 'node:fs';

export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

const FILES: Readonly<Record<string, readonly [name: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
  ...Object.fromEntries(
    ['page', 'dom', 'words', 'door-view', 'password-view', 'status-view', 'shelf-view'].map((name) => [
      `/${name}.js`,
      [`${name}.js`, 'text/javascript; charset=utf-8'],
    ]),
  ),
};
const read = new Map<string, PageFile>();

/** @returns undefined for what is no file of the page */
export function pageFile(path: string): PageFile | undefined {
  const named = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
  if (!named) return undefined;
  const known = read.get(path);
  if (known) return known;
  const [name, type] = named;
  const file = { type, bytes: readFileSync(new URL(`page/${name}`, import.meta.url)) };
  read.set(path, file);
  return file;
}
