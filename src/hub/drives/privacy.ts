/**
 * Whose drives they are. An account or folder that an admin adds is everybody's; an account that a person adds for himself shows its drives to him
 * alone, unless he shares it. A program is nobody: it sees what is everybody's.
 */
import type { Kysely } from 'kysely';
import { UserError } from '../../base/errors.ts';
import { listSources } from '../../catalog/sources.ts';
import type { Database, SourceRow } from '../../catalog/tables.ts';
import type { Account } from '../../contract/account.ts';
import type { Audience } from '../server/events.ts';
import { DriveSettingsRow } from './source-settings.ts';

/** Id of the account that asks; null: a program. */
export type Asker = string | null;

/** The person whose drives these are, where nobody else may see them; null: everybody may. */
export function privateTo(row: Pick<SourceRow, 'settings'>): string | null {
  const { owner, shared } = DriveSettingsRow.parse(row.settings);
  return shared ? null : owner;
}

/** Who is told of what becomes of it. */
export function audienceOf(row: Pick<SourceRow, 'settings'>): Audience | undefined {
  const only = privateTo(row);
  return only === null ? undefined : { only };
}

export function mayLook(row: Pick<SourceRow, 'settings'>, asker: Asker): boolean {
  const only = privateTo(row);
  return only === null || only === asker;
}

/** Ids of the sources whose drives this person does not see. */
export async function hiddenFrom(db: Kysely<Database>, asker: Asker): Promise<string[]> {
  return (await listSources(db, 'openpilot')).filter((row) => !mayLook(row, asker)).map((row) => row.id);
}

/**
 * Settings and token are changed by whom it belongs to; what is everybody's, by admins.
 * @param user absent: a program that may do what an admin may
 * @throws UserError `forbidden`
 */
export function mayChange(row: Pick<SourceRow, 'settings'>, user: Account | undefined): void {
  const { owner } = DriveSettingsRow.parse(row.settings);
  if (owner === null ? user === undefined || user.role === 'admin' : owner === user?.id) return;
  throw new UserError(
    owner === null ? 'Only admins change what is everybody’s.' : 'This account is somebody else’s.',
    owner === null ? 'Ask an admin.' : 'Ask whose it is.',
    { code: 'forbidden' },
  );
}
