import type { Migration } from '../migrate.ts';

/** Sources, footage, leases, clips, jobs, settings. Runs on PostgreSQL 15 to 18. */
export const catalog: Migration = {
  number: 1,
  name: 'catalog',
  sql: `
    create table settings (
      key text primary key,
      value jsonb not null
    );

    create table sources (
      id uuid primary key,
      kind text not null check (kind in ('camera', 'dashcam', 'openpilot', 'osu')),
      name text not null check (name <> ''),
      folder text not null check (folder <> ''),
      settings jsonb not null default '{}',
      secret bytea,
      enabled boolean not null default true,
      demo boolean not null default false,
      revision integer not null default 1,
      removed text check (removed in ('keep', 'delete')),
      created_at timestamptz not null default now()
    );
    create unique index sources_name on sources (lower(name)) where removed is null;
    create unique index sources_folder on sources (lower(folder));

    create table tracks (
      id bigint generated always as identity primary key,
      source_id uuid not null references sources on delete cascade,
      name text not null,
      unique (source_id, name)
    );

    -- One row a segment, none a fragment. Moments are UTC milliseconds.
    create table segments (
      id bigint generated always as identity primary key,
      track_id bigint not null references tracks on delete cascade,
      run text not null,
      seq integer not null,
      token bigint not null,
      wall_start bigint not null,
      duration_ms integer not null check (duration_ms between 0 and 21600000),
      shown_from bigint not null,
      shown_to bigint not null,
      media_start bigint not null,
      bytes bigint not null check (bytes >= 0),
      frames integer not null,
      sha256 bytea not null,
      key text not null,
      codec text not null,
      audio_codec text,
      width integer not null,
      height integer not null,
      ended text not null,
      state text not null check (state in ('published', 'shadow', 'deleting')),
      received_at timestamptz not null default now(),
      unique (track_id, run, seq)
    );
    create index segments_timeline on segments (track_id, shown_from) where state = 'published';
    create index segments_by_age on segments (track_id, wall_start);
    create index segments_leaving on segments (id) where state = 'deleting';

    create sequence camera_lease_tokens as bigint;
    create table camera_leases (
      source_id uuid primary key references sources on delete cascade,
      recorder_id uuid,
      token bigint not null,
      until timestamptz not null
    ) with (fillfactor = 50);

    create table recorders (
      id uuid primary key,
      host text not null,
      pid integer not null,
      capacity integer not null,
      library uuid,
      registered_at timestamptz not null default now(),
      last_seen timestamptz not null default now()
    );

    create table workers (
      id uuid primary key,
      first_seen timestamptz not null default now(),
      last_seen timestamptz not null default now()
    );

    create table jobs (
      id uuid primary key,
      type text not null,
      kind text not null,
      hash text,
      payload jsonb not null,
      state text not null check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
      attempt integer not null default 0,
      progress real not null default 0,
      stage text not null default '',
      error text,
      worker_id uuid,
      lease_until timestamptz,
      result jsonb,
      created_at timestamptz not null default now(),
      started_at timestamptz,
      finished_at timestamptz
    );
    create unique index jobs_hash on jobs (hash) where hash is not null and state in ('waiting', 'running', 'done');
    create index jobs_open on jobs (created_at) where state in ('waiting', 'running');

    create table job_attempts (
      job_id uuid not null references jobs on delete cascade,
      attempt integer not null,
      worker_id uuid not null,
      started_at timestamptz not null default now(),
      finished_at timestamptz,
      outcome text check (outcome in ('done', 'failed', 'cancelled', 'lost')),
      error text,
      primary key (job_id, attempt)
    );

    create table clips (
      id uuid primary key,
      title text not null,
      request jsonb not null,
      plan jsonb,
      state text not null check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
      progress real not null default 0,
      stage text not null default '',
      error text,
      created_by text,
      created_at timestamptz not null default now(),
      finished_at timestamptz,
      job_id uuid references jobs on delete set null,
      result jsonb
    );
    create index clips_newest on clips (created_at desc);
    create index clips_job on clips (job_id) where job_id is not null;
    create index clips_open on clips (created_at) where state in ('waiting', 'running');
  `,
};
