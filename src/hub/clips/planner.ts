/**
 * Turns waiting clips into jobs, each as its kind says. Works from the catalog's rows, so a restart of the hub changes nothing.
 */
import type { Kysely } from 'kysely';
import { messageOf, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { BlobStore } from '../../blobs/store.ts';
import { openClips } from '../../catalog/clips.ts';
import type { ClipRow, Database, JobRow } from '../../catalog/tables.ts';
import type { Clips } from './clips.ts';
import type { ClipKind } from './kind.ts';
import type { JobPayload } from './payload.ts';

export interface PlannerOptions {
  readonly db: Kysely<Database>;
  readonly clips: Clips;
  readonly kinds: readonly ClipKind[];
  readonly queue: {
    send(job: { type: 'render'; kind: string; hash: string; payload: JobPayload }): Promise<{ job: JobRow }>;
    forget(id: string): Promise<void>;
  };
  readonly blobs: Pick<BlobStore, 'stat'>;
  readonly log: Log;
  /** After a start the recorders need a moment to say what they have open. */
  readonly settleMs?: number;
  readonly everyMs?: number;
}

export class ClipPlanner {
  readonly #options: PlannerOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #ready = false;

  constructor(options: PlannerOptions) {
    this.#options = options;
    options.clips.onNew(() => this.soon());
  }

  start(): void {
    this.#timer = setTimeout(() => {
      this.#ready = true;
      this.soon();
    }, this.#options.settleMs ?? 3000).unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /** Looks at the waiting clips now, and again each half second for as long as any of them waits for footage. */
  soon(): void {
    if (this.#stopped || !this.#ready) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#running = this.#look()
      .catch((error: unknown) => {
        const away = error instanceof Unavailable;
        this.#options.log[away ? 'warn' : 'error']('Waiting clips could not be planned; trying again.', {
          error: messageOf(error),
        });
        return 2000;
      })
      .then((pause) => {
        this.#running = undefined;
        if (this.#stopped) return;
        if (this.#again) {
          this.#again = false;
          this.soon();
        } else if (pause !== undefined) this.#timer = setTimeout(() => this.soon(), pause).unref();
      });
  }

  /** One look at everything that waits. @returns ms until the next one; undefined when nothing waits */
  async #look(): Promise<number | undefined> {
    const { db, everyMs = 500 } = this.#options;
    const waiting = (await openClips(db)).filter((clip) => clip.job_id === null);
    let pause: number | undefined;
    for (const clip of waiting) {
      if (this.#stopped) return undefined;
      const wait = await this.#consider(clip).catch((error: unknown) => this.#fail(clip, error));
      if (wait !== undefined) pause = Math.min(pause ?? Number.POSITIVE_INFINITY, Math.max(wait, everyMs));
    }
    return pause;
  }

  /** One that cannot be planned must not hold up the others. @throws Unavailable: it may be possible later */
  async #fail(clip: ClipRow, error: unknown): Promise<undefined> {
    if (error instanceof Unavailable) throw error;
    this.#options.log.error('A clip cannot be planned.', { clip: clip.id, error });
    const why =
      error instanceof UserError
        ? `${error.message} ${error.remedy}`
        : 'It could not be planned; the hub’s log says why.';
    await this.#options.clips.change(clip.id, { state: 'failed', stage: '', error: why.trim() });
  }

  /** @returns ms after which to look again; undefined when the clip needs no more looking at */
  async #consider(clip: ClipRow): Promise<number | undefined> {
    const { clips, kinds } = this.#options;
    // Clips of before there were drives are all of cameras.
    const name = (clip.plan as { kind?: string } | null)?.kind ?? 'camera';
    const kind = kinds.find((one) => one.kind === name);
    if (!clip.plan || !kind) {
      await clips.change(clip.id, { state: 'failed', error: 'The request was lost. Ask for the clip again.' });
      return undefined;
    }
    const planning = await kind.plan(clip, clip.plan);
    switch (planning.state) {
      case 'later':
        if (clip.stage !== planning.stage) await clips.change(clip.id, { stage: planning.stage });
        return planning.afterMs;
      case 'failed':
        await clips.change(clip.id, { state: 'failed', stage: '', error: planning.error });
        return undefined;
      case 'ready':
        await this.#send(clip, planning.payload, planning.seconds);
        return undefined;
    }
  }

  async #send(clip: ClipRow, payload: JobPayload, seconds: number): Promise<void> {
    const { clips, queue, blobs, log } = this.#options;
    const job = { type: 'render' as const, kind: payload.kind, hash: payload.hash, payload };
    let sent = await queue.send(job);
    if (sent.job.state === 'done' && !(await hasFile(sent.job, blobs))) {
      await queue.forget(sent.job.id);
      sent = await queue.send(job);
    }
    const files = payload.inputs.length;
    log.info('A clip has been planned.', { clip: clip.id, job: sent.job.id, kind: payload.kind, seconds, files });
    await clips.follow(clip.id, sent.job);
  }
}

async function hasFile(job: JobRow, blobs: Pick<BlobStore, 'stat'>): Promise<boolean> {
  const key = (job.result as { key?: string } | null)?.key;
  return key !== undefined && (await blobs.stat(key)) !== undefined;
}
