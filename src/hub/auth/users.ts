/**
 * People who may sign in.
 */
import { randomUUID } from 'node:crypto';
import { UserError } from '../../base/errors.ts';
import { checkPassword, hashPassword } from '../../base/password.ts';
import type { Account, Role } from '../../contract/account.ts';
import type { AuthDb, UserRow } from './tables.ts';

/** What makes two names the same. */
export function nameKey(name: string): string {
  return name.trim().normalize('NFKC').toLowerCase();
}

export function accountOf(row: Pick<UserRow, 'id' | 'name' | 'role' | 'created_at'>): Account {
  return { id: row.id, name: row.name, role: row.role, createdAt: row.created_at.toISOString() };
}

/** All that have a password, by name. */
export async function listUsers(db: AuthDb): Promise<Account[]> {
  const rows = await db
    .selectFrom('users')
    .selectAll()
    .where('password_hash', 'is not', null)
    .orderBy('name_key')
    .execute();
  return rows.map(accountOf);
}

/** Whether anybody can sign in with a password as an admin; if not, the hub prints a sign-in link. */
export async function hasAdmin(db: AuthDb): Promise<boolean> {
  const row = await db
    .selectFrom('users')
    .select('id')
    .where('role', '=', 'admin')
    .where('password_hash', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** @throws UserError `conflict` when the name is taken */
export async function createUser(db: AuthDb, user: { name: string; password: string; role: Role }): Promise<Account> {
  const password_hash = await hashPassword(user.password);
  try {
    const row = await db
      .insertInto('users')
      .values({ id: randomUUID(), name: user.name, name_key: nameKey(user.name), role: user.role, password_hash })
      .returningAll()
      .executeTakeFirstOrThrow();
    return accountOf(row);
  } catch (error) {
    throw taken(error, user.name);
  }
}

/** The person, when name and password are right. Takes equally long when they are not. */
export async function verifyUser(db: AuthDb, name: string, password: string): Promise<UserRow | undefined> {
  const row = await db.selectFrom('users').selectAll().where('name_key', '=', nameKey(name)).executeTakeFirst();
  const right = await checkPassword(password, row?.password_hash ?? null);
  return right ? row : undefined;
}

/** @throws UserError `conflict` when another has the name */
export async function setNameAndPassword(db: AuthDb, id: string, name: string, password: string): Promise<Account> {
  const password_hash = await hashPassword(password);
  try {
    const row = await db
      .updateTable('users')
      .set({ name, name_key: nameKey(name), password_hash })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return accountOf(row);
  } catch (error) {
    throw taken(error, name);
  }
}

/**
 * Removes a person and, with them, their sessions. Returns their id.
 * @param idOrName as the API takes it
 * @param by id of who asks, if a person
 * @throws UserError when there is nobody like that, it is oneself, or the last admin
 */
export async function deleteUser(db: AuthDb, idOrName: string, by: string | undefined): Promise<string> {
  return db.transaction().execute(async (transaction) => {
    // All admins are locked, so that two requests cannot remove the last two of them.
    const admins = await transaction
      .selectFrom('users')
      .select('id')
      .where('role', '=', 'admin')
      .where('password_hash', 'is not', null)
      .orderBy('id')
      .forUpdate()
      .execute();
    const all = await transaction.selectFrom('users').select(['id', 'name_key']).execute();
    const user = all.find((row) => row.id === idOrName) ?? all.find((row) => row.name_key === nameKey(idOrName));
    if (user === undefined)
      throw new UserError('There is nobody of that name.', 'See the list of people.', { code: 'not-found' });
    if (user.id === by) throw new UserError('You cannot remove yourself.', 'Ask another admin.', { code: 'conflict' });
    if (admins.length === 1 && admins[0]?.id === user.id)
      throw new UserError('This is the last admin.', 'Add another admin first.', { code: 'conflict' });
    await transaction.deleteFrom('users').where('id', '=', user.id).execute();
    return user.id;
  });
}

function taken(error: unknown, name: string): unknown {
  if (!(error instanceof Error && 'code' in error && error.code === '23505')) return error;
  return new UserError(`The name “${name}” is taken.`, 'Choose another.', {
    code: 'conflict',
    fields: { name: 'is taken' },
    cause: error,
  });
}
