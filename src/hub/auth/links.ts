/**
 * One-time sign-in links: `<address>/sign-in#<code>`. The part behind `#` is never sent to a server by a browser's
 * navigation; the page posts it. Only its hash is kept.
 */
import { randomUUID } from 'node:crypto';
import { UserError } from '../../base/errors.ts';
import { hashOf, newSecretWord } from '../../base/secret-word.ts';
import type { Role } from '../../contract/account.ts';
import { GUEST_MS } from './sessions.ts';
import type { AuthDb, UserRow } from './tables.ts';
import { nameKey } from './users.ts';

/** Of a link that somebody asked for. */
export const LINK_MS = 15 * 60_000;
/** Of the link that the hub prints while nobody can sign in. */
export const FIRST_LINK_MS = 24 * 60 * 60_000;

/** Makes a code that works once, until `lifetimeMs` from now. Sweeps those that have run out. */
export async function createLink(db: AuthDb, role: Role, lifetimeMs: number, now: Date): Promise<string> {
  const code = newSecretWord();
  await db.deleteFrom('login_links').where('expires_at', '<', now).execute();
  await dropGuests(db, now);
  await db
    .insertInto('login_links')
    .values({ code_hash: hashOf(code), role, expires_at: new Date(now.getTime() + lifetimeMs), used_at: null })
    .execute();
  return code;
}

/** Forgets accounts of people who came by a link, set no password, and whose session is over. */
async function dropGuests(db: AuthDb, now: Date): Promise<void> {
  await db
    .deleteFrom('users')
    .where('password_hash', 'is', null)
    .where('created_at', '<', new Date(now.getTime() - GUEST_MS))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('sessions')
            .select('sessions.id')
            .whereRef('sessions.user_id', '=', 'users.id')
            .where('sessions.expires_at', '>', now),
        ),
      ),
    )
    .execute();
}

/**
 * Uses a code up. An admin's code signs in as the oldest admin, so that a forgotten password is no dead end, or makes the first;
 * a viewer's code makes a new account.
 * @throws UserError when the code is wrong, used or too old
 */
export async function redeemLink(db: AuthDb, code: string, now: Date): Promise<UserRow> {
  return db.transaction().execute(async (transaction) => {
    const link = await transaction
      .updateTable('login_links')
      .set({ used_at: now })
      .where('code_hash', '=', hashOf(code))
      .where('used_at', 'is', null)
      .where('expires_at', '>', now)
      .returning('role')
      .executeTakeFirst();
    if (link === undefined)
      throw new UserError(
        'This sign-in link has been used or is too old.',
        'Print a new one on the machine of the hub: vidette login.',
        { code: 'unauthorized' },
      );
    const known =
      link.role === 'admin'
        ? await transaction
            .selectFrom('users')
            .selectAll()
            .where('role', '=', 'admin')
            .orderBy((order) => order.case().when('password_hash', 'is', null).then(1).else(0).end())
            .orderBy('created_at')
            .limit(1)
            .executeTakeFirst()
        : undefined;
    if (known !== undefined) return known;
    const id = randomUUID();
    const name = `new-${id.slice(0, 8)}`;
    return transaction
      .insertInto('users')
      .values({ id, name, name_key: nameKey(name), role: link.role, password_hash: null })
      .returningAll()
      .executeTakeFirstOrThrow();
  });
}
