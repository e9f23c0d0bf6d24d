import type { Migration } from '../migrate.ts';

/**
 * Footage of cars. Not in `segments`: a file has no run, no sequence and no fencing token, may be encrypted or cut, belongs to any number of events,
 * and is known by its contents. All of it can be made again from a car's manifest, or from the drive that was opened.
 */
export const cars: Migration = {
  number: 9,
  name: 'cars',
  sql: `
    create table car_files (
      -- Of the source and the contents (library), or the path and the print of the entry (a drive): the same whenever it is made again.
      id uuid primary key,
      source_id uuid not null references sources on delete cascade,
      -- In the library, or on the drive.
      key text not null,
      -- Null: of a drive that was opened; nobody has read it whole.
      sha256 bytea,
      -- Of a drive: changes when the car has touched the file.
      print text,
      -- Of an image: offset and length of each piece of the file in it.
      pieces jsonb,
      -- As the car calls it, without a folder.
      name text not null,
      role text not null check (role in ('clip', 'json', 'thumb', 'preview', 'other')),
      ring text not null,
      camera text not null,
      bytes bigint not null,
      -- UTC ms; the car's local time as if it were UTC where start_by is null; null: nothing tells.
      start_at bigint,
      -- video: its own; name: its name, with the zone of clips near it.
      start_by text check (start_by in ('video', 'name')),
      -- By its name.
      local_at bigint,
      -- Minutes east of Greenwich.
      zone integer,
      -- Null: the file does not tell.
      duration_ms integer,
      complete boolean not null,
      encrypted boolean not null,
      -- Of an encrypted file: what was in it, which is shown instead.
      plain_id uuid references car_files on delete set null,
      -- RFC 6381; null: not known, or not looked at.
      codec text,
      width integer,
      height integer,
      -- Whether the above was looked for.
      examined boolean not null default false,
      unique (source_id, key)
    );
    create index car_clips_by_time on car_files (source_id, start_at) where role = 'clip';
    create unique index car_files_by_contents on car_files (source_id, sha256) where sha256 is not null;
    create index car_files_by_plain on car_files (plain_id) where plain_id is not null;
    create index car_files_unexamined on car_files (source_id) where role = 'clip' and not examined;

    create table car_events (
      -- The same as that of its moment.
      id uuid primary key,
      source_id uuid not null references sources on delete cascade,
      -- sentry/2026-03-01_17-02-44
      name text not null,
      ring text not null check (ring in ('saved', 'sentry')),
      at bigint not null,
      at_known boolean not null,
      -- Minutes east of Greenwich.
      zone integer,
      local text not null,
      reason text,
      what text,
      camera text,
      city text,
      street text,
      latitude double precision,
      longitude double precision,
      unique (source_id, name)
    );
    create index car_events_newest on car_events (source_id, at desc);

    create table car_event_files (
      event_id uuid not null references car_events on delete cascade,
      file_id uuid not null references car_files on delete cascade,
      -- Of RecentClips, because the car has lost its own.
      filled boolean not null,
      primary key (event_id, file_id)
    );
    create index car_event_files_by_file on car_event_files (file_id);

    -- How far the manifest of a car is in these tables.
    create table car_manifests (
      source_id uuid primary key references sources on delete cascade,
      bytes bigint not null,
      head text not null,
      lines bigint not null
    );

    alter table tokens drop constraint tokens_scope_check;
    alter table tokens add constraint tokens_scope_check
      check (scope in ('api', 'api-read', 'recorder', 'worker', 'drive', 'metrics'));
  `,
};
