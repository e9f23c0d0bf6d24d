/**
 * As whom the embedded server runs, and what that user can reach. PostgreSQL refuses to run as root.
 */
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../../base/errors.ts';

export interface Owner {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Existing accounts that may hold the server, best first. None is ever made. */
const CANDIDATES = ['vidette', 'postgres', 'nobody'];

/**
 * The user to switch to, or undefined when this process is not root and the server runs as it is.
 * @throws UserError when this is root and the machine has no such account.
 */
export async function serverOwner(accounts = '/etc/passwd'): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile(accounts, 'utf8')).split('\n').map((line) => line.split(':'));
  for (const candidate of CANDIDATES) {
    const fields = lines.find((line) => line[0] === candidate);
    const uid = Number(fields?.[2]);
    const gid = Number(fields?.[3]);
    if (Number.isInteger(uid) && uid > 0 && Number.isInteger(gid)) return { name: candidate, uid, gid };
  }
  throw new UserError(
    'The built-in PostgreSQL does not run as root, and this machine has no other account for it.',
    'Make one (useradd --system vidette), start Vidette as another user, or set VIDETTE_DATABASE.',
    { code: 'database' },
  );
}

/** The first folder from the root down to `path` that `owner` cannot enter, or undefined. By mode bits: access lists are not looked at. */
export async function barrier(path: string, owner: Owner): Promise<string | undefined> {
  const parent = dirname(path);
  if (parent !== path) {
    const above = await barrier(parent, owner);
    if (above !== undefined) return above;
  }
  const info = await stat(path);
  const bit = info.uid === owner.uid ? 0o100 : info.gid === owner.gid ? 0o010 : 0o001;
  return (info.mode & bit) === 0 ? path : undefined;
}
