import type { Migration } from '../migrate.ts';

/** Drives of openpilot sources, what their logs tell, and moments that belong to one. */
export const drives: Migration = {
  number: 7,
  name: 'drives',
  sql: `
    create table drives (
      id uuid primary key,
      source_id uuid not null references sources on delete cascade,
      -- dongle|log id, or the log id alone where the device is not known.
      route text not null check (route <> ''),
      -- UTC ms; a guess until start_known.
      start_at bigint not null,
      start_known boolean not null,
      duration_ms bigint not null check (duration_ms between 0 and 400000000),
      -- Of each minute, which files there are and where: paths below the folder of the source, never a URL.
      minutes jsonb not null,
      files_known boolean not null,
      -- Car, device and version, as far as known.
      facts jsonb not null default '{}',
      -- What the logs tell (engaged spans, distance …); null: not read.
      summary jsonb,
      -- Seconds, latitude, longitude.
      track jsonb,
      -- Of the logs as they are, and as they were when the summary was made: where both differ it is out of date.
      logs_of text not null,
      summary_of text,
      problem text,
      found_at timestamptz not null default now(),
      unique (source_id, route)
    );
    create index drives_newest on drives (start_at desc, id);
    create index drives_of_source on drives (source_id, start_at desc);

    alter table moments add column drive_id uuid references drives on delete cascade,
      -- A clip was made of it by itself, or is not wanted; null: not looked at.
      add column clipped_at timestamptz;
    create index moments_of_drive on moments (drive_id, start_at) where drive_id is not null;
    create index moments_bookmarks on moments (start_at desc) where drive_id is not null and kind = 'bookmark';
  `,
};
