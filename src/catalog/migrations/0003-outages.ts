import type { Migration } from '../migrate.ts';

/** Why there is no footage, alerts about cameras, and tokens that may read metrics. */
export const outages: Migration = {
  number: 3,
  name: 'outages',
  sql: `
    -- Moments are UTC milliseconds. Without a track it is about all of them.
    create table outages (
      id uuid primary key,
      source_id uuid not null references sources on delete cascade,
      track text,
      cause text not null,
      start_at bigint not null,
      end_at bigint check (end_at >= start_at),
      detail text,
      frames integer,
      run text,
      missing_ms bigint,
      -- Null: the hub itself has seen it.
      recorder_id uuid
    );
    create index outages_timeline on outages (source_id, start_at);
    -- Those that a search near a moment does not find by their start.
    create index outages_long on outages (source_id, start_at) where end_at is null or end_at - start_at > 86400000;

    create table alerts (
      id uuid primary key,
      source_id uuid not null references sources on delete cascade,
      kind text not null check (kind in ('silent', 'frozen')),
      reason text not null,
      since timestamptz not null,
      raised_at timestamptz not null default now(),
      ended_at timestamptz
    );
    create index alerts_newest on alerts (raised_at desc);
    create unique index alerts_open on alerts (source_id) where ended_at is null;

    alter table tokens drop constraint tokens_scope_check;
    alter table tokens add constraint tokens_scope_check check (scope in ('api', 'api-read', 'recorder', 'worker', 'metrics'));
  `,
};
