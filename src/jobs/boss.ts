/**
 * pg-boss on the catalog's own connections, made quiet: nothing of it polls, because the queue wakes its waiters itself
 * and keeps leases of its own (pg-boss's heartbeats are at least ten seconds, and are looked at once a minute).
 */
import { type Db, PgBoss } from 'pg-boss';
import type { Log } from '../base/log.ts';
import type { ExecuteSql } from '../catalog/connection.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

/** First try and four more, 2, 4, 8, 16 s apart (with pg-boss's jitter). */
const RETRY = { retryLimit: 4, retryDelay: 2, retryBackoff: true, retryDelayMax: 60 } as const;
/** Where jobs go that have failed for good, for somebody to look at. */
export const DEAD_LETTERS = 'dead-letters';

/** Starts pg-boss; makes or upgrades its schema `pgboss` when needed. */
export async function startBoss(execute: ExecuteSql, log: Log): Promise<PgBoss> {
  const boss = new PgBoss({
    db: { executeSql: execute } satisfies Db,
    schedule: false,
    supervise: true,
    superviseIntervalSeconds: HOUR,
    monitorIntervalSeconds: HOUR,
    maintenanceIntervalSeconds: DAY,
    queueCacheIntervalSeconds: HOUR,
    bamIntervalSeconds: HOUR,
    flowIntervalSeconds: DAY,
    monitorVacuum: false,
  });
  boss.on('error', (error) => log.warn('The job queue had a fault.', { error: error.message }));
  boss.on('warning', (warning) => log.warn('The job queue warns.', { warning: warning.message }));
  await boss.start();
  return boss;
}

/** Makes a queue unless it is there. The dead letters must be there before. */
export async function ensureQueue(boss: PgBoss, name: string): Promise<void> {
  // A lease of ours ends long before pg-boss's own expiry, which only is there so that nothing stays active for ever.
  await boss.createQueue(name, {
    ...RETRY,
    expireInSeconds: DAY - HOUR,
    retentionSeconds: 30 * DAY,
    deleteAfterSeconds: 7 * DAY,
    ...(name === DEAD_LETTERS ? {} : { deadLetter: DEAD_LETTERS }),
  });
}
