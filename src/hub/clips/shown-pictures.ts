/** The newest picture of what each job is drawing, as its worker showed it; in memory, for as long as it runs. */
import { UserError } from '../../base/errors.ts';

interface Shown {
  /** Which of the job's pictures it is. */
  readonly number: number;
  readonly jpeg: Buffer;
}

/** Each has 300 KB at most; those of jobs that began first go. */
const MOST = 50;

export class ShownPictures {
  readonly #shown = new Map<string, Shown>();

  /** @throws UserError when it is no JPEG */
  put(jobId: string, jpeg: Buffer): void {
    if (jpeg.length < 4 || jpeg.readUInt16BE(0) !== 0xffd8)
      throw new UserError('This is no JPEG.', 'Send a JPEG.', { code: 'invalid' });
    const number = (this.#shown.get(jobId)?.number ?? 0) + 1;
    this.#shown.set(jobId, { number, jpeg });
    for (const oldest of this.#shown.keys()) {
      if (this.#shown.size <= MOST) break;
      this.#shown.delete(oldest);
    }
  }

  of(jobId: string | null): Shown | undefined {
    return jobId === null ? undefined : this.#shown.get(jobId);
  }

  forget(jobId: string): void {
    this.#shown.delete(jobId);
  }
}
