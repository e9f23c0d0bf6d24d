/**
 * Tokens of programs, recorders and workers: shown once, kept as hashes.
 */
import { randomUUID } from 'node:crypto';
import { UserError } from '../../base/errors.ts';
import { hashOf, newSecretWord, TOKEN_PREFIX } from '../../base/secret-word.ts';
import type { Token, TokenScope } from '../../contract/account.ts';
import type { AuthDb } from './tables.ts';

const DAY_MS = 24 * 60 * 60_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export interface NewToken {
  readonly name: string;
  readonly scope: TokenScope;
  /** Null: until it is revoked. */
  readonly days: number | null;
  /** Of the hub itself: people neither see nor revoke it. */
  readonly internal?: boolean;
}

export async function listTokens(db: AuthDb): Promise<Token[]> {
  const rows = await db.selectFrom('tokens').selectAll().where('internal', '=', false).orderBy('created_at').execute();
  return rows.map(tokenOf);
}

/** `secret` is told this once and never again. */
export async function createToken(db: AuthDb, token: NewToken, now: Date): Promise<Token & { secret: string }> {
  const secret = newSecretWord(TOKEN_PREFIX);
  const row = await db
    .insertInto('tokens')
    .values({
      id: randomUUID(),
      name: token.name,
      scope: token.scope,
      token_hash: hashOf(secret),
      expires_at: token.days === null ? null : new Date(now.getTime() + token.days * DAY_MS),
      last_used_at: null,
      internal: token.internal ?? false,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return { ...tokenOf(row), secret };
}

/**
 * The token of one of the hub's own children: a new word each time, the one before stops working.
 * @param name e.g. `this machine's recorder`; unique among its kind
 */
export async function replaceToken(
  db: AuthDb,
  token: Pick<NewToken, 'name' | 'scope'>,
  now: Date,
): Promise<Token & { secret: string }> {
  await db
    .deleteFrom('tokens')
    .where('internal', '=', true)
    .where('name', '=', token.name)
    .where('scope', '=', token.scope)
    .execute();
  return createToken(db, { ...token, days: null, internal: true }, now);
}

/** @throws UserError when there is none of that id or name, or several of that name */
export async function deleteToken(db: AuthDb, idOrName: string): Promise<string> {
  const found = await db
    .selectFrom('tokens')
    .select('id')
    .where(UUID.test(idOrName) ? 'id' : 'name', '=', idOrName)
    .where('internal', '=', false)
    .limit(2)
    .execute();
  const [one] = found;
  if (one === undefined)
    throw new UserError('There is no such token.', 'See the list of tokens.', { code: 'not-found' });
  if (found.length > 1)
    throw new UserError(`Several tokens are called “${idOrName}”.`, 'Name the one by its id.', { code: 'conflict' });
  await db.deleteFrom('tokens').where('id', '=', one.id).execute();
  return one.id;
}

export interface TokenEntry {
  readonly id: string;
  readonly name: string;
  readonly scope: TokenScope;
  readonly expiresAt: Date | null;
}

/** The token that a word names; undefined when it is unknown or over. */
export async function findToken(db: AuthDb, word: string, now: Date): Promise<TokenEntry | undefined> {
  const row = await db
    .selectFrom('tokens')
    .select(['id', 'name', 'scope', 'expires_at'])
    .where('token_hash', '=', hashOf(word))
    .executeTakeFirst();
  if (row === undefined || (row.expires_at !== null && row.expires_at <= now)) return undefined;
  return { id: row.id, name: row.name, scope: row.scope, expiresAt: row.expires_at };
}

export async function markUsed(db: AuthDb, id: string, now: Date): Promise<void> {
  await db.updateTable('tokens').set({ last_used_at: now }).where('id', '=', id).execute();
}

function tokenOf(row: {
  id: string;
  name: string;
  scope: TokenScope;
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
}): Token {
  return {
    id: row.id,
    name: row.name,
    scope: row.scope,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
  };
}
