/**
 * One hub per data folder.
 */
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { holderOf, takeLock } from '../blobs/lock.ts';

const pathIn = (data: string): string => join(data, 'hub.lock');

/**
 * Takes `hub.lock` in the data folder for this process.
 * @throws UserError when another hub that is alive holds it
 */
export function takeHubLock(data: string): Disposable {
  return takeLock(
    pathIn(data),
    (pid) =>
      new UserError(
        `Another hub (process ${pid}) is using ${data}.`,
        'Stop it first, or give this one its own folder with VIDETTE_DATA.',
        { code: 'locked' },
      ),
  );
}

/** Who holds the data folder, or held it when it died; undefined: nobody. */
export function lockHolder(data: string): ReturnType<typeof holderOf> {
  return holderOf(pathIn(data));
}
