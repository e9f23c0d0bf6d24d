/** How many jobs wait and run. */
import type { Kysely } from 'kysely';
import type { Database } from './tables.ts';

export async function queueDepth(db: Kysely<Database>): Promise<{ type: string; state: string; count: number }[]> {
  return await db
    .selectFrom('jobs')
    .select(({ fn }) => ['type', 'state', fn.countAll<number>().as('count')])
    .where('state', 'in', ['waiting', 'running'])
    .groupBy(['type', 'state'])
    .orderBy('type')
    .execute();
}
