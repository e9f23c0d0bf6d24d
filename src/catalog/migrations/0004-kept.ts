import type { Migration } from '../migrate.ts';

/**
 * What is kept, at any size: sums per track and day beside the rows, moments, protected ranges, and the library a segment is in.
 *
 * The sums are counted by triggers, in the statement that changes the rows, so that no way of changing them can forget it.
 * A day is a number of UTC days since 1970. `segments` and `bytes` count on the day on which the segment began;
 * `covered_ms`, `first_shown` and `last_shown` on each day that what is shown of it touches, cut to the day.
 */
export const kept: Migration = {
  number: 4,
  name: 'kept',
  sql: `
    alter table segments add column store smallint not null default 0 check (store in (0, 1));
    -- No segment of the track is longer: what bounds searches by time. Only grows.
    alter table tracks add column longest_ms integer not null default 0;
    update tracks set longest_ms = longest.ms
      from (select track_id, (max(duration_ms) / 10000 + 1) * 10000 as ms from segments group by track_id) as longest
      where longest.track_id = tracks.id;

    -- A timeline is read from this index alone: a day's rows lie on as many pages as there are rows.
    drop index segments_timeline;
    create index segments_timeline on segments (track_id, shown_from) include (shown_to, run, store, codec, audio_codec) where state = 'published';
    drop index segments_by_age;
    create index segments_by_age on segments (track_id, store, wall_start);
    create index segments_shadow on segments (track_id, wall_start) where state = 'shadow';
    -- Rows are only added at the end and removed at the beginning: vacuum in small steps, so that the index alone is enough for all but the newest.
    alter table segments set (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 100000,
      autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);

    create table segment_days (
      track_id bigint not null references tracks on delete cascade,
      day integer not null,
      store smallint not null,
      segments integer not null,
      bytes bigint not null,
      covered_ms bigint not null,
      first_shown bigint,
      last_shown bigint,
      primary key (track_id, day, store)
    ) with (fillfactor = 70);

    -- What one segment adds to its days.
    create function segment_day_parts(of_store smallint, of_state text, of_start bigint, of_from bigint, of_to bigint, of_bytes bigint)
      returns table (day integer, segments integer, bytes bigint, covered_ms bigint, first_shown bigint, last_shown bigint)
      language sql immutable parallel safe as $$
        select (of_start / 86400000)::int, 1, of_bytes, 0::bigint, null::bigint, null::bigint where of_state <> 'deleting'
        union all
        select d::int, 0, 0::bigint,
          least(of_to, (d + 1) * 86400000) - greatest(of_from, d * 86400000),
          greatest(of_from, d * 86400000), least(of_to, (d + 1) * 86400000)
        from generate_series(of_from / 86400000, (of_to - 1) / 86400000) as d
        where of_state = 'published' and of_to > of_from
      $$;

    create function count_segment_days() returns trigger language plpgsql as $$
    begin
      if tg_op <> 'INSERT' then
        with parts as (
          select g.track_id, p.day, g.store, sum(p.segments) as segments, sum(p.bytes) as bytes, sum(p.covered_ms) as covered_ms
          from gone g cross join lateral segment_day_parts(g.store, g.state, g.wall_start, g.shown_from, g.shown_to, g.bytes) as p
          group by 1, 2, 3)
        update segment_days d
          set segments = d.segments - p.segments, bytes = d.bytes - p.bytes, covered_ms = d.covered_ms - p.covered_ms
          from parts p where d.track_id = p.track_id and d.day = p.day and d.store = p.store;
      end if;
      if tg_op <> 'DELETE' then
        insert into segment_days as d (track_id, day, store, segments, bytes, covered_ms, first_shown, last_shown)
          select a.track_id, p.day, a.store, sum(p.segments), sum(p.bytes), sum(p.covered_ms), min(p.first_shown), max(p.last_shown)
          from added a cross join lateral segment_day_parts(a.store, a.state, a.wall_start, a.shown_from, a.shown_to, a.bytes) as p
          group by 1, 2, 3 order by 1, 2, 3
          on conflict (track_id, day, store) do update
            set segments = d.segments + excluded.segments, bytes = d.bytes + excluded.bytes, covered_ms = d.covered_ms + excluded.covered_ms,
              first_shown = least(d.first_shown, excluded.first_shown), last_shown = greatest(d.last_shown, excluded.last_shown);
      end if;
      if tg_op = 'INSERT' then
        update tracks t set longest_ms = (m.ms / 10000 + 1) * 10000
          from (select track_id, max(duration_ms) as ms from added group by track_id) as m
          where t.id = m.track_id and t.longest_ms < m.ms;
      else
        -- Bounds cannot be subtracted: those of the days that lost something are read again, from the index of the timeline.
        with days as (
          select distinct g.track_id, p.day, g.store
          from gone g cross join lateral segment_day_parts(g.store, g.state, g.wall_start, g.shown_from, g.shown_to, g.bytes) as p
          where p.covered_ms > 0)
        update segment_days d set first_shown = b.first_shown, last_shown = b.last_shown
          from days join tracks t on t.id = days.track_id cross join lateral (
            select min(greatest(s.shown_from, days.day * 86400000::bigint)) as first_shown,
              max(least(s.shown_to, (days.day + 1) * 86400000::bigint)) as last_shown
            from segments s
            where s.track_id = days.track_id and s.store = days.store and s.state = 'published' and s.shown_to > s.shown_from
              and s.shown_from > days.day * 86400000::bigint - t.longest_ms - 1 and s.shown_from < (days.day + 1) * 86400000::bigint
              and s.shown_to > days.day * 86400000::bigint) as b
          where d.track_id = days.track_id and d.day = days.day and d.store = days.store
            and (d.first_shown, d.last_shown) is distinct from (b.first_shown, b.last_shown);
        delete from segment_days d using (
            select distinct g.track_id, p.day, g.store
            from gone g cross join lateral segment_day_parts(g.store, g.state, g.wall_start, g.shown_from, g.shown_to, g.bytes) as p) as e
          where d.track_id = e.track_id and d.day = e.day and d.store = e.store and d.segments = 0 and d.covered_ms = 0;
      end if;
      return null;
    end $$;
    create trigger segments_added after insert on segments referencing new table as added
      for each statement execute function count_segment_days();
    create trigger segments_changed after update on segments referencing old table as gone new table as added
      for each statement execute function count_segment_days();
    create trigger segments_gone after delete on segments referencing old table as gone
      for each statement execute function count_segment_days();

    -- From the rows alone; for the rows of before, and when somebody changed rows behind the triggers.
    create function recount_segment_days() returns void language sql as $$
      lock table segments in share row exclusive mode;
      delete from segment_days;
      insert into segment_days (track_id, day, store, segments, bytes, covered_ms, first_shown, last_shown)
        select track_id, day, store, sum(segments), sum(bytes), sum(covered_ms), min(first_shown), max(last_shown) from (
          -- Nearly all lie on one day, and need no function.
          select s.track_id, (s.wall_start / 86400000)::int as day, s.store, 1 as segments, s.bytes, s.shown_to - s.shown_from as covered_ms,
            s.shown_from as first_shown, s.shown_to as last_shown
          from segments s
          where s.state = 'published' and s.shown_to > s.shown_from
            and s.wall_start / 86400000 = (s.shown_to - 1) / 86400000 and s.wall_start / 86400000 = s.shown_from / 86400000
          union all
          select s.track_id, p.day, s.store, p.segments, p.bytes, p.covered_ms, p.first_shown, p.last_shown
          from segments s cross join lateral segment_day_parts(s.store, s.state, s.wall_start, s.shown_from, s.shown_to, s.bytes) as p
          where not (s.state = 'published' and s.shown_to > s.shown_from
            and s.wall_start / 86400000 = (s.shown_to - 1) / 86400000 and s.wall_start / 86400000 = s.shown_from / 86400000)) as parts
        group by 1, 2, 3;
      update tracks set longest_ms = longest.ms
        from (select track_id, (max(duration_ms) / 10000 + 1) * 10000 as ms from segments group by track_id) as longest
        where longest.track_id = tracks.id;
    $$;
    select recount_segment_days();

    -- Segments that are being moved to the archive: said before the first byte is copied, so that after a crash nothing is there twice.
    create table segment_moves (
      segment_id bigint primary key,
      key text not null,
      -- The row names the archive; what is left is the file in the first library.
      moved boolean not null default false
    );

    -- Something that happened, or that a person marked. UTC ms; track null: all of them.
    create table moments (
      id uuid primary key,
      source_id uuid not null references sources on delete cascade,
      track text,
      kind text not null,
      start_at bigint not null,
      end_at bigint not null check (end_at >= start_at and end_at - start_at <= 86400000),
      score real,
      label text,
      created_by text,
      created_at timestamptz not null default now()
    );
    create index moments_by_time on moments (source_id, start_at);

    -- Never removed for its age, its size or for room.
    create table protections (
      id uuid primary key,
      source_id uuid not null references sources on delete cascade,
      track text,
      start_at bigint not null,
      end_at bigint not null check (end_at > start_at),
      note text not null default '',
      created_by text,
      created_at timestamptz not null default now()
    );
    create index protections_by_time on protections (source_id, start_at);
  `,
};
