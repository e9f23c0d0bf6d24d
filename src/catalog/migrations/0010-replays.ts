import type { Migration } from '../migrate.ts';

/** Replays of osu!, the sets of their maps, and skins: files that people dropped, each known by its contents. */
export const replays: Migration = {
  number: 10,
  name: 'replays',
  sql: `
    create table replay_files (
      id uuid primary key,
      kind text not null check (kind in ('replay', 'set', 'skin')),
      -- The same file is kept once.
      sha256 bytea not null unique,
      bytes bigint not null,
      -- As it was called when it came first.
      name text not null,
      -- Of a replay: the MD5 of its map, hexadecimal.
      map_md5 text,
      -- What was read of it.
      facts jsonb not null,
      -- Of a replay: what was judged with its map.
      play jsonb,
      added_by text,
      owner uuid,
      created_at timestamptz not null default now(),
      used_at timestamptz not null default now()
    );
    create index replay_files_newest on replay_files (kind, created_at desc);
    create index replay_files_by_map on replay_files (map_md5) where map_md5 is not null;

    -- Which maps are in which set. A map whose line ends were changed on the way has two MD5s.
    create table replay_maps (
      md5 text not null,
      set_id uuid not null references replay_files on delete cascade,
      primary key (md5, set_id)
    );
    create index replay_maps_by_set on replay_maps (set_id);
  `,
};
