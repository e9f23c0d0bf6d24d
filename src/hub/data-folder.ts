/**
 * The data folder, before anything is put into it: made if it is not there, and tried.
 */
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';

/** Of a fresh PostgreSQL cluster, roughly; a disk with less is as good as full. */
const PROBE_BYTES = 65_536;

/**
 * Makes the folder and writes a little into it.
 * @throws UserError `data-folder` saying why nothing can be kept there and what to do
 */
export async function prepareDataFolder(data: string): Promise<void> {
  const probe = join(data, `.write-test-${process.pid}`);
  try {
    await mkdir(data, { recursive: true, mode: 0o755 });
    try {
      await using file = await open(probe, 'w', 0o600);
      await file.writeFile(Buffer.alloc(PROBE_BYTES));
      await file.sync();
    } finally {
      await rm(probe, { force: true });
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (typeof code !== 'string') throw error;
    const [message, remedy] = words(code, data);
    throw new UserError(message, remedy, { code: 'data-folder', cause: error });
  }
}

function words(code: string, data: string): readonly [string, string] {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return [
        `The disk that holds the data folder ${data} is full.`,
        'Make room on it, or choose another with VIDETTE_DATA.',
      ];
    case 'ENOTDIR':
    case 'EEXIST':
      return [`The data folder ${data} cannot be made: there is a file in its place.`, 'Choose another VIDETTE_DATA.'];
    case 'EACCES':
    case 'EPERM':
      return [
        `The data folder ${data} may not be written by this user.`,
        'Run Vidette as the user it belongs to, change its owner, or choose another VIDETTE_DATA.',
      ];
    // What mkdir answers for a missing folder on a read-only file system is ENOENT.
    default:
      return [
        `The data folder ${data} cannot be written (${code}).`,
        'Is its disk read-only or not mounted? Mend that, or choose another VIDETTE_DATA.',
      ];
  }
}
