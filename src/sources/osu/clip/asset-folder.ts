/** Files of a map or a skin by the names that maps use for them: any case, either slash, with or without ending. */
import { filesIn } from './set-files.ts';

const SOUNDS = ['wav', 'ogg', 'mp3'];

export class AssetFolder {
  /** By name in lower case with forward slashes. */
  private readonly files = new Map<string, string>();

  constructor(folder: string | undefined) {
    if (folder === undefined) return;
    for (const { name, path } of filesIn(folder)) this.files.set(plain(name), path);
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
}

const plain = (name: string): string =>
  name
    .trim()
    .replaceAll('\\', '/')
    .replace(/^\.?\/+/, '')
    .toLowerCase();
