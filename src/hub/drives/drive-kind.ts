/**
 * Clips of drives: the ranges are seconds of the drive, the files are where the drive is, and their URLs are made when a worker takes the job.
 */
import { z } from 'zod';
import { Unavailable, UserError } from '../../base/errors.ts';
import type { DriveSeen } from '../../catalog/drives.ts';
import type { DriveRow, SourceRow } from '../../catalog/tables.ts';
import { ClipRequest } from '../../contract/clip.ts';
import type { DriveFile } from '../../contract/drive.ts';
import { resolveMoment } from '../../contract/time.ts';
import { fileNameOf } from '../../sources/camera/plan.ts';
import { type RouteRequest, secondsOf } from '../../sources/openpilot/names/route-request.ts';
import { type DrivePlan, type DriveRange, type PlanDrive, planDrive } from '../../sources/openpilot/plan.ts';
import type { Accepted, ClipKind, Named, Planning, SignedInput } from '../clips/kind.ts';
import { type JobPayload, payloadOf } from '../clips/payload.ts';
import { offsetOf } from '../clips/ranges.ts';
import type { NamedDrive } from './drives.ts';
import { type Asker, privateTo } from './privacy.ts';
import { DriveSettingsRow } from './source-settings.ts';
import type { DriveStore } from './store.ts';

export interface DriveKindOptions {
  readonly find: (name: string, asker: Asker) => Promise<NamedDrive | undefined>;
  /** By id, as it is now. */
  readonly get: (id: string) => Promise<DriveSeen | undefined>;
  readonly sourceOf: (id: string) => Promise<SourceRow | undefined>;
  /** Which files it has, asked for where that is not known. @throws UserError, Unavailable */
  readonly learn: (drive: DriveSeen) => Promise<DriveRow>;
  readonly store: Pick<DriveStore, 'url'>;
  /** UTC ms. */
  readonly now: () => number;
  /** IANA zone of file names. */
  readonly timeZone: string;
}

/** A drive, and the part of it that its name tells: an address may name seconds. */
interface NamedPart extends Named {
  readonly request?: RouteRequest | undefined;
}

const Plan = z.object({
  drive: z.uuid(),
  ranges: z.array(z.object({ start: z.number(), end: z.number() })).min(1),
});
const Reference = z.object({ drive: z.uuid(), minute: z.number().int(), file: z.string() });

/** A provider that does not answer is asked again for so long. */
const PATIENCE_MS = 15 * 60_000;

export function driveKind(options: DriveKindOptions): ClipKind {
  const { now, timeZone } = options;

  return {
    kind: 'openpilot',
    noun: 'a drive',

    async find(name, asker) {
      const found = await options.find(name, asker);
      return found && { id: found.drive.id, name: found.drive.route, request: found.request };
    },

    async accept(request, sources: readonly NamedPart[]): Promise<Accepted> {
      const [source, ...more] = sources;
      const drive = source && (await options.get(source.id));
      if (!drive) throw gone();
      if (more.length > 0)
        throw new UserError('A clip is made of one drive.', 'Make one clip of each.', {
          code: 'invalid',
          fields: { sources: 'are several drives' },
        });
      const known = await learned(drive);
      const ranges = rangesOf(request, known ?? drive, source.request);
      // What cannot be is said at once, not by a clip that fails.
      if (known) planDrive(request, ranges, await planned(known));
      const row = await options.sourceOf(drive.source_id);
      return {
        plan: { drive: drive.id, ranges },
        title: await titleOf(drive, ranges),
        privateTo: row ? privateTo(row) : null,
      };
    },

    async plan(clip, given): Promise<Planning> {
      const { drive: id, ranges } = Plan.parse(given);
      const drive = await options.get(id);
      if (!drive) return { state: 'failed', error: 'The drive is not there any more.' };
      try {
        const known = await options.learn(drive);
        const request = ClipRequest.parse(clip.request);
        const plan = planDrive(request, ranges, await planned(known));
        const fileName = `${await titleOf(known, ranges)}.mp4`;
        return { state: 'ready', payload: payloadFor(known, plan, request.limits, fileName), seconds: plan.seconds };
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
        if (now() - clip.created_at.getTime() > PATIENCE_MS) return { state: 'failed', error: error.message };
        return {
          state: 'later',
          afterMs: Math.max(2000, error.retryAfterMs),
          stage: 'Waiting for the server of the drive',
        };
      }
    },

    async sign(inputs) {
      const signed: SignedInput[] = [];
      for (const { ref } of inputs) {
        const { drive: id, minute, file } = Reference.parse(ref);
        const drive = await options.get(id);
        if (!drive) throw gone();
        signed.push(await options.store.url({ drive, minute, file: file as DriveFile }));
      }
      return signed;
    },
  };

  /** Its files, as far as that does not keep anybody waiting. */
  async function learned(drive: DriveSeen): Promise<DriveRow | undefined> {
    try {
      return await options.learn(drive);
    } catch (error) {
      if (error instanceof Unavailable) return undefined;
      throw error;
    }
  }

  async function planned(drive: DriveRow): Promise<PlanDrive> {
    const source = await options.sourceOf(drive.source_id);
    const folder = source && DriveSettingsRow.parse(source.settings).from.type === 'folder';
    const { route, duration_ms: length, minutes } = drive;
    return { route, length: length / 1000, minutes, keeper: folder ? 'folder' : 'api' };
  }

  async function titleOf(drive: DriveRow, ranges: readonly DriveRange[]): Promise<string> {
    const source = await options.sourceOf(drive.source_id);
    const start = drive.start_at + Math.min(...ranges.map((range) => range.start)) * 1000;
    return fileNameOf([source?.name ?? 'Drive'], start, timeZone).replace(/\.mp4$/, '');
  }
}

