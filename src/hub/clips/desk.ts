/**
 * Where workers take jobs and bring results. URLs are signed when a job is taken, and never stored.
 */
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { messageOf, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { redact } from '../../base/redact.ts';
import type { BlobStore } from '../../blobs/store.ts';
import type { ClipResultRow, JobRow } from '../../catalog/tables.ts';
import type { JobComplete, JobOrders, JobProgress, RenderJob, TranscodeJob } from '../../contract/worker.ts';
import type { ClipKind } from './kind.ts';
import { JobPayload, outputKey } from './payload.ts';

type Orders = JobOrders['orders'];

/** The queue as workers need it. */
export interface DeskQueue {
  readonly heartbeatMs: number;
  lease(wanted: {
    worker: string;
    types: readonly string[];
    kinds: readonly string[];
    waitMs: number;
    signal?: AbortSignal;
  }): Promise<{ id: string; attempt: number; type: string; kind: string; payload: Record<string, unknown> } | null>;
  find(id: string): Promise<JobRow | undefined>;
  check(id: string, attempt: number): Promise<Orders>;
  settled(ids: readonly string[]): Promise<string[]>;
  progress(id: string, report: { attempt: number; progress: number; stage: string }): Promise<Orders>;
  complete(id: string, report: { attempt: number; result: object }): Promise<Orders>;
  fail(id: string, report: { attempt: number; error: string; retry: boolean }): Promise<Orders>;
  remove(id: string): Promise<void>;
}

export interface DeskOptions {
  readonly queue: DeskQueue;
  /** Jobs of the type `transcode` are made and ended there. */
  readonly transcodes?: {
    jobFor(leased: { id: string; attempt: number; payload: object }): TranscodeJob | undefined;
    failed(id: string, reason: string): Promise<void>;
  };
  readonly blobs: Pick<BlobStore, 'kind' | 'sign' | 'stat' | 'get' | 'delete'>;
  /** Where pictures of what is being drawn go. */
  readonly shown?: { put(jobId: string, jpeg: Buffer): void; told(jobId: string): Promise<void> };
  /** Who signs inputs that are no blobs. */
  readonly kinds?: readonly Pick<ClipKind, 'kind' | 'sign'>[];
  readonly log: Log;
}

/** Longer than any render may take. */
const URL_MS = 12 * 3_600_000;
/** A result without a size limit. */
const RESULT_BYTES = 50_000_000_000;

export class JobDesk {
  readonly #options: DeskOptions;

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  get heartbeatMs(): number {
    return this.#options.queue.heartbeatMs;
  }

  /** A job with everything that is needed to do it, or null. A job that cannot be read is failed and passed over. */
  async lease(wanted: Parameters<DeskQueue['lease']>[0]): Promise<RenderJob | TranscodeJob | null> {
    const { queue, blobs, log } = this.#options;
    const leased = await queue.lease(wanted);
    if (!leased) return null;
    if (leased.type === 'transcode') {
      const job = this.#options.transcodes?.jobFor(leased);
      // Nobody watches any more.
      if (!job) await queue.remove(leased.id);
      return job ?? null;
    }
    try {
      const payload = JobPayload.parse(leased.payload);
      const inputs = await this.#signed(payload);
      const maxBytes = payload.limits.maxBytes ?? RESULT_BYTES;
      const output = await blobs.sign({
        method: 'PUT',
        key: outputKey(payload.hash, leased.attempt),
        expiresInMs: URL_MS,
        // S3 signs an exact length, which nobody knows yet; it is checked when the job is completed.
        ...(blobs.kind === 'folder' ? { maxBytes } : {}),
      });
      return {
        id: leased.id,
        attempt: leased.attempt,
        type: 'render',
        kind: payload.kind,
        params: payload.params,
        inputs,
        output: { name: 'clip.mp4', url: output.url, method: 'PUT', headers: { ...output.headers } },
        limits: payload.limits,
      };
    } catch (error) {
      log.error('A job cannot be given to a worker.', { job: leased.id, error: storable(messageOf(error)) });
      const retry = error instanceof Unavailable;
      // What people can do something about is told to them.
      const why = error instanceof UserError ? `${error.message} ${error.remedy}`.trim() : undefined;
      const said = storable(why ?? (retry ? messageOf(error) : 'The job could not be prepared.'));
      await queue.fail(leased.id, { attempt: leased.attempt, error: said, retry });
      return null;
    }
  }

  /** Where each input is, for one worker. */
  async #signed(payload: JobPayload): Promise<RenderJob['inputs']> {
    const { blobs, kinds } = this.#options;
    const references = payload.inputs.filter((input) => 'ref' in input);
    const kind = kinds?.find((one) => one.kind === payload.kind);
    const urls = references.length === 0 ? [] : await kind?.sign?.(references);
    if (urls?.length !== references.length) throw new TypeError(`nobody signs the inputs of ${payload.kind} clips`);
    return Promise.all(
      payload.inputs.map(async (input) => {
        if ('ref' in input) {
          const signed = urls[references.indexOf(input)] ?? { url: '' };
          return { name: input.name, ...signed, ...(input.bytes === undefined ? {} : { bytes: input.bytes }) };
        }
        const { name, key, bytes, sha256 } = input;
        const { url } = await blobs.sign({ method: 'GET', key, expiresInMs: URL_MS });
        return { name, url, bytes, sha256 };
      }),
    );
  }

  /** Those jobs that nobody will take again. */
  settled(ids: readonly string[]): Promise<string[]> {
    return this.#options.queue.settled(ids);
  }

  progress(id: string, report: JobProgress): Promise<Orders> {
    return this.#options.queue.progress(id, { ...report, stage: storable(report.stage) });
  }

  /** What a worker is drawing just now. @throws UserError when it is no JPEG */
  async picture(id: string, attempt: number, jpeg: Buffer): Promise<Orders> {
    const orders = await this.#options.queue.check(id, attempt);
    if (orders === 'go-on') {
      this.#options.shown?.put(id, jpeg);
      await this.#options.shown?.told(id);
    }
    return orders;
  }

  /** The result is read back and compared before anybody is told that it is there. */
  async complete(id: string, report: JobComplete): Promise<Orders> {
    const { queue, blobs, log } = this.#options;
    const orders = await queue.check(id, report.attempt);
    if (orders !== 'go-on') return orders;
    const job = await queue.find(id);
    if (job?.type !== 'render') return 'lost';
    if (job.state === 'done') return 'go-on';
    const payload = JobPayload.parse(job.payload);
    const key = outputKey(payload.hash, report.attempt);
    const wrong = await this.#whatIsWrong(key, report.result, payload.limits.maxBytes);
    if (wrong !== undefined) {
      log.warn('The result of a job is not what its worker says.', { job: id, attempt: report.attempt, reason: wrong });
      await blobs.delete(key);
      await queue.fail(id, { attempt: report.attempt, error: wrong, retry: true });
      return 'lost';
    }
    const result: ClipResultRow = { key, ...report.result, fileName: payload.fileName };
    const settled = await queue.complete(id, { attempt: report.attempt, result });
    if (settled !== 'go-on') await blobs.delete(key);
    else for (let attempt = 0; attempt < report.attempt; attempt++) await this.#sweep(outputKey(payload.hash, attempt));
    return settled;
  }

  async fail(id: string, report: { attempt: number; error: string; retry: boolean }): Promise<Orders> {
    const job = await this.#options.queue.find(id);
    if (job?.type === 'transcode') {
      const orders = await this.#options.queue.check(id, report.attempt);
      if (orders === 'go-on') await this.#options.transcodes?.failed(id, storable(report.error));
      return orders;
    }
    // Kept, and shown to people: a worker may well quote the URL that failed.
    const orders = await this.#options.queue.fail(id, { ...report, error: storable(report.error) });
    const payload = JobPayload.safeParse(job?.payload);
    if (orders === 'go-on' && payload.success) await this.#sweep(outputKey(payload.data.hash, report.attempt));
    return orders;
  }

  async #whatIsWrong(
    key: string,
    said: JobComplete['result'],
    maxBytes: number | undefined,
  ): Promise<string | undefined> {
    const info = await this.#options.blobs.stat(key);
    if (!info) return 'The result was not uploaded.';
    if (maxBytes !== undefined && info.bytes > maxBytes)
      return `The result has ${info.bytes} bytes, more than the limit of ${maxBytes}.`;
    if (info.bytes !== said.bytes) return `The result has ${info.bytes} bytes instead of ${said.bytes}.`;
    const { body } = await this.#options.blobs.get(key);
    const hash = createHash('sha256');
    await pipeline(body, hash);
    return hash.digest('hex') === said.sha256 ? undefined : 'The result was damaged on its way.';
  }

  /** What an attempt that failed may have left. */
  async #sweep(key: string): Promise<void> {
    try {
      await this.#options.blobs.delete(key);
    } catch (error) {
      this.#options.log.warn('The result of a failed attempt could not be removed.', { key, error: messageOf(error) });
    }
  }
}

/** A worker's words as they may be kept: no secrets, and no character that PostgreSQL refuses. */
function storable(text: string): string {
  return redact(text.toWellFormed().replaceAll('\0', ''));
}
