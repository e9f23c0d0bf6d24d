/**
 * The tables of migration 0002 as Kysely sees them. Only this folder reads and writes them.
 */
import type { ColumnType, Generated, Kysely, Selectable } from 'kysely';
import type { Database } from '../../catalog/tables.ts';
import type { Role, TokenScope } from '../../contract/account.ts';

type CreatedAt = ColumnType<Date, Date | undefined, never>;

interface UsersTable {
  id: string;
  name: string;
  /** NFKC and lower case: see {@link nameKey}. */
  name_key: string;
  role: Role;
  /** Null: has not set a name and password yet. */
  password_hash: string | null;
  created_at: CreatedAt;
}

interface SessionsTable {
  id: string;
  user_id: string;
  token_hash: Buffer;
  by_link: boolean;
  created_at: CreatedAt;
  renewed_at: ColumnType<Date, Date | undefined, Date>;
  expires_at: Date;
}

interface LoginLinksTable {
  code_hash: Buffer;
  role: Role;
  created_at: CreatedAt;
  expires_at: Date;
  used_at: Date | null;
}

interface TokensTable {
  id: string;
  name: string;
  scope: TokenScope;
  token_hash: Buffer;
  internal: Generated<boolean>;
  created_at: CreatedAt;
  expires_at: Date | null;
  last_used_at: Date | null;
}

/** A type, not an interface: Kysely's `withTables` asks for an index signature. */
type AuthTables = {
  users: UsersTable;
  sessions: SessionsTable;
  login_links: LoginLinksTable;
  tokens: TokensTable;
};

export type UserRow = Selectable<UsersTable>;
export type AuthDb = Kysely<Database & AuthTables>;

/** The catalog's connection, with the tables of this folder. */
export function authDb(db: Kysely<Database>): AuthDb {
  return db.withTables<AuthTables>();
}
