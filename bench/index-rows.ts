/**
 * A catalog of many cameras over a long time, made by the database itself: rows as recorders report them, in the order in which
 * they come (all cameras minute by minute), with a few minutes missing each day.
 */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { silentLog } from '../src/base/log.ts';
import { type Connection, openCatalog } from '../src/catalog/connection.ts';
import { migrate } from '../src/catalog/migrate.ts';
import { DAY_MS } from '../src/catalog/segment-days.ts';
import { createSource } from '../src/catalog/sources.ts';

export interface ManyRows {
  readonly cameras: number;
  readonly days: number;
  /** UTC ms of the first midnight; the last day ends `days` later. */
  readonly from: number;
}

/** Days that one statement makes. */
const CHUNK = 5;

/** Fills an empty catalog. Indexes and day totals are made afterwards, as a restore would. @returns rows */
export async function makeRows(connection: Connection, wish: ManyRows, say: (text: string) => void): Promise<number> {
  const catalog = openCatalog({ connection, log: silentLog });
  try {
    await migrate(catalog.db, silentLog);
    for (let camera = 1; camera <= wish.cameras; camera++) {
      const folder = `camera-${String(camera).padStart(3, '0')}`;
      const settings = { url: 'rtsp://camera.example/stream' };
      await createSource(catalog.db, {
        id: randomUUID(),
        kind: 'camera',
        name: folder,
        folder,
        settings,
        enabled: false,
      });
    }
  } finally {
    await catalog.close();
  }
  const client = new pg.Client(typeof connection === 'string' ? { connectionString: connection } : connection);
  await client.connect();
  try {
    await client.query(`set work_mem = '300MB'; set maintenance_work_mem = '500MB'; set timezone = 'UTC'`);
    await client.query(`insert into tracks (source_id, name) select id, 'main' from sources order by name`);
    const indexes = (
      await client.query<{ name: string; made: string }>(
        `select indexname as name, indexdef as made from pg_indexes where tablename = 'segments' and indexname not like '%key'`,
      )
    ).rows;
    await client.query('begin');
    // Emptied in the same transaction: with wal_level minimal nothing of it is logged.
    await client.query('truncate segments');
    await client.query('alter table segments disable trigger user');
    await client.query(
      'alter table segments drop constraint segments_track_id_run_seq_key, drop constraint segments_pkey',
    );
    for (const { name } of indexes) if (name !== 'segments_pkey') await client.query(`drop index ${name}`);
    for (let day = 0; day < wish.days; day += CHUNK) {
      await client.query(rowsOf(wish.from + day * DAY_MS, Math.min(CHUNK, wish.days - day)));
      if (day % 50 === 0) say(`${day} of ${wish.days} days`);
    }
    await client.query('alter table segments enable trigger user');
    await client.query('commit');
    say('indexes');
    await client.query(
      'alter table segments add constraint segments_pkey primary key (id), add constraint segments_track_id_run_seq_key unique (track_id, run, seq)',
    );
    for (const { name, made } of indexes) if (name !== 'segments_pkey') await client.query(made);
    say('day totals');
    await client.query('select recount_segment_days()');
    say('vacuum');
    await client.query('vacuum (analyze) segments');
    await client.query('analyze');
    await client.query('checkpoint');
    const { rows } = await client.query<{ count: string }>('select sum(segments) as count from segment_days');
    return Number(rows[0]?.count);
  } finally {
    await client.end();
  }
}

const rowsOf = (from: number, days: number): string => `
  insert into segments (track_id, run, seq, token, wall_start, duration_ms, shown_from, shown_to, media_start, bytes, frames, sha256,
    key, codec, audio_codec, width, height, ended, state, received_at)
  select t.id, lpad(to_hex(m.start / 86400000 * 1000 + t.id), 16, '0'), m.minute, 1, m.start, 60000, m.start, m.start + 60000,
    m.minute * 5400000::bigint, 21000000 + (m.start / 60000 * 7919 + t.id * 104729) % 3000000, 900, sha256(int8send(m.start + t.id)),
    s.folder || '/main/' || m.day || '/' || m.name || lpad(to_hex(m.start / 86400000 * 1000 + t.id), 16, '0') || '-' || m.minute || '.mp4',
    'avc1.640028', 'mp4a.40.2', 1920, 1080, 'rotate', 'published', to_timestamp((m.start + 60000) / 1000)
  from (
    select start, (start / 60000 % 1440)::int as minute, to_char(to_timestamp(start / 1000), 'YYYY-MM-DD') as day,
      to_char(to_timestamp(start / 1000), 'HH24/HH24-MI-SS') || '.000Z-' as name
    from generate_series(${from}::bigint, ${from + days * DAY_MS - 1}::bigint, 60000) as start) as m
  cross join tracks t join sources s on s.id = t.source_id
  where (m.minute + t.id * 7) % 1440 > 2
  order by m.start, t.id`;
