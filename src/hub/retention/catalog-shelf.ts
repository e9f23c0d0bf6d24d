/**
 * The catalog as retention sees it: the oldest of each class of each track, in a few questions, whatever lies behind.
 */
import type { Kysely } from 'kysely';
import { type KeptRow, type KeptWindow, keptTracks, oldestIn, protectedBytes } from '../../catalog/kept.ts';
import { deleteRows, deleting, markDeleting } from '../../catalog/leaving.ts';
import { momentsAround } from '../../catalog/moments.ts';
import { allProtections } from '../../catalog/protections.ts';
import type { Segment } from '../../catalog/segments.ts';
import { purgeRemovedSources } from '../../catalog/sources.ts';
import type { Database } from '../../catalog/tables.ts';
import { Retention as RetentionSettings } from '../../contract/camera.ts';
import type { FootageTotals } from '../recording/totals.ts';
import { DAY_MS, DEMO_BYTES } from './plan.ts';
import type { Look, RetentionShelf, StoredSegment } from './retention.ts';
import { Swept } from './swept.ts';
import type { KeptList, KeptSource } from './value.ts';

const NO_LIMIT = Number.MAX_SAFE_INTEGER;
/** Counting what is protected reads its rows; done when protections change, and so often. */
const COUNT_EVERY_MS = 3_600_000;

interface Wish {
  readonly window: KeptWindow;
  readonly track: string;
  readonly sourceId: string;
  readonly sweep: string;
}

export interface CatalogShelfOptions {
  readonly db: Kysely<Database>;
  readonly totals: FootageTotals;
  /** Told of what was shown and goes now, so that the gap has its cause. */
  readonly note?: (gone: readonly StoredSegment[]) => Promise<void>;
  /** Monotonic ms. */
  readonly monotonic?: () => number;
}

export function catalogShelf(options: CatalogShelfOptions): RetentionShelf {
  const { db, totals, note, monotonic = () => performance.now() } = options;
  const swept = new Swept(monotonic);
  let counted: { at: number; bytes: ReadonlyMap<string, number> } | undefined;

  const protectedOf = async (): Promise<ReadonlyMap<string, number>> => {
    if (counted === undefined || monotonic() - counted.at > COUNT_EVERY_MS)
      counted = { at: monotonic(), bytes: await protectedBytes(db) };
    return counted.bytes;
  };

  return {
    async look({ now, stores, short, limit }) {
      const [rows, tracks, ranges, held] = await Promise.all([
        db.selectFrom('sources').select(['id', 'demo', 'settings']).execute(),
        keptTracks(db),
        allProtections(db),
        protectedOf(),
      ]);
      const sources = new Map<string, Omit<KeptSource, 'lists' | 'moments'>>();
      const wishes: Wish[] = [];
      for (const row of rows) {
        const limits = limitsOf(row.settings);
        const source = {
          id: row.id,
          demo: row.demo,
          ...limits,
          totalBytes: totals.of(row.id).bytes,
          protectedBytes: held.get(row.id) ?? 0,
          protections: ranges.get(row.id) ?? [],
        };
        sources.set(row.id, source);
        const most = Math.min(limits.bytes ?? NO_LIMIT, row.demo ? DEMO_BYTES : NO_LIMIT);
        const tooMuch = source.totalBytes - source.protectedBytes > most;
        const old = limits.days === null ? undefined : now - limits.days * DAY_MS;
        const momentsAfter = Math.floor(limits.momentDays === null ? 0 : now - limits.momentDays * DAY_MS);
        for (const track of tracks.filter((one) => one.sourceId === row.id))
          for (const store of track.stores.filter((one) => stores.includes(one))) {
            const to = tooMuch || short.includes(store) ? NO_LIMIT : old === undefined ? undefined : Math.ceil(old);
            if (to === undefined) continue;
            const wish = (kind: KeptWindow['class'], part: string, from: number, until: number): void => {
              const sweep = `${track.id}/${store}/${part}`;
              const start = Math.max(from, swept.before(sweep));
              const window = { trackId: track.id, store, class: kind, from: start, to: until, momentsAfter };
              if (start < until) wishes.push({ window, track: track.name, sourceId: row.id, sweep });
            };
            wish('shadow', 'shadow', 0, to);
            // What lies behind the moments' days has another beginning than the rest.
            if (momentsAfter > 0) wish('plain', 'past', 0, Math.min(momentsAfter, to));
            wish('plain', 'plain', momentsAfter, to);
            if (limits.momentDays === null || to === NO_LIMIT) wish('moment', 'moment', 0, to);
          }
      }
      // Moments go after everything plain: they are looked for only where there is not enough of that. Otherwise finding them would
      // mean reading all that is plain.
      const found: KeptRow[][] = [];
      const enough = new Set<string>();
      const shelfOf = (wish: Wish): string => `${wish.sourceId}/${wish.window.store}`;
      for (const moments of [false, true]) {
        const asked = wishes
          .map((wish, at) => ({ wish, at }))
          .filter(({ wish }) => (wish.window.class === 'moment') === moments && !enough.has(shelfOf(wish)));
        const lists = await oldestIn(
          db,
          asked.map(({ wish }) => wish.window),
          limit,
        );
        for (const [nth, { wish, at }] of asked.entries()) {
          const list = lists[nth] ?? [];
          found[at] = list;
          if (list.length >= limit) enough.add(shelfOf(wish));
        }
      }
      const segments = new Map<string, StoredSegment>();
      const lists = new Map<string, KeptList[]>();
      const reach: { sourceId: string; from: number; to: number }[] = [];
      for (const [at, { window, track, sourceId, sweep }] of wishes.entries()) {
        const list = found[at];
        if (list === undefined) continue;
        const [first] = list;
        const last = list.at(-1);
        swept.saw(sweep, first?.start ?? window.to);
        if (!first || !last) continue;
        for (const row of list) segments.set(String(row.id), { ...row, sourceId, track });
        reach.push({ sourceId, from: first.start, to: last.end });
        const kept = list.map((row) => ({ ...row, id: String(row.id), track }));
        lists.set(sourceId, [
          ...(lists.get(sourceId) ?? []),
          { class: window.class, segments: kept, complete: list.length < limit },
        ]);
      }
      const moments = await momentsAround(db, reach);
      const kept: KeptSource[] = [];
      for (const [id, source] of sources) {
        const own = lists.get(id);
        if (own) kept.push({ ...source, lists: own, moments: moments.get(id) ?? [] });
      }
      return { sources: kept, segments } satisfies Look;
    },
    changed() {
      swept.forget();
      counted = undefined;
    },
    async mark(segments) {
      const fresh = new Set(
        await markDeleting(
          db,
          segments.map((segment) => segment.id),
          { protectedToo: false },
        ),
      );
      const gone = segments.filter((segment) => fresh.has(segment.id));
      totals.removed(gone);
      await note?.(gone.filter((segment) => !segment.shadow));
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
  const { id, source_id: sourceId, track, key, bytes, store, wall_start: start } = row;
  return {
    id,
    sourceId,
    track,
    key,
    start,
    end: start + row.duration_ms,
    bytes,
    store,
    shadow: row.shown_to <= row.shown_from,
  };
}

/** Settings that cannot be read set no limit: nothing is removed by mistake. */
export function limitsOf(settings: Record<string, unknown>): {
  days: number | null;
  bytes: number | null;
  momentDays: number | null;
  archiveAfterDays: number | null;
} {
  const parsed = RetentionSettings.safeParse(settings.retention ?? {});
  return parsed.success ? parsed.data : { days: null, bytes: null, momentDays: null, archiveAfterDays: null };
}
