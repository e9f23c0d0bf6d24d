/**
 * Makes the cluster with `initdb`, and says in words why PostgreSQL did not do what it should.
 */
import { spawn } from 'node:child_process';
import { chown, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Binaries } from './binaries.ts';
import type { Owner } from './owner.ts';
import type { Place } from './place.ts';

/** The server's own superuser; the only role. */
export const USER = 'vidette';

/**
 * Makes the cluster when there is none: beside its place, then renamed, so that it is there whole or not at all.
 * @throws UserError when something else is there, or a cluster of another major version.
 */
export async function initialise(
  binaries: Binaries,
  place: Place,
  owner: Owner | undefined,
  log: Log,
  signal?: AbortSignal,
): Promise<void> {
  const inside = await readdir(place.cluster);
  if (inside.includes('PG_VERSION')) {
    const version = (await readFile(join(place.cluster, 'PG_VERSION'), 'utf8')).trim();
    if (version === binaries.version.split('.')[0]) return;
    throw new UserError(
      `The database in ${place.cluster} was made by PostgreSQL ${version}; the built-in one is ${binaries.version}.`,
      'Use the Vidette that made it, or move the folder away and run `vidette index`.',
      { code: 'database' },
    );
  }
  if (inside.length > 0)
    throw new UserError(
      `${place.cluster} is not empty and holds no database.`,
      'Move that folder away; the database is made anew and `vidette index` finds the footage again.',
      { code: 'database' },
    );

  log.info('Making the database.', { folder: place.cluster });
  const parent = dirname(place.cluster);
  const prefix = `${basename(place.cluster)}.new-`;
  for (const left of await readdir(parent))
    if (left.startsWith(prefix)) await rm(join(parent, left), { recursive: true, force: true });
  const fresh = join(parent, `${prefix}${process.pid}`);
  await mkdir(fresh, { mode: 0o700 });
  const passwordFile = join(place.socketDir, 'password');
  await writeFile(passwordFile, place.password, { mode: 0o600 });
  if (owner) for (const path of [fresh, passwordFile]) await chown(path, owner.uid, owner.gid);
  try {
    const args = [
      '-D',
      fresh,
      '-U',
      USER,
      '-E',
      'UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--no-instructions',
    ];
    const { code, output } = await run(binaries.initdb, args, owner, signal);
    if (code !== 0) throw failure('The database could not be made.', output, place.cluster);
    await rename(fresh, place.cluster);
    const folder = await open(parent, 'r');
    await folder.sync();
    await folder.close();
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    throw error;
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** Turns what the server said into something a person can act on. */
export function failure(message: string, said: string, cluster: string): Error {
  const reason = said
    .split('\n')
    .filter((line) => /FATAL|PANIC|error:/i.test(line))
    .slice(-2)
    .join(' ')
    .slice(0, 500);
  const detail = reason === '' ? said.trim().slice(-300) : reason;
  if (/No space left on device|Disk quota exceeded/i.test(said))
    return new Unavailable(`The disk that holds the database is full (${cluster}). Free some space.`, 5000, {
      cause: new Error(detail),
    });
  if (
    /could not locate a valid checkpoint record|invalid checkpoint|database files are incompatible|could not open file "global\/pg_control"|checksum/i.test(
      said,
    )
  )
    return new UserError(
      `${message} Its files in ${cluster} are damaged: ${detail}`,
      'Move that folder away and run `vidette index`: the footage is found again from its files.',
      { code: 'database' },
    );
  if (/lock file .* already exists/i.test(said))
    return new UserError(
      `${message} Another PostgreSQL uses ${cluster}.`,
      'Stop the other Vidette that uses this data folder.',
      { code: 'database' },
    );
  return new Unavailable(`${message} ${detail}`, 2000);
}

/** Nothing of our own environment: no secret, no odd locale, no preloaded library. */
export function environment(): Record<string, string> {
  return { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

async function run(
  program: string,
  args: readonly string[],
  owner: Owner | undefined,
  signal: AbortSignal | undefined,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(program, [...args], {
    cwd: '/',
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(owner ? { uid: owner.uid, gid: owner.gid } : {}),
    ...(signal ? { signal } : {}),
  });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-20_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, output };
}
