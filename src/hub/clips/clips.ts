/**
 * Clips: asked for, listed, cancelled, deleted. What is stored of them is in the catalog; the work is a job in the queue.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { messageOf, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { BlobStore } from '../../blobs/store.ts';
import {
  type ClipChange,
  changeClip,
  clipsOfJob,
  clipsOfKey,
  countOpenClips,
  createClip,
  deleteClip,
  findClip,
  listClips,
  openClips,
} from '../../catalog/clips.ts';
import { retrying } from '../../catalog/connection.ts';
import type { ClipResultRow, ClipRow, Database, JobRow } from '../../catalog/tables.ts';
import type { Account } from '../../contract/account.ts';
import { type Clip, ClipRequest } from '../../contract/clip.ts';
import type { HubEvent } from '../../contract/system.ts';
import type { Audience } from '../server/events.ts';
import type { ClipKind, Named } from './kind.ts';
import { JobPayload } from './payload.ts';
import type { ShownPictures } from './shown-pictures.ts';

/** The queue as clips need it. */
export interface ClipQueue {
  find(id: string): Promise<JobRow | undefined>;
  cancel(id: string): Promise<JobRow | undefined>;
  forget(id: string): Promise<void>;
  onChange(listener: (job: JobRow) => void): () => void;
}

export interface ClipsOptions {
  readonly db: Kysely<Database>;
  readonly queue: ClipQueue;
  readonly blobs: Pick<BlobStore, 'delete' | 'stat'>;
  readonly events: { publish(event: HubEvent, audience?: Audience): void };
  /** In this order they are asked what a name means. */
  readonly kinds: readonly ClipKind[];
  /** Of what is being drawn. */
  readonly shown?: Pick<ShownPictures, 'of' | 'forget'>;
  readonly log: Log;
}

/** All that wait are looked at twice a second. */
const MOST_OPEN = 200;

export class Clips {
  readonly #options: ClipsOptions;
  /** Newest state of each job whose clips are not yet up to date; one update at a time for each. */
  readonly #pending = new Map<string, JobRow>();
  readonly #updating = new Map<string, Promise<void>>();
  readonly #inUse = new Map<string, ReadonlySet<string>>();
  #onNew: () => void = () => undefined;
  #stopListening: (() => void) | undefined;
  #stopped = false;

  constructor(options: ClipsOptions) {
    this.#options = options;
  }

