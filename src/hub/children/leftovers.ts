/**
 * Whether recorders have left anything in a spool that has to be handed on.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SPOOL } from '../../sources/camera/segments/names.ts';

/** @param dir the library, or the recorders' own folder; null: there is none */
export async function hasLeftovers(dir: string | null): Promise<boolean> {
  if (dir === null) return false;
  try {
    const names = await readdir(join(dir, SPOOL), { recursive: true });
    return names.some((name) => name.endsWith('.part') || name.endsWith('.claim'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return false;
    throw error;
  }
}
