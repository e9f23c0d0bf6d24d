/**
 * One hub per data folder.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../base/errors.ts';
import { isRunning, startTimeOf } from './children/process.ts';

const Owner = z.object({ pid: z.number().int(), startTime: z.number() });

/**
 * Takes `hub.lock` in the data folder for this process.
 * @throws UserError when another hub that is alive holds it
 */
export function takeHubLock(data: string): Disposable {
  const path = join(data, 'hub.lock');
  const me = JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) });
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(path, me, { flag: 'wx', mode: 0o600 });
      return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const owner = readOwner(path);
    if (tries > 2 || (owner !== undefined && isRunning(owner)))
      throw new UserError(
        `Another hub (process ${owner?.pid}) is using ${data}.`,
        'Stop it first, or give this one its own folder with VIDETTE_DATA.',
        { code: 'locked' },
      );
    rmSync(path, { force: true });
  }
}

/** Who holds the data folder, or held it when it died; undefined: nobody. */
export function lockHolder(data: string): { readonly pid: number; readonly alive: boolean } | undefined {
  const owner = readOwner(join(data, 'hub.lock'));
  return owner && { pid: owner.pid, alive: isRunning(owner) };
}

function readOwner(path: string): z.output<typeof Owner> | undefined {
  try {
    return Owner.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    // Cut short by a power loss, or gone since: nobody owns it.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
