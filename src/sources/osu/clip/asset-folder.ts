/** Files of a map or a skin by the names that maps use for them: any case, either slash, with or without ending. */
import { lstatSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/** A set with more files is no set. */
const MOST_FILES = 20_000;
const MOST_DEPTH = 6;
const SOUNDS = ['wav', 'ogg', 'mp3'];

export class AssetFolder {
  /** By name in lower case with forward slashes. */
  private readonly files = new Map<string, string>();

  /** Links are not followed: a set has none. */
  constructor(folder: string | undefined) {
    if (folder !== undefined) this.walk(folder, folder, 0);
  }

  /** @param name as the map writes it @returns the path, or undefined where there is no such file */
  file(name: string): string | undefined {
    return this.files.get(plain(name));
  }

  /** @param ending in lower case, with its dot @returns paths of files at the top, in the order of their names */
  withEnding(ending: string): readonly string[] {
    return [...this.files].flatMap(([name, path]) => (name.endsWith(ending) && !name.includes('/') ? [path] : []));
  }

  /** @param name without ending */
  sound(name: string): string | undefined {
    for (const ending of SOUNDS) {
      const path = this.files.get(`${plain(name)}.${ending}`);
      if (path !== undefined) return path;
    }
    return undefined;
  }

  private walk(top: string, folder: string, depth: number): void {
    for (const item of readdirSync(folder).sort()) {
      if (this.files.size >= MOST_FILES) return;
      const path = join(folder, item);
      const stat = lstatSync(path);
      if (stat.isDirectory() && depth < MOST_DEPTH) this.walk(top, path, depth + 1);
      else if (stat.isFile()) this.files.set(plain(relative(top, path)), path);
    }
  }
}

const plain = (name: string): string =>
  name
    .trim()
    .replaceAll('\\', '/')
    .replace(/^\.?\/+/, '')
    .toLowerCase();
