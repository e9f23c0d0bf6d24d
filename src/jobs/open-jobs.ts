/**
 * What the hub remembers of jobs that wait and that run, so that an idle queue asks the database nothing, and who is to be told
 * when that changes.
 */
import type { JobRow } from '../catalog/tables.ts';

export class OpenJobs {
  readonly #states = new Map<string, 'waiting' | 'running'>();
  readonly #wakers = new Set<() => void>();
  readonly #listeners = new Set<(job: JobRow) => void>();

  has(state: 'waiting' | 'running'): boolean {
    for (const known of this.#states.values()) if (known === state) return true;
    return false;
  }

  get ids(): string[] {
    return [...this.#states.keys()];
  }

  /** Takes up what was there at the start; nobody is told. */
  adopt(id: string, state: 'waiting' | 'running'): void {
    this.#states.set(id, state);
  }

  /** A job changed: notes it, tells it, and wakes those who wait for work. */
  changed(job: JobRow): void {
    if (job.state === 'waiting' || job.state === 'running') this.#states.set(job.id, job.state);
    else this.#states.delete(job.id);
    if (job.state === 'waiting') this.wake();
    for (const listener of this.#listeners) listener(job);
  }

  /** Compares with what the database says; a change whose answer was lost is made good. */
  reconcile(job: JobRow): void {
    const known = this.#states.get(job.id);
    const open = job.state === 'waiting' || job.state === 'running' ? job.state : undefined;
    if (known !== open) this.changed(job);
  }

  /** A job that is remembered and is not in the database any more. */
  drop(id: string): void {
    this.#states.delete(id);
  }

  onChange(listener: (job: JobRow) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  wake(): void {
    for (const waker of [...this.#wakers]) waker();
  }

  /** Until `ms` have gone by, there is new work, or the signal is aborted. */
  wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wakers.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(1, ms));
      this.#wakers.add(done);
      signal?.addEventListener('abort', done);
      if (signal?.aborted) done();
    });
  }
}
