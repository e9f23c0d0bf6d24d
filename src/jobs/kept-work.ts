/**
 * What is finished of a job, where it outlives the process that made it: in a folder that is named by what the job asks for, not by its attempt. Whoever
 * takes the job again on this machine goes on there; when the job is settled, here or elsewhere, it goes; and it is bounded in bytes and days.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../base/log.ts';
import { takeLock } from '../blobs/lock.ts';
import type { RenderJob } from '../contract/worker.ts';
import { MOST_KEPT } from '../contract/worker.ts';

export interface KeptBounds {
  /** Of all that nobody works on; what was left alone longest goes first. */
  readonly bytes: number;
  readonly days: number;
}

/** The work of one job, held by this process. */
export interface Held {
  readonly folder: string;
  /** @param over nobody will go on with it */
  end(over: boolean): void;
}

const BOUNDS: KeptBounds = { bytes: 10_000_000_000, days: 7 };
const DAY_MS = 86_400_000;
const NAME = /^[0-9a-f]{64}$/;

export class KeptWork {
  private readonly folder: string;
  private readonly log: Log;
  private readonly bounds: KeptBounds;

  /** @param folder its own; made when it does not exist */
  constructor(folder: string, log: Log, bounds: KeptBounds = BOUNDS) {
    this.folder = folder;
    this.log = log;
    this.bounds = bounds;
  }

  /** @returns undefined where another process works on the same, or where what goes into the job is not known for certain */
  take(job: RenderJob): Held | undefined {
    const name = nameOf(job);
    if (name === undefined) return undefined;
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const lock = this.lock(name);
    if (!lock) {
      this.log.info('Another process works on the same; this one begins anew.', { job: job.id });
      return undefined;
    }
    const folder = join(this.folder, name);
    const note = (): void => writeFileSync(this.noteOf(name), job.id, { mode: 0o600 });
    try {
      if (existsSync(folder)) this.log.info('What is finished of the job is gone on with.', { job: job.id });
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      note();
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
    const end = (over: boolean): void => {
      try {
        if (over) this.remove(name);
        // From now on it ages.
        else note();
      } finally {
        lock[Symbol.dispose]();
      }
    };
    return { folder, end };
  }

  /** Ids of the jobs whose work is kept, those first that were worked on last. */
  get jobs(): string[] {
    return this.list()
      .slice(0, MOST_KEPT)
      .flatMap(({ job }) => (job === undefined ? [] : [job]));
  }

  /** These are settled. */
  forget(jobs: readonly string[]): void {
    for (const { name, job } of this.list()) if (job !== undefined && jobs.includes(job)) this.drop(name);
  }

  /** Keeps to the bounds. */
  sweep(now = Date.now()): void {
    let bytes = 0;
    for (const one of this.list()) {
      bytes += one.bytes;
      const old = now - one.at > this.bounds.days * DAY_MS;
      if (old || bytes > this.bounds.bytes || one.job === undefined) this.drop(one.name);
    }
  }

  /** The newest first. */
  private list(): { name: string; job: string | undefined; at: number; bytes: number }[] {
    if (!existsSync(this.folder)) return [];
    return readdirSync(this.folder)
      .filter((name) => NAME.test(name))
      .map((name) => {
        const note = statSync(this.noteOf(name), { throwIfNoEntry: false });
        const job = unlessGone(() => readFileSync(this.noteOf(name), 'utf8'));
        return {
          name,
          job: job === '' ? undefined : job,
          at: note?.mtimeMs ?? 0,
          bytes: unlessGone(() => bytesIn(join(this.folder, name))) ?? 0,
        };
      })
      .sort((a, b) => b.at - a.at);
  }

  /** Unless somebody works on it. */
  private drop(name: string): void {
    const lock = this.lock(name);
    if (!lock) return;
    this.remove(name);
    lock[Symbol.dispose]();
  }

  private remove(name: string): void {
    rmSync(join(this.folder, name), { recursive: true, force: true });
    rmSync(this.noteOf(name), { force: true });
  }

  private lock(name: string): Disposable | undefined {
    const held = new Error('somebody works on it');
    try {
      return takeLock(join(this.folder, `${name}.lock`), () => held);
    } catch (error) {
      if (error === held) return undefined;
      throw error;
    }
  }

  private noteOf(name: string): string {
    return join(this.folder, `${name}.job`);
  }
}

/** Of all that decides how the result looks. @returns undefined where an input has no sum: it may be another one next time */
function nameOf({ kind, params, inputs, limits }: RenderJob): string | undefined {
  if (inputs.some(({ sha256 }) => sha256 === undefined)) return undefined;
  const files = inputs.map(({ name, sha256 }) => [name, sha256]);
  return createHash('sha256')
    .update(JSON.stringify([kind, params, files, limits]))
    .digest('hex');
}

/** @returns undefined where another process has taken it away meanwhile */
function unlessGone<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function bytesIn(folder: string): number {
  const files = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  // One may have been renamed meanwhile.
  return files.reduce(
    (sum, { parentPath, name }) => sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}
