/**
 * `GET /api/stats`.
 */
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { Retention } from '../../contract/camera.ts';
import { routes } from '../../contract/routes.ts';
import type { Health, SystemInfo } from '../../contract/system.ts';
import type { LibraryCar } from '../cars/library-bytes.ts';
import { sumOfCoverage } from '../outages/gaps.ts';
import { register } from '../server/register.ts';
import { daysKept, type ForecastCamera, forecast } from './forecast.ts';
import type { Survey } from './survey.ts';

export interface StatsCamera {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly recording: boolean;
  readonly alerting: boolean;
  readonly bytes: number;
  readonly retention: Pick<Retention, 'days' | 'bytes'>;
}

export interface StatsFacts {
  readonly startedAt: Date;
  readonly now: () => Date;
  readonly health: () => Promise<z.output<typeof Health>>;
  readonly cameras: () => Promise<readonly StatsCamera[]>;
  readonly cars: () => Promise<readonly LibraryCar[]>;
  readonly pool: () => { readonly recorders: number; readonly capacity: number; readonly unheld: number };
  readonly storage: () => Promise<SystemInfo['storage']>;
  readonly queue: () => Promise<{ type: string; state: string; count: number }[]>;
  readonly survey: () => Promise<Survey>;
}

export function registerStatsRoutes(app: FastifyInstance, facts: StatsFacts): void {
  register(app, routes.stats, async () => {
    const [health, cameras, cars, storage, queue, survey] = await Promise.all([
      facts.health(),
      facts.cameras(),
      facts.cars(),
      facts.storage(),
      facts.queue(),
      facts.survey(),
    ]);
    const { recorders: count, capacity, unheld } = facts.pool();
    const each = cameras.map((camera) => ({ camera, its: forecastOf(camera, survey) }));
    const room = storage.total === 0 ? null : storage.free - storage.floor;
    const { bytesPerDay, daysLeft, outlook } = forecast(
      each.map(({ its }) => its),
      room,
    );
    return {
      time: facts.now().toISOString(),
      startedAt: facts.startedAt.toISOString(),
      health,
      cameras: {
        total: cameras.length,
        enabled: cameras.filter(({ enabled }) => enabled).length,
        recording: cameras.filter(({ recording }) => recording).length,
        alerting: cameras.filter(({ alerting }) => alerting).length,
      },
      recorders: { count, capacity },
      orphaned: { cameras: unheld, spoolFiles: survey.spoolFiles, segments: survey.orphanedSegments },
      coverage: { today: sumOfCoverage(survey.today.values()), week: sumOfCoverage(survey.week.values()) },
      storage: {
        bytes: storage.bytes,
        free: storage.free,
        total: storage.total,
        floor: storage.floor,
        bytesPerDay,
        daysLeft,
        outlook,
        cameras: each.map(({ camera: { id, name, bytes }, its }) => ({
          id,
          name,
          bytes,
          bytesPerDay: its.bytesPerDay,
          daysKept: daysKept(its),
        })),
        cars: [...cars],
      },
      queue,
    };
  });
}

function forecastOf(camera: StatsCamera, survey: Survey): ForecastCamera {
  const { days, bytes: maxBytes } = camera.retention;
  // A disabled camera adds nothing.
  const bytesPerDay = camera.enabled ? (survey.bytesPerDay.get(camera.id) ?? 0) : 0;
  return { bytes: camera.bytes, bytesPerDay, days, maxBytes };
}
