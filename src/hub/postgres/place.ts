/**
 * Where the embedded server keeps what it has: its cluster, its password, its socket. Recorded in the data folder.
 */
import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, mkdtemp, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { barrier, type Owner } from './owner.ts';

export interface Place {
  /** PGDATA. */
  readonly cluster: string;
  /** Short, private, outside the data folder: a socket's path may have 107 bytes. */
  readonly socketDir: string;
  readonly password: string;
}

interface PlaceFile {
  cluster: string;
  socketDir: string;
}

/** Of a socket's path, with its end `/.s.PGSQL.5432` (unix(7): sun_path has 108 bytes, one of them the end of the string). */
const LONGEST_FOLDER = 107 - '/.s.PGSQL.5432'.length;

/**
 * Finds or makes the place. As root, the cluster lies in the data folder where the server's user can reach it, and below `/var/lib/vidette`
 * otherwise, which is said in the log.
 * @throws UserError when there is no such place.
 */
export async function preparePlace(
  dataDir: string,
  owner: Owner | undefined,
  log: Log,
  elsewhere = '/var/lib/vidette',
): Promise<Place> {
  await mkdir(dataDir, { recursive: true, mode: 0o755 });
  const file = join(dataDir, 'place.json');
  const known = await readPlace(file);
  const cluster = known?.cluster ?? (await chooseCluster(await realpath(dataDir), owner, log, elsewhere));
  await mkdir(dirname(cluster), { recursive: true, mode: 0o755 });
  await mkdir(cluster, { recursive: true, mode: 0o700 });
  await chmod(cluster, 0o700);
  if (owner) {
    await chown(cluster, owner.uid, owner.gid);
    const blocked = await barrier(dirname(cluster), owner);
    if (blocked !== undefined) throw unreachableFor(owner, blocked);
  }
  const socketDir = await ensureSocketDir(known?.socketDir, owner);
  const place: PlaceFile = { cluster, socketDir };
  if (known?.socketDir !== socketDir || known.cluster !== cluster)
    await writeWhole(file, `${JSON.stringify(place)}\n`, 0o644);
  return { cluster, socketDir, password: await ensurePassword(join(dataDir, 'password')) };
}

async function readPlace(file: string): Promise<PlaceFile | undefined> {
  try {
    const place = JSON.parse(await readFile(file, 'utf8')) as Partial<PlaceFile>;
    return typeof place.cluster === 'string' && typeof place.socketDir === 'string'
      ? { cluster: place.cluster, socketDir: place.socketDir }
      : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function chooseCluster(dataDir: string, owner: Owner | undefined, log: Log, elsewhere: string): Promise<string> {
  const here = join(dataDir, 'cluster');
  if (!owner) return here;
  const blocked = await barrier(dataDir, owner);
  if (blocked === undefined) return here;
  const mark = createHash('sha256').update(dataDir).digest('hex').slice(0, 12);
  const there = join(elsewhere, `cluster-${mark}`);
  try {
    await mkdir(elsewhere, { recursive: true, mode: 0o755 });
  } catch (cause) {
    throw new UserError(
      `The user ${owner.name}, as whom PostgreSQL runs, cannot enter ${blocked}.`,
      `Allow it (chmod o+x ${blocked}), choose another VIDETTE_DATA, or set VIDETTE_DATABASE.`,
      { code: 'database', cause },
    );
  }
  const blockedThere = await barrier(elsewhere, owner);
  if (blockedThere !== undefined) throw unreachableFor(owner, blocked);
  log.warn(
    `The database lies in ${there}, not in the data folder: ${owner.name}, as whom PostgreSQL runs, cannot enter ${blocked}.`,
  );
  return there;
}

function unreachableFor(owner: Owner, folder: string): UserError {
  return new UserError(
    `The user ${owner.name}, as whom PostgreSQL runs, cannot enter ${folder}.`,
    `Allow it (chmod o+x ${folder}), choose another VIDETTE_DATA, or set VIDETTE_DATABASE.`,
    { code: 'database' },
  );
}

/** The recorded folder when it is still ours, or made again under its name, so that connections stay valid; otherwise a new one. */
async function ensureSocketDir(recorded: string | undefined, owner: Owner | undefined): Promise<string> {
  const uid = owner?.uid ?? process.getuid?.() ?? 0;
  if (recorded !== undefined && Buffer.byteLength(recorded) <= LONGEST_FOLDER) {
    try {
      await mkdir(recorded, { mode: 0o700 });
      if (owner) await chown(recorded, owner.uid, owner.gid);
      return recorded;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'EEXIST' && code !== 'ENOENT' && code !== 'EACCES' && code !== 'EROFS') throw error;
      if (code === 'EEXIST') {
        const info = await lstat(recorded);
        if (info.isDirectory() && info.uid === uid && (info.mode & 0o077) === 0) return recorded;
      }
    }
  }
  const runtime = process.env.XDG_RUNTIME_DIR;
  const bases = owner === undefined && runtime !== undefined ? [runtime, '/tmp'] : ['/tmp'];
  for (const base of bases) {
    const prefix = join(base, 'vidette-pg-');
    if (Buffer.byteLength(prefix) + 6 > LONGEST_FOLDER) continue;
    try {
      const made = await mkdtemp(prefix);
      if (owner) await chown(made, owner.uid, owner.gid);
      return made;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'EACCES' && code !== 'ENOENT' && code !== 'EROFS') throw error;
    }
  }
  throw new UserError(
    'There is no folder for the database\u2019s socket.',
    'Make /tmp writable, or set VIDETTE_DATABASE.',
    { code: 'database' },
  );
}

async function ensurePassword(file: string): Promise<string> {
  try {
    const password = (await readFile(file, 'utf8')).trim();
    if (password !== '') return password;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const password = randomBytes(24).toString('base64url');
  await writeWhole(file, `${password}\n`, 0o600);
  return password;
}

/** The file holds all of it or what it held before. */
async function writeWhole(file: string, text: string, mode: number): Promise<void> {
  const half = `${file}.${process.pid}`;
  await writeFile(half, text, { mode, flush: true });
  await rename(half, file);
}
