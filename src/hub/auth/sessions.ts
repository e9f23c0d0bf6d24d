/**
 * Sessions of people. The cookie holds a random word; the table holds its hash, so that a copy of the database opens nothing.
 */
import { randomUUID } from 'node:crypto';
import { hashOf, newSecretWord } from '../../base/secret-word.ts';
import type { AuthDb, UserRow } from './tables.ts';

const DAY_MS = 24 * 60 * 60_000;
/** A session ends when it has not been used for this long. */
const SESSION_MS = 30 * DAY_MS;
/** One of somebody who came by a link and set no password ends sooner, and is not renewed. */
export const GUEST_MS = DAY_MS;
/** How often the end is moved on while a session is used. */
const RENEW_EACH_MS = DAY_MS;
/** For this long after entering by a link a new password can be set without the old one. */
const LINK_TRUST_MS = 60 * 60_000;

export interface SessionEntry {
  readonly id: string;
  readonly expiresAt: Date;
  /** The old password is not asked for: entered by a link just now. */
  readonly trusted: boolean;
  readonly user: UserRow;
}

/** @returns the word for the cookie, and the session */
export async function createSession(
  db: AuthDb,
  user: UserRow,
  byLink: boolean,
  now: Date,
): Promise<{ word: string; session: SessionEntry }> {
  const word = newSecretWord();
  const id = randomUUID();
  const lifetime = user.password_hash === null ? GUEST_MS : SESSION_MS;
  const expiresAt = new Date(now.getTime() + lifetime);
  await db.deleteFrom('sessions').where('expires_at', '<', now).execute();
  await db
    .insertInto('sessions')
    .values({ id, user_id: user.id, token_hash: hashOf(word), by_link: byLink, renewed_at: now, expires_at: expiresAt })
    .execute();
  return { word, session: { id, expiresAt, trusted: byLink, user } };
}

/** The session that a cookie's word names, renewed once a day; undefined when it is unknown or over. */
export async function findSession(db: AuthDb, word: string, now: Date): Promise<SessionEntry | undefined> {
  const row = await db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .selectAll('users')
    .select([
      'sessions.id as session_id',
      'sessions.by_link',
      'sessions.created_at as entered_at',
      'sessions.renewed_at',
      'sessions.expires_at',
    ])
    .where('sessions.token_hash', '=', hashOf(word))
    .where('sessions.expires_at', '>', now)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  let expiresAt = row.expires_at;
  if (row.password_hash !== null && now.getTime() - row.renewed_at.getTime() > RENEW_EACH_MS) {
    expiresAt = new Date(now.getTime() + SESSION_MS);
    await db
      .updateTable('sessions')
      .set({ renewed_at: now, expires_at: expiresAt })
      .where('id', '=', row.session_id)
      .execute();
  }
  const { id, name, name_key, role, password_hash, created_at } = row;
  return {
    id: row.session_id,
    expiresAt,
    trusted: row.by_link && now.getTime() - row.entered_at.getTime() < LINK_TRUST_MS,
    user: { id, name, name_key, role, password_hash, created_at },
  };
}

/** After a password was set: this session goes on as a full one, all others of the person end. */
export async function keepOnlySession(db: AuthDb, userId: string, sessionId: string, now: Date): Promise<Date> {
  const expiresAt = new Date(now.getTime() + SESSION_MS);
  await db.deleteFrom('sessions').where('user_id', '=', userId).where('id', '!=', sessionId).execute();
  await db
    .updateTable('sessions')
    .set({ by_link: false, renewed_at: now, expires_at: expiresAt })
    .where('id', '=', sessionId)
    .execute();
  return expiresAt;
}

export async function endSession(db: AuthDb, id: string): Promise<void> {
  await db.deleteFrom('sessions').where('id', '=', id).execute();
}
