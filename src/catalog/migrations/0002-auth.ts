import type { Migration } from '../migrate.ts';

/** People, their sessions, sign-in links, and tokens of programs. Secrets are stored as hashes only. */
export const auth: Migration = {
  number: 2,
  name: 'auth',
  sql: `
    create table users (
      id uuid primary key,
      name text not null,
      -- The name in NFKC and lower case: what is unique, and what is looked up.
      name_key text not null unique,
      role text not null check (role in ('admin', 'viewer')),
      -- Null: came by a link and has not set a name and password yet.
      password_hash text,
      created_at timestamptz not null default now()
    );

    create table sessions (
      id uuid primary key,
      user_id uuid not null references users on delete cascade,
      token_hash bytea not null unique,
      -- Entered by a one-time link: may set a password without the old one.
      by_link boolean not null default false,
      created_at timestamptz not null default now(),
      renewed_at timestamptz not null default now(),
      expires_at timestamptz not null
    );
    create index sessions_user on sessions (user_id);
    create index sessions_expiry on sessions (expires_at);

    create table login_links (
      code_hash bytea primary key,
      role text not null check (role in ('admin', 'viewer')),
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      used_at timestamptz
    );

    create table tokens (
      id uuid primary key,
      name text not null,
      scope text not null check (scope in ('api', 'api-read', 'recorder', 'worker')),
      token_hash bytea not null unique,
      -- Of the hub's own children and its command line: not shown, and revoked only by the hub.
      internal boolean not null default false,
      created_at timestamptz not null default now(),
      expires_at timestamptz,
      last_used_at timestamptz
    );
  `,
};
