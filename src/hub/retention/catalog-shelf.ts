/**
 * The catalog as retention sees it.
 */
import type { Kysely } from 'kysely';
import { deleteRows, deleting, markDeleting, oldest, type Segment } from '../../catalog/segments.ts';
import { purgeRemovedSources } from '../../catalog/sources.ts';
import type { Database } from '../../catalog/tables.ts';
import { Retention as RetentionSettings } from '../../contract/camera.ts';
import type { FootageTotals } from '../recording/totals.ts';
import type { RetentionShelf, StoredSegment } from './retention.ts';

export function catalogShelf(db: Kysely<Database>, totals: FootageTotals): RetentionShelf {
  return {
    async sources() {
      const rows = await db.selectFrom('sources').select(['id', 'demo', 'settings']).execute();
      return rows.map((row) => ({
        id: row.id,
        demo: row.demo,
        ...limitsOf(row.settings),
        totalBytes: totals.of(row.id).bytes,
      }));
    },
    oldest: async (sourceId, limit) => (await oldest(db, sourceId, limit)).map(stored),
    async mark(segments) {
      const fresh = new Set(
        await markDeleting(
          db,
          segments.map((segment) => segment.id),
        ),
      );
      totals.removed(segments.filter((segment) => fresh.has(segment.id)));
    },
    marked: async (limit, after) => (await deleting(db, limit, after)).map(stored),
    async forget(segments) {
      await deleteRows(
        db,
        segments.map((segment) => segment.id),
      );
    },
    async purge() {
      for (const id of await purgeRemovedSources(db)) totals.forget(id);
    },
  };
}

function stored(row: Segment): StoredSegment {
  return { id: row.id, sourceId: row.source_id, key: row.key, end: row.wall_start + row.duration_ms, bytes: row.bytes };
}

/** Settings that cannot be read set no limit: nothing is removed by mistake. */
function limitsOf(settings: Record<string, unknown>): { days: number | null; bytes: number | null } {
  const parsed = RetentionSettings.safeParse(settings.retention ?? {});
  return parsed.success ? parsed.data : RetentionSettings.parse({});
}
