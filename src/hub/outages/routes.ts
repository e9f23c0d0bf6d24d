/**
 * `gaps` and `coverage` for people, and the recorders' word on outages.
 */
import type { FastifyInstance } from 'fastify';
import { UserError } from '../../base/errors.ts';
import type { Alert } from '../../contract/alert.ts';
import type { ClockSet, ClockStep, OutageReport } from '../../contract/outage.ts';
import { routes } from '../../contract/routes.ts';
import { register } from '../server/register.ts';
import type { GapCamera, GapReader } from './gaps.ts';
import { type ZoneDays, zoneDays } from './zone-days.ts';

export interface OutageRouteDeps {
  readonly reader: GapReader;
  /** @throws UserError `not-found` */
  readonly findCamera: (idOrName: string) => Promise<GapCamera>;
  /** What a recorder tells; both are idempotent. @throws Unavailable: it tells it again */
  readonly reported: (recorder: string, outages: readonly OutageReport[]) => Promise<void>;
  readonly alerts: (limit: number, openOnly: boolean) => Promise<Alert[]>;
  readonly clockSteps: (limit: number) => Promise<ClockSet[]>;
  readonly stepped: (recorder: string, steps: readonly ClockStep[]) => Promise<void>;
}

/** More would read a million rows. */
const LONGEST_MS = 400 * 86_400_000;
/** 500 outages and 100 steps in one batch. */
const BODY_BYTES = 1_000_000;

export function registerOutageRoutes(app: FastifyInstance, deps: OutageRouteDeps): void {
  const { reader, findCamera } = deps;
  register(app, routes.gaps, async ({ params, query }) => {
    const { from, to } = rangeOf(query);
    return await reader.gaps(await findCamera(params.id), query.track, from, to);
  });
  register(app, routes.coverage, async ({ params, query }) => {
    const { from, to } = rangeOf(query);
    return await reader.coverage(await findCamera(params.id), query.track, from, to, daysIn(query.timeZone));
  });
  register(app, routes.listAlerts, async ({ query }) => deps.alerts(query.limit, query.open === 'true'));
  register(app, routes.clockSteps, async ({ query }) => deps.clockSteps(query.limit));
  register(
    app,
    routes.recorderOutages,
    async ({ body }) => {
      await deps.reported(body.recorder, body.outages);
      await deps.stepped(body.recorder, body.clockSteps);
      return { ok: true as const };
    },
    { bodyLimit: BODY_BYTES },
  );
}

function daysIn(zone: string): ZoneDays {
  try {
    return zoneDays(zone);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(`“${zone}” is no time zone that is known here.`, 'Use a name such as Europe/Berlin, or UTC.', {
      code: 'invalid',
      cause: error,
    });
  }
}

function rangeOf(query: { from: string; to: string }): { from: number; to: number } {
  const from = Date.parse(query.from);
  const to = Date.parse(query.to);
  if (!(from >= 0) || !(to > from))
    throw new UserError('The range ends before it begins.', '“to” must be later than “from”.');
  if (to - from > LONGEST_MS) throw new UserError('The range is longer than 400 days.', 'Ask for a shorter one.');
  return { from, to };
}
