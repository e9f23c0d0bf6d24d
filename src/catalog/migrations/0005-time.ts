import type { Migration } from '../migrate.ts';

/** What is known of time: which segments are timed by arrival, what was lost on the way, and when recorders' clocks were set. */
export const time: Migration = {
  number: 5,
  name: 'time',
  sql: `
    -- Null in nearly every row, which then costs nothing.
    alter table segments add column timing text check (timing = 'arrival'), add column lost integer check (lost > 0);

    create table clock_steps (
      id uuid primary key,
      recorder_id uuid not null,
      -- UTC ms after the step; forward is positive.
      at bigint not null,
      by_ms bigint not null
    );
    create index clock_steps_newest on clock_steps (at desc);
  `,
};
