/**
 * `vidette doctor`: what is well, what is not, and what to do about it.
 */

import type { Check } from '../hub/doctor/check.ts';
import { checkCodecs } from '../hub/doctor/codecs.ts';
import { checkDataFolder } from '../hub/doctor/data-folder.ts';
import { checkDatabase } from '../hub/doctor/database.ts';
import { checkMachine, thisMachine } from '../hub/doctor/machine.ts';
import { checkHub } from '../hub/doctor/running-hub.ts';
import { readSettings } from '../hub/settings.ts';
import { findHub } from './own-hub.ts';
import { print } from './terminal.ts';

const SIGN = { ok: '✓', warn: '!', bad: '✗' } as const;

export async function doctor(options: { json?: boolean }): Promise<void> {
  const settings = readSettings(process.env);
  const checks: Check[] = [];
  const add = (found: readonly Check[]): void => {
    checks.push(...found);
    if (!options.json) for (const line of found) print(lineOf(line));
  };
  add(await checkMachine(await thisMachine()));
  add(await checkDataFolder(settings));
  const hub = await checkHub(settings, findHub);
  // While a hub runs, it says how its database is.
  if (!hub.running) add(await checkDatabase(settings));
  add(hub.checks);
  add(await checkCodecs());
  const failed = checks.some(({ state }) => state === 'bad');
  if (options.json) print(JSON.stringify({ ok: !failed, checks }));
  if (failed) process.exitCode = 1;
}

/** `✗ disk         0.1 GB free …` and, below it, the remedy. */
export function lineOf({ name, state, says, remedy }: Check): string {
  const line = `${SIGN[state]} ${name.padEnd(12)} ${says}`;
  return remedy === undefined ? line : `${line}\n${' '.repeat(15)}→ ${remedy}`;
}
