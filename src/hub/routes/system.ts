/**
 * How the hub itself is doing.
 */
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { routes } from '../../contract/routes.ts';
import type { Health, SystemInfo } from '../../contract/system.ts';
import { register } from '../server/register.ts';

/** What is asked of the rest of the hub; none of these throws when something is away. */
export interface SystemFacts {
  readonly version: string;
  readonly startedAt: Date;
  now(): Date;
  /** Whether the database answers. */
  database(): Promise<boolean>;
  library(): Promise<z.output<typeof Health>['library']>;
  storage(): Promise<SystemInfo['storage']>;
  recorders(): Promise<SystemInfo['recorders']>;
  workers(): Promise<SystemInfo['workers']>;
}

/** How the hub is; never throws. */
export async function healthOf(facts: SystemFacts): Promise<z.output<typeof Health>> {
  const [database, library] = await Promise.all([facts.database(), facts.library()]);
  const ok = database && library === 'ok';
  return {
    status: ok ? ('ok' as const) : ('degraded' as const),
    version: facts.version,
    database: database ? ('ok' as const) : ('down' as const),
    library,
    time: facts.now().toISOString(),
  };
}

export function registerSystemRoutes(app: FastifyInstance, facts: SystemFacts): void {
  // Answers 200 also when something is wrong: restarting the hub would not mend a full disk.
  register(app, routes.health, () => healthOf(facts));

  register(app, routes.system, async () => {
    const [storage, recorders, workers] = await Promise.all([facts.storage(), facts.recorders(), facts.workers()]);
    return {
      version: facts.version,
      startedAt: facts.startedAt.toISOString(),
      time: facts.now().toISOString(),
      storage,
      recorders,
      workers,
    };
  });
}
