/** Names a file on a drive as it is now: its path, its length, and its entry. Short, because there may be many. Pure. */
import { createHash } from 'node:crypto';

/** @param from see `Origin` of the manifest */
export function originId({ path, print }: { readonly path: string; readonly print: string }, bytes: number): string {
  return createHash('sha256').update(`${path}\0${bytes}\0${print}`).digest().toString('base64url', 0, 16);
}
