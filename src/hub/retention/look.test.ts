import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import { type TestDatabase, testServers } from '../../../test/postgres/database.ts';
import { totals as readTotals } from '../../catalog/segment-days.ts';
import { createSource } from '../../catalog/sources.ts';
import { FootageTotals } from '../recording/totals.ts';
import { catalogShelf } from './catalog-shelf.ts';
import { DAY_MS, planRetention, type StoreRoom } from './plan.ts';
import { classOf, type KeptClass, type KeptSegment, type KeptSource } from './value.ts';

const NOW = 20_000 * DAY_MS;

for (const server of testServers())
  describe(`what retention sees of the catalog on ${server.name}`, () => {
    let database: TestDatabase;
    before(async () => {
      database = await server.open();
    });
    after(() => database[Symbol.asyncDispose]());

    const range = fc
      .record({ track: fc.constantFrom(null, 'main', 'sub'), at: fc.nat(40 * DAY_MS), length: fc.nat(DAY_MS) })
      .map(({ track, at, length }) => ({ track, start: NOW - at, end: NOW - at + length }));
    const world = fc.record({
      retention: fc.record({
        days: fc.option(fc.integer({ min: 1, max: 30 }), { nil: null }),
        bytes: fc.option(fc.integer({ min: 1, max: 5000 }), { nil: null }),
        momentDays: fc.option(fc.integer({ min: 1, max: 40 }), { nil: null }),
      }),
      moments: fc.array(range, { maxLength: 5 }),
      protections: fc.array(range, { maxLength: 2 }),
      list: fc.array(
        fc.record({
          age: fc.nat(40 * DAY_MS),
          length: fc.integer({ min: 1, max: DAY_MS / 4 }),
          bytes: fc.integer({ min: 1, max: 500 }),
          track: fc.constantFrom('main', 'sub'),
          store: fc.constantFrom(0, 1),
          hidden: fc.constantFrom(undefined, 'never shown', 'was shown'),
        }),
        { minLength: 1, maxLength: 40 },
      ),
      rooms: fc.tuple(fc.nat(4000), fc.nat(4000)),
    });

    it('through the catalog, a few rows at a time, the same goes as with all of it at once', async () => {
      const { db } = database.catalog;
      await fc.assert(
        fc.asyncProperty(
          world,
          fc.integer({ min: 1, max: 7 }),
          async ({ retention, moments, protections, list, rooms }, limit) => {
            await sql`delete from sources`.execute(db);
            const id = randomUUID();
            await createSource(db, { id, kind: 'camera', name: id, folder: id, settings: { url: 'x', retention } });
            await sql`insert into tracks (source_id, name) values (${id}, 'main'), (${id}, 'sub')`.execute(db);
            for (const one of moments)
              await sql`insert into moments (id, source_id, track, kind, start_at, end_at) values (${randomUUID()}, ${id}, ${one.track}, 'bookmark', ${one.start}, ${one.end})`.execute(
                db,
              );
            for (const one of protections)
              await sql`insert into protections (id, source_id, track, start_at, end_at) values (${randomUUID()}, ${id}, ${one.track}, ${one.start}, ${one.end + 1})`.execute(
                db,
              );
            const segments: KeptSegment[] = [];
            for (const [at, one] of list.entries()) {
              const start = NOW - one.age - one.length;
              const end = NOW - one.age;
              const state = one.hidden === undefined ? 'published' : 'shadow';
              const wasShown = one.hidden === 'was shown';
              const { rows } = await sql<{ id: number }>`
              insert into segments (track_id, run, seq, token, wall_start, duration_ms, shown_from, shown_to, media_start, bytes, frames,
                sha256, key, codec, width, height, ended, state, store, was_shown)
              select id, 'aaaaaaaa', ${at}::int, 1, ${start}::bigint, ${one.length}::int, ${start}::bigint, ${end}::bigint, 0, ${one.bytes}::bigint, 1,
                '', 'k', 'c', 1, 1, 'rotate', ${state}, ${one.store}::int, ${wasShown}::boolean from tracks where source_id = ${id} and name = ${one.track}
              returning id`.execute(db);
              segments.push({ ...one, shadow: one.hidden === 'never shown', id: String(rows[0]?.id), start, end });
            }
            const stores = rooms.map((free, store): StoreRoom => ({ store, free, floor: 2000 }));

            // All at once, from memory.
            const bare: KeptSource = {
              ...{ id, demo: false, ...retention, moments, lists: [] },
              protections: protections.map((one) => ({ ...one, end: one.end + 1 })),
              totalBytes: segments.reduce((sum, one) => sum + one.bytes, 0),
              protectedBytes: 0,
            };
            const held = segments.filter((one) => classOf(bare, one, NOW) === 'protected');
            const free = segments.filter((one) => !held.includes(one)).sort((a, b) => a.start - b.start);
            const groups = Map.groupBy(free, (one) => `${classOf(bare, one, NOW)}/${one.track}/${one.store}`);
            const whole = {
              ...bare,
              protectedBytes: held.reduce((sum, one) => sum + one.bytes, 0),
              lists: [...groups].map(([name, own]) => ({
                class: name.split('/')[0] as KeptClass,
                segments: own,
                complete: true,
              })),
            };
            const wanted = planRetention({ sources: [whole], stores, inUse: new Set() }, NOW).deletions;

            // Through the catalog, with what has gone marked in between.
            const counted = new FootageTotals(() => readTotals(db));
            await counted.refresh();
            const shelf = catalogShelf({ db, totals: counted });
            const gone: string[] = [];
            let room = stores;
            for (;;) {
              const short = room.filter((one) => (one.free ?? 0) < one.floor).map((one) => one.store);
              const look = await shelf.look({ now: NOW, stores: [0, 1], short, limit });
              const { deletions } = planRetention({ sources: look.sources, stores: room, inUse: new Set() }, NOW);
              if (deletions.length === 0) break;
              await shelf.mark(deletions.flatMap((one) => look.segments.get(one.segment) ?? []));
              gone.push(...deletions.map((one) => one.segment));
              room = room.map((one) => ({
                ...one,
                free:
                  (one.free ?? 0) +
                  deletions.filter((item) => item.store === one.store).reduce((sum, { bytes }) => sum + bytes, 0),
              }));
            }
            assert.deepEqual(gone.sort(), wanted.map((one) => one.segment).sort());
          },
        ),
        { numRuns: 30 },
      );
    });
  });
