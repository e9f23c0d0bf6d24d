import type { Migration } from '../migrate.ts';

/**
 * A segment may be shown on both sides of a shorter one of a higher fencing token: `hidden` is what lies between `shown_from` and `shown_to`
 * and is shown by others. Day sums do not count it.
 *
 * `was_shown`: a shadow that was shown before a later report covered it, as the footage of an hour is when the clock of its recorder is set back an
 * hour. It is no duplicate then, and lives as long as what is shown.
 */
export const hidden: Migration = {
  number: 6,
  name: 'hidden',
  sql: `
    -- Null in nearly every row, which then costs nothing.
    alter table segments add column hidden int8multirange, add column was_shown boolean not null default false;

    create function segment_day_parts(of_store smallint, of_state text, of_start bigint, of_from bigint, of_to bigint, of_bytes bigint, of_hidden int8multirange)
      returns table (day integer, segments integer, bytes bigint, covered_ms bigint, first_shown bigint, last_shown bigint)
      language sql immutable parallel safe as $$
        select p.day, p.segments, p.bytes,
          case when of_hidden is null or p.segments > 0 then p.covered_ms else p.covered_ms - coalesce((
            select sum(upper(h) - lower(h))
            from unnest(of_hidden * int8multirange(int8range(p.day * 86400000::bigint, (p.day + 1) * 86400000::bigint))) as h), 0)::bigint end,
          p.first_shown, p.last_shown
        from segment_day_parts(of_store, of_state, of_start, of_from, of_to, of_bytes) as p
      $$;

    create or replace function count_segment_days() returns trigger language plpgsql as $$
    begin
      if tg_op <> 'INSERT' then
        with parts as (
          select g.track_id, p.day, g.store, sum(p.segments) as segments, sum(p.bytes) as bytes, sum(p.covered_ms) as covered_ms
          from gone g cross join lateral segment_day_parts(g.store, g.state, g.wall_start, g.shown_from, g.shown_to, g.bytes, g.hidden) as p
          group by 1, 2, 3)
        update segment_days d
          set segments = d.segments - p.segments, bytes = d.bytes - p.bytes, covered_ms = d.covered_ms - p.covered_ms
          from parts p where d.track_id = p.track_id and d.day = p.day and d.store = p.store;
      end if;
      if tg_op <> 'DELETE' then
        insert into segment_days as d (track_id, day, store, segments, bytes, covered_ms, first_shown, last_shown)
          select a.track_id, p.day, a.store, sum(p.segments), sum(p.bytes), sum(p.covered_ms), min(p.first_shown), max(p.last_shown)
          from added a cross join lateral segment_day_parts(a.store, a.state, a.wall_start, a.shown_from, a.shown_to, a.bytes, a.hidden) as p
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

    create or replace function recount_segment_days() returns void language sql as $$
      lock table segments in share row exclusive mode;
      delete from segment_days;
      insert into segment_days (track_id, day, store, segments, bytes, covered_ms, first_shown, last_shown)
        select track_id, day, store, sum(segments), sum(bytes), sum(covered_ms), min(first_shown), max(last_shown) from (
          -- Nearly all lie on one day, and need no function.
          select s.track_id, (s.wall_start / 86400000)::int as day, s.store, 1 as segments, s.bytes, s.shown_to - s.shown_from as covered_ms,
            s.shown_from as first_shown, s.shown_to as last_shown
          from segments s
          where s.state = 'published' and s.shown_to > s.shown_from and s.hidden is null
            and s.wall_start / 86400000 = (s.shown_to - 1) / 86400000 and s.wall_start / 86400000 = s.shown_from / 86400000
          union all
          select s.track_id, p.day, s.store, p.segments, p.bytes, p.covered_ms, p.first_shown, p.last_shown
          from segments s cross join lateral segment_day_parts(s.store, s.state, s.wall_start, s.shown_from, s.shown_to, s.bytes, s.hidden) as p
          where not (s.state = 'published' and s.shown_to > s.shown_from and s.hidden is null
            and s.wall_start / 86400000 = (s.shown_to - 1) / 86400000 and s.wall_start / 86400000 = s.shown_from / 86400000)) as parts
        group by 1, 2, 3;
      update tracks set longest_ms = longest.ms
        from (select track_id, (max(duration_ms) / 10000 + 1) * 10000 as ms from segments group by track_id) as longest
        where longest.track_id = tracks.id;
    $$;
  `,
};