  /** Follows the queue, and catches up with what happened while no hub ran. */
  async start(): Promise<void> {
    this.#stopListening = this.#options.queue.onChange((job) => this.#changed(job));
    for (const clip of await openClips(this.#options.db)) {
      const job = clip.job_id === null ? undefined : await this.#options.queue.find(clip.job_id);
      if (job) this.#changed(job);
    }
    await this.settled();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopListening?.();
    await this.settled();
  }

  /** All updates that are under way are in the catalog. */
  async settled(): Promise<void> {
    while (this.#updating.size > 0) await Promise.allSettled(this.#updating.values());
  }

  /** Called when a clip waits to be planned. */
  onNew(listener: () => void): void {
    this.#onNew = listener;
  }

  /** Keys of blobs, and ids of files of cars, that jobs are reading: retention leaves them. */
  get inUse(): ReadonlySet<string> {
    return new Set([...this.#inUse.values()].flatMap((keys) => [...keys]));
  }

  /**
   * @param owner the account that asks; null: a program
   * @throws UserError when a source is unknown or a range cannot be
   */
  async create(request: ClipRequest, createdBy: string | null, owner: string | null = null): Promise<Clip> {
    const { db } = this.#options;
    const [wanted] = [...request.deliver, ...request.notify];
    if (wanted !== undefined)
      throw new UserError(
        `There is no destination called “${wanted}”.`,
        'Leave “deliver” and “notify” empty and download the clip.',
      );
    if ((await countOpenClips(db)) >= MOST_OPEN)
      throw new UserError(
        `${MOST_OPEN} clips are waiting already.`,
        'Wait until some are ready, or cancel those that are not needed.',
        { code: 'too-many' },
      );
    const { kind, sources } = await this.#named(request.sources, owner);
    const accepted = await kind.accept(request, sources);
    const only = accepted.privateTo ?? null;
    const plan = { ...accepted.plan, kind: kind.kind, ...(only === null ? {} : { privateTo: only }) };
    const title = request.overlays.title ?? accepted.title;
    const row = await createClip(db, { id: randomUUID(), title, request, plan, createdBy, owner });
    this.#tell(row);
    this.#onNew();
    return this.#clipOf(row);
  }

  /** What the names of a request stand for; all of one kind. @throws UserError */
  async #named(names: readonly string[], asker: string | null): Promise<{ kind: ClipKind; sources: readonly Named[] }> {
    const { kinds } = this.#options;
    let kind: ClipKind | undefined;
    const sources: Named[] = [];
    for (const name of names) {
      let found: Named | undefined;
      for (const one of kind ? [kind, ...kinds.filter((other) => other !== kind)] : kinds) {
        found = await one.find(name, asker);
        if (!found) continue;
        if (kind && kind !== one)
          throw new UserError(
            `A clip is made of ${kind.noun} or of ${one.noun}, not of both.`,
            'Make one clip of each.',
            { code: 'invalid', fields: { sources: 'are of different kinds' } },
          );
        kind = one;
        break;
      }
      if (!found)
        throw new UserError(
          `There is no ${kinds.map((one) => one.noun.replace(/^an? /, '')).join(' or ')} called “${name.slice(0, 100)}”.`,
          kinds.length > 1 ? 'See the lists of cameras, drives, cars and replays.' : 'See the list of cameras.',
          { code: 'not-found' },
        );
      if (!sources.some((source) => source.id === found.id)) sources.push(found);
    }
    if (!kind) throw new TypeError('a request without a source has come through');
    return { kind, sources };
  }

  /** Those that this account may see. @param asker null: a program */
  async list(limit: number, asker: string | null): Promise<Clip[]> {
    return (await listClips(this.#options.db, limit, asker)).map((row) => this.#clipOf(row));
  }

  /** @throws UserError `not-found` */
  async get(id: string, asker: string | null): Promise<Clip> {
    return this.#clipOf(await this.#seen(id, asker));
  }

  /** Where the finished file is. @throws UserError `not-found`, or `conflict` while there is none */
  async file(id: string, asker: string | null): Promise<ClipResultRow> {
    const row = await this.#seen(id, asker);
    if (row.result) return row.result;
    const why =
      row.state === 'failed'
        ? 'It could not be made.'
        : row.state === 'cancelled'
          ? 'It was cancelled.'
          : 'It is not ready yet.';
    throw new UserError(`This clip has no file. ${why}`, 'Look at the clip’s state.', { code: 'conflict' });
  }

  /**
   * A viewer takes back what that account has asked for; an admin, and a program that may do what an admin may, everything.
   * @throws UserError `not-found`, `forbidden`
   */
  async mayTakeBack(id: string, user: Account | undefined): Promise<void> {
    const row = await this.#seen(id, user?.id ?? null);
    if (user === undefined || user.role === 'admin') return;
    if (row.owner === user.id) return;
    throw new UserError(
      `This clip is ${row.created_by === null ? 'not yours' : `${row.created_by}’s`}.`,
      'Ask who has made it, or an admin, to remove it.',
      { code: 'forbidden' },
    );
  }

  /** Stops a clip that waits or runs; a finished one stays as it is. @throws UserError `not-found` */
  async cancel(id: string): Promise<Clip> {
    const row = await this.#row(id);
    const cancelled = await this.change(row.id, { state: 'cancelled', stage: '' });
    if (!cancelled) return this.#clipOf(await this.#row(id));
    if (cancelled.job_id !== null) await this.#cancelJob(cancelled.job_id);
    return this.#clipOf(cancelled);
  }

  /** Removes the clip, and its file unless another clip shares it. @throws UserError `not-found` */
  async delete(id: string): Promise<void> {
    const { db, blobs, queue, events } = this.#options;
    const row = await this.#row(id);
    if (row.state === 'waiting' || row.state === 'running') await this.cancel(id);
    const key = row.result?.key;
    if (key !== undefined && (await clipsOfKey(db, key)).every((other) => other.id === row.id)) {
      // First nobody may find the result any more, then it goes; a crash in between leaves a clip that can be deleted again.
      if (row.job_id !== null) await queue.forget(row.job_id);
      await blobs.delete(key);
    }
    await deleteClip(db, row.id);
    events.publish({ type: 'clip-deleted', id: row.id });
  }

  /** Changes an unfinished clip and tells everybody. */
  async change(id: string, change: ClipChange): Promise<ClipRow | undefined> {
    const row = await changeClip(this.#options.db, id, change);
    if (row) this.#tell(row);
    return row;
  }

  /** A clip has got its job, new or shared: takes over how far it is. */
  async follow(clipId: string, job: JobRow): Promise<void> {
    if (!(await this.change(clipId, { jobId: job.id }))) return this.#cancelJob(job.id);
    // A shared job may have ended before the clip was known to be of it: then nobody has told this clip.
    this.#changed((await this.#newest(job.id)) ?? job);
    await this.#updating.get(job.id);
  }

  async #newest(jobId: string): Promise<JobRow | undefined> {
    try {
      return await retrying(() => this.#options.queue.find(jobId));
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      this.#options.log.warn('How far a job is could not be asked.', { job: jobId, error: error.message });
      return undefined;
    }
  }

  #changed(job: JobRow): void {
    if (job.state !== 'running') this.#options.shown?.forget(job.id);
    this.#note(job);
    this.#pending.set(job.id, job);
    if (this.#updating.has(job.id)) return;
    const update = this.#update(job.id)
      .catch((error: unknown) => {
        this.#options.log.error('What became of a job could not be noted with its clips.', {
          job: job.id,
          error: messageOf(error),
        });
      })
      .finally(() => this.#updating.delete(job.id));
    this.#updating.set(job.id, update);
  }

  /** While the database is away the newest state waits here; nobody is left with a clip that never ends. */
  async #update(jobId: string): Promise<void> {
    for (;;) {
      const job = this.#pending.get(jobId);
      if (!job) return;
      this.#pending.delete(jobId);
      try {
        const change = changeFor(job);
        for (const clip of await clipsOfJob(this.#options.db, jobId)) await this.change(clip.id, change);
      } catch (error) {
        if (!(error instanceof Unavailable) || this.#stopped) throw error;
        if (!this.#pending.has(jobId)) this.#pending.set(jobId, job);
        await sleep(error.retryAfterMs);
      }
    }
  }

  /** Which files the job reads. */
  #note(job: JobRow): void {
    if (job.state !== 'waiting' && job.state !== 'running') {
      this.#inUse.delete(job.id);
      return;
    }
    if (this.#inUse.has(job.id)) return;
    const payload = JobPayload.safeParse(job.payload);
    if (!payload.success) return;
    // Of what is no blob: whatever its kind finds it by.
    const keys = payload.data.inputs.flatMap((input) =>
      'key' in input ? [input.key] : Object.values(input.ref).map(String),
    );
    this.#inUse.set(job.id, new Set(keys));
  }

  async #cancelJob(jobId: string): Promise<void> {
    const others = await clipsOfJob(this.#options.db, jobId);
    if (others.some((clip) => clip.state === 'waiting' || clip.state === 'running')) return;
    await this.#options.queue.cancel(jobId);
  }

  async #row(id: string): Promise<ClipRow> {
    const row = await findClip(this.#options.db, id);
    if (!row) throw new UserError('There is no such clip.', 'It may have been deleted.', { code: 'not-found' });
    return row;
  }

  async #seen(id: string, asker: string | null): Promise<ClipRow> {
    const row = await this.#row(id);
    const only = onlyFor(row);
    if (only === undefined || only === asker) return row;
    throw new UserError('There is no such clip.', 'It may have been deleted.', { code: 'not-found' });
  }

  /** The picture that is being drawn. @throws UserError `not-found` when there is none just now */
  async picture(id: string, asker: string | null): Promise<Buffer> {
    const { job_id: job } = await this.#seen(id, asker);
    const shown = this.#options.shown?.of(job);
    if (shown) return shown.jpeg;
    throw new UserError('There is no picture of this clip just now.', 'Look at the clip’s state.', {
      code: 'not-found',
    });
  }

  /** A worker has shown what it draws: those who look are told. */
  async pictureShown(jobId: string): Promise<void> {
    for (const clip of await clipsOfJob(this.#options.db, jobId)) if (clip.state === 'running') this.#tell(clip);
  }

  #clipOf(row: ClipRow): Clip {
    const shown = row.state === 'running' ? this.#options.shown?.of(row.job_id) : undefined;
    return clipOf(row, shown?.number ?? null);
  }

  #tell(row: ClipRow): void {
    const only = onlyFor(row);
    this.#options.events.publish({ type: 'clip', clip: this.#clipOf(row) }, only === undefined ? undefined : { only });
  }
}

function changeFor(job: JobRow): ClipChange {
  switch (job.state) {
    case 'waiting':
      return { state: 'waiting', progress: 0, stage: job.stage === '' ? 'Waiting for a worker' : job.stage };
    case 'running':
      return { state: 'running', progress: job.progress, stage: job.stage === '' ? 'Starting' : job.stage };
    case 'done':
      return { state: 'done', progress: 1, stage: '', error: null, result: job.result as ClipResultRow | null };
    case 'failed':
      return { state: 'failed', stage: '', error: job.error ?? 'The clip could not be made.' };
    case 'cancelled':
      return { state: 'cancelled', stage: '' };
  }
}

/** As the API says it. @param picture number of what is being drawn */
function clipOf(row: ClipRow, picture: number | null): Clip {
  const result = row.result;
  return {
    id: row.id,
    title: row.title,
    request: ClipRequest.parse(row.request),
    state: row.state,
    progress: Math.min(1, Math.max(0, row.progress)),
    stage: row.stage,
    error: row.error,
    createdAt: row.created_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    createdBy: row.created_by,
    picture,
    result: result
      ? {
          bytes: result.bytes,
          duration: result.duration,
          width: result.width,
          height: result.height,
          sha256: result.sha256,
          fileName: result.fileName,
          notes: result.notes ?? [],
        }
      : null,
  };
}

/** The only account that may see it. */
function onlyFor({ plan }: ClipRow): string | undefined {
  const only = plan !== null && typeof plan === 'object' && 'privateTo' in plan ? plan.privateTo : undefined;
  return typeof only === 'string' ? only : undefined;
}