/**
 * Seconds of the drive: as the request says, or as the address does.
 * @throws UserError naming the range that cannot be
 */
export function rangesOf(
  request: Pick<ClipRequest, 'ranges'>,
  drive: Pick<DriveRow, 'start_at' | 'start_known' | 'duration_ms' | 'minutes'>,
  named: RouteRequest | undefined,
): DriveRange[] {
  if (request.ranges.length === 0) {
    const part = partOf(named, drive);
    if (part) return [part];
    throw new UserError(
      'It is not said which part of the drive is wanted.',
      'Give a range in seconds, such as a start of 90 and a length of 30, or an address that names them.',
      { code: 'invalid', fields: { ranges: 'at least one is needed' } },
    );
  }
  return request.ranges.map((range, at) => {
    const name = request.ranges.length === 1 ? 'The range' : `Range ${at + 1}`;
    const secondsAt = (position: string | number): number => {
      const offset = offsetOf(position);
      if (offset !== undefined) return offset;
      const wall = resolveMoment(String(position), Number.NaN);
      if (!Number.isFinite(wall))
        throw new UserError(
          `${name} has a time that cannot be read for a drive.`,
          'Count from its start: 90, or 1:30.',
          { code: 'invalid', fields: { ranges: 'cannot be read' } },
        );
      if (!drive.start_known)
        throw new UserError(
          `${name} names a time of day, but when this drive began is not known for certain.`,
          'Count from its start: 90, or 1:30.',
          { code: 'invalid', fields: { ranges: 'count from its start' } },
        );
      return (wall - drive.start_at) / 1000;
    };
    const start = secondsAt(range.start);
    const end = range.end === undefined ? start + (range.length ?? 0) : secondsAt(range.end);
    if (start < 0)
      throw new UserError(`${name} begins before the drive.`, 'Choose a later start.', {
        code: 'invalid',
        fields: { ranges: 'begins before the drive' },
      });
    return { start, end };
  });
}

function partOf(
  named: RouteRequest | undefined,
  drive: Pick<DriveRow, 'start_at' | 'duration_ms' | 'minutes'>,
): DriveRange | undefined {
  if (!named) return undefined;
  if (named.kind === 'time')
    return { start: (named.start - drive.start_at) / 1000, end: (named.end - drive.start_at) / 1000 };
  return secondsOf(named.span, Math.ceil(drive.duration_ms / 60_000)) ?? undefined;
}

function payloadFor(drive: DriveRow, plan: DrivePlan, limits: ClipRequest['limits'], fileName: string): JobPayload {
  return payloadOf({
    kind: 'openpilot',
    params: plan.params,
    inputs: plan.inputs.map(({ name, minute, file, bytes }) => ({
      name,
      source: drive.source_id,
      ref: { drive: drive.id, minute, file },
      ...(bytes > 0 ? { bytes } : {}),
    })),
    limits,
    fileName,
    content: plan.inputs.map(({ minute, file, bytes, changed }) => ({
      route: drive.route,
      minute,
      file,
      bytes,
      changed,
    })),
  });
}

function gone(): UserError {
  return new UserError('The drive is not there any more.', 'See the list of drives.', { code: 'not-found' });
}
