/**
 * Moments and protected ranges of a camera: everybody who may watch sees them and may set bookmarks; admins protect.
 */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Kysely } from 'kysely';
import { UserError } from '../../base/errors.ts';
import { isUuid } from '../../catalog/connection.ts';
import { addMoment, LONGEST_MOMENT_MS, momentsBetween, removeMoment } from '../../catalog/moments.ts';
import { addProtection, protectionsOf, removeProtection } from '../../catalog/protections.ts';
import type { Database, MomentRow, ProtectionRow } from '../../catalog/tables.ts';
import type { FootageMoment, Protection } from '../../contract/kept.ts';
import { routes } from '../../contract/routes.ts';
import { resolveMoment } from '../../contract/time.ts';
import { type Context, register } from '../server/register.ts';

export interface MomentsDeps {
  readonly db: Kysely<Database>;
  /** @throws UserError `not-found` */
  readonly findCamera: (idOrName: string) => Promise<{ readonly id: string }>;
  /** Retention looks again. */
  readonly changed: () => void;
  /** UTC ms. */
  readonly now: () => number;
}

/** A camera has no more protected ranges: each is looked at whenever something is removed. */
const MOST_PROTECTIONS = 1000;

export function registerMomentRoutes(app: FastifyInstance, { db, findCamera, changed, now }: MomentsDeps): void {
  register(app, routes.listMoments, async ({ params, query }) => {
    const { id } = await findCamera(params.id);
    const range = rangeOf({ start: query.from, end: query.to }, now());
    const rows = await momentsBetween(db, id, {
      from: range.start,
      to: range.end,
      limit: query.limit,
      ...(query.kind === undefined ? {} : { kind: query.kind }),
    });
    return rows.map(momentOf);
  });

  register(app, routes.createMoment, async ({ params, body }, ctx) => {
    const { id } = await findCamera(params.id);
    const { start, end } = rangeOf({ start: body.start, end: body.end ?? body.start }, now(), true);
    if (end - start > LONGEST_MOMENT_MS)
      throw new UserError('A moment is at most a day long.', 'Protect the range instead.', { code: 'invalid' });
    const { track, kind, score, label } = body;
    const row = await addMoment(db, {
      ...{ id: randomUUID(), source_id: id, track, kind, score, label },
      ...{ start_at: start, end_at: end, created_by: whoIs(ctx) },
    });
    changed();
    return momentOf(row);
  });

  register(app, routes.deleteMoment, async ({ params }, { user }) => {
    const { id } = await findCamera(params.id);
    const kind = user?.role === 'viewer' ? 'bookmark' : undefined;
    if (!isUuid(params.moment) || !(await removeMoment(db, id, params.moment, kind))) throw unknown('moment');
    changed();
    return { ok: true as const };
  });

  register(app, routes.listProtections, async ({ params }) => {
    const { id } = await findCamera(params.id);
    return (await protectionsOf(db, id)).map(protectionOf);
  });

  register(app, routes.createProtection, async ({ params, body }, ctx) => {
    const { id } = await findCamera(params.id);
    const { start, end } = rangeOf(body, now());
    const range = { id: randomUUID(), source_id: id, track: body.track, start_at: start, end_at: end, note: body.note };
    const row = await addProtection(db, { ...range, created_by: whoIs(ctx) }, MOST_PROTECTIONS);
    if (row === undefined)
      throw new UserError(
        `This camera has ${MOST_PROTECTIONS} protected ranges already.`,
        'Remove some, or protect one long range.',
        { code: 'conflict' },
      );
    changed();
    ctx.log.info('footage was protected', { camera: id, protection: row.id });
    return protectionOf(row);
  });

  register(app, routes.deleteProtection, async ({ params }, { log }) => {
    const { id } = await findCamera(params.id);
    if (!isUuid(params.protection) || !(await removeProtection(db, id, params.protection)))
      throw unknown('protected range');
    changed();
    log.info('footage is not protected any more', { camera: id, protection: params.protection });
    return { ok: true as const };
  });
}

function rangeOf(
  given: { start: string; end: string },
  now: number,
  mayBePoint = false,
): { start: number; end: number } {
  const [start, end] = [resolveMoment(given.start, now), resolveMoment(given.end, now)];
  if (!Number.isFinite(start) || !Number.isFinite(end) || start < 0)
    throw new UserError('A time cannot be read.', 'Write it like 2026-11-21T18:05:00Z, or -5m for five minutes ago.', {
      code: 'invalid',
    });
  if (end < start || (end === start && !mayBePoint))
    throw new UserError('The range ends before it begins.', 'Its end must be later than its start.', {
      code: 'invalid',
    });
  return { start: Math.floor(start), end: Math.ceil(end) };
}

function whoIs(ctx: Context): string | null {
  return ctx.user?.name ?? ctx.token?.name ?? null;
}

function unknown(what: string): UserError {
  return new UserError(`This camera has no such ${what}.`, 'See the list.', { code: 'not-found' });
}

const instant = (wall: number): string => new Date(wall).toISOString();

function momentOf(row: MomentRow): FootageMoment {
  const { id, track, kind, score, label } = row;
  const range = { start: instant(row.start_at), end: instant(row.end_at) };
  return { id, source: row.source_id, track, kind, ...range, score, label, ...made(row) };
}

function protectionOf(row: ProtectionRow): Protection {
  const range = { start: instant(row.start_at), end: instant(row.end_at) };
  return { id: row.id, source: row.source_id, track: row.track, ...range, note: row.note, ...made(row) };
}

function made(row: MomentRow | ProtectionRow): { createdBy: string | null; createdAt: string } {
  return { createdBy: row.created_by, createdAt: row.created_at.toISOString() };
}
