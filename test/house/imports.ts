/** Which files a file loads: relative imports followed, packages collected. Types are erased and do not count. */
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface Reach {
  /** Paths relative to the project, and who loads them first. */
  readonly files: ReadonlyMap<string, string>;
  /** Package names, and who loads them first. */
  readonly packages: ReadonlyMap<string, string>;
}

export interface ImportLine {
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

export function importsOf(path: string): ImportLine[] {
  const text = readFileSync(join(projectRoot, path), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const found: ImportLine[] = [];
  for (const [, kind = '', clause = '', specifier = ''] of text.matchAll(
    /^\s*(import|export)\b([^;'"]*?)\bfrom\s+['"]([^'"]+)['"]/gm,
  ))
    found.push({
      specifier,
      typeOnly: /^\s*type\b/.test(clause) || everyNameIsType(clause),
      dynamic: kind === 'dynamic',
    });
  for (const [, specifier = ''] of text.matchAll(/^\s*import\s+['"]([^'"]+)['"]/gm))
    found.push({ specifier, typeOnly: false, dynamic: false });
  for (const [, specifier = ''] of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g))
    found.push({ specifier, typeOnly: false, dynamic: true });
  return found;
}

function everyNameIsType(clause: string): boolean {
  const names = /^\s*\{([^}]*)\}\s*$/.exec(clause)?.[1];
  return names?.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type ')) ?? false;
}

/** Everything that loading `entry` loads. Dynamic imports are followed too: they are how a role loads its half of a kind. */
export function reachOf(entry: string): Reach {
  const files = new Map<string, string>([[entry, '']]);
  const packages = new Map<string, string>();
  const queue = [entry];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    for (const { specifier, typeOnly } of importsOf(path)) {
      if (typeOnly) continue;
      if (specifier.startsWith('.')) {
        const target = relative(projectRoot, join(projectRoot, dirname(path), specifier));
        if (!files.has(target)) {
          files.set(target, path);
          queue.push(target);
        }
      } else if (!specifier.startsWith('node:')) {
        const name = specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/');
        if (!packages.has(name)) packages.set(name, path);
      }
    }
  }
  return { files, packages };
}
