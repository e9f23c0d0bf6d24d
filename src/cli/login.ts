/**
 * `vidette login`: a new one-time link for the hub of this machine.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../base/errors.ts';
import { Role } from '../contract/account.ts';
import { askLocalHub } from '../hub/local/door.ts';
import { readSettings } from '../hub/settings.ts';
import { print, say } from './terminal.ts';

const Answer = z.object({ link: z.string() });

export async function login(options: { role: string; json?: boolean }): Promise<void> {
  const role = Role.safeParse(options.role);
  if (!role.success) throw new UserError(`“${options.role}” is not a role.`, 'Use admin or viewer.', { code: 'usage' });
  const { data } = readSettings(process.env);
  const { link } = Answer.parse(await askLocalHub(join(data, 'run', 'hub.json'), 'sign-in-link', { role: role.data }));
  if (options.json) return print(JSON.stringify({ link }));
  print(link);
  say('The link works once, within 15 minutes.');
}
