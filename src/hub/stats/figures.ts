/**
 * Metrics and stats, wired: what both ask of the rest of the hub.
 */
import type { FastifyInstance } from 'fastify';
import type { Kysely } from 'kysely';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { queueDepth } from '../../catalog/queue-depth.ts';
import { bytesPerDay, totals as readTotals } from '../../catalog/segment-days.ts';
import { knownKeys } from '../../catalog/segments.ts';
import { listSources } from '../../catalog/sources.ts';
import type { Database } from '../../catalog/tables.ts';
import type { CameraState } from '../../contract/camera.ts';
import type { OutageReport } from '../../contract/outage.ts';
import type { OpenExtent, SegmentReport } from '../../contract/recorder.ts';
import type { SystemInfo } from '../../contract/system.ts';
import { CameraSettings } from '../camera-settings.ts';
import { libraryCarBytes, libraryCars } from '../cars/library-bytes.ts';
import type { Live } from '../live/live.ts';
import { CameraCounts } from '../metrics/counts.ts';
import { type MeasuredCamera, Metrics } from '../metrics/metrics.ts';
import { registerMetricRoutes } from '../metrics/routes.ts';
import type { GapReader } from '../outages/gaps.ts';
import type { Recording } from '../recording/recording.ts';
import type { FootageTotals } from '../recording/totals.ts';
import type { SpaceState } from '../retention/space.ts';
import { healthOf, type SystemFacts } from '../routes/system.ts';
import { orphanedSegments, orphanedSpool } from './orphans.ts';
import { registerStatsRoutes } from './routes.ts';
import { Surveyor } from './survey.ts';

/** What a track of a camera may be called in the library. */
const TRACKS = ['main', 'sub'];
const LIBRARIES = ['library', 'archive'] as const;

export interface FiguresOptions {
  readonly db: Kysely<Database>;
  readonly clock: Clock;
  readonly log: Log;
  readonly recording: Recording;
  readonly totals: FootageTotals;
  readonly live: Pick<Live, 'viewers'>;
  readonly gaps: GapReader;
  /** With its alert. */
  readonly stateOf: (cameraId: string) => CameraState;
  readonly disk: () => SpaceState;
  readonly storage: () => Promise<SystemInfo['storage']>;
  /** Root folder of the library; undefined where it is a bucket. */
  readonly libraryRoot: string | undefined;
}

export class Figures {
  readonly #o: FiguresOptions;
  readonly #counts = new CameraCounts();
  readonly #surveyor: Surveyor<Awaited<ReturnType<typeof listSources>>[number]>;
  #metrics: Metrics | undefined;

  constructor(options: FiguresOptions) {
    this.#o = options;
    const { db, clock, log, gaps } = options;
    this.#surveyor = new Surveyor({
      clock,
      log,
      cameras: () => listSources(db, 'camera'),
      coverage: (camera, from, to) => gaps.coverage(camera, 'main', from, to),
      bytesPerDay: () => bytesPerDay(db, clock.wall()),
      libraries: async () => {
        // What cars have is in the library itself, and moves nowhere.
        const sums = [await libraryCarBytes(db), 0];
        for (const { byStore } of await readTotals(db))
          for (const [store, bytes] of byStore.entries()) sums[store] = (sums[store] ?? 0) + bytes;
        return LIBRARIES.map((library, store) => ({ library, bytes: sums[store] ?? 0 }));
      },
      orphans: (cameras) => this.#orphans(cameras),
    });
  }

  get metrics(): Metrics | undefined {
    return this.#metrics;
  }

  /** Open segments as a recorder has just told them. */
  recorded(open: readonly OpenExtent[]): void {
    this.#counts.extents(open);
  }

  stored(reports: readonly SegmentReport[]): void {
    this.#counts.segments(reports);
  }

  lost(outages: readonly OutageReport[]): void {
    this.#counts.outages(outages);
  }

  register(app: FastifyInstance, facts: SystemFacts): void {
    const { db, clock, recording, live, disk, storage } = this.#o;
    const metrics = new Metrics({
      version: facts.version,
      now: () => clock.wall(),
      cameras: () => this.#cameras(),
      pool: () => ({ ...recording.pool, loads: recording.recorders() }),
      counts: this.#counts,
      today: () => this.#surveyor.last.today,
      jobs: () => queueDepth(db),
      disk,
      libraryBytes: () => this.#surveyor.last.libraries,
      // Beside it, what is counted is counted again when it is old.
      databaseUp: async () => {
        const up = await facts.database();
        if (up) await this.#surveyor.fresh();
        return up;
      },
      viewers: () => live.viewers,
    });
    this.#metrics = metrics;
    registerMetricRoutes(app, { metrics, version: facts.version, database: () => facts.database() });
    registerStatsRoutes(app, {
      startedAt: facts.startedAt,
      now: () => facts.now(),
      health: () => healthOf(facts),
      cameras: async () => {
        const rows = await listSources(db, 'camera');
        return rows.map((row) => {
          const state = this.#o.stateOf(row.id);
          return {
            id: row.id,
            name: row.name,
            enabled: row.enabled,
            recording: state.status === 'recording',
            alerting: state.alert !== undefined,
            bytes: this.#o.totals.of(row.id).bytes,
            retention: CameraSettings.parse(row.settings).retention,
          };
        });
      },
      cars: () => libraryCars(db),
      pool: () => recording.pool,
      storage,
      queue: () => queueDepth(db),
      survey: () => this.#surveyor.fresh(),
    });
  }

  async stop(): Promise<void> {
    await this.#surveyor.stop();
  }

  async #cameras(): Promise<MeasuredCamera[]> {
    const { db, recording, totals, stateOf } = this.#o;
    const rows = await listSources(db, 'camera');
    return await Promise.all(
      rows.map(async (row) => {
        const { to } = await recording.footageOf(row.id);
        return {
          id: row.id,
          name: row.name,
          enabled: row.enabled,
          state: stateOf(row.id),
          footageEnd: to === null ? null : Date.parse(to),
          bytes: totals.of(row.id).bytes,
        };
      }),
    );
  }

  async #orphans(
    cameras: readonly { readonly id: string; readonly folder: string }[],
  ): Promise<{ spoolFiles: number | null; segments: number | null }> {
    const { libraryRoot: root, clock, recording, db } = this.#o;
    if (root === undefined) return { spoolFiles: null, segments: null };
    const options = {
      root,
      now: clock.wall(),
      open: recording.openKeys,
      cameras: cameras.map(({ id, folder }) => ({ id, folder, tracks: TRACKS })),
      known: (sourceId: string, from: number, to: number) => knownKeys(db, sourceId, from, to),
    };
    return { spoolFiles: await orphanedSpool(options), segments: await orphanedSegments(options) };
  }
}
