/**
 * Live tracks converted by workers: one conversion for each watched track, whoever looks on.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { messageOf, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { pathOf } from '../../contract/client.ts';
import { LIVE_DELTA, LIVE_INIT, LIVE_KEY } from '../../contract/recorder.ts';
import { routes } from '../../contract/routes.ts';
import { type JobOrders, TranscodeHead, type TranscodeJob } from '../../contract/worker.ts';
import { Feed, type ViewerSocket } from '../live/feed.ts';
import { holdsRight, type Right, signRight } from './capability.ts';

/** What is needed of a viewer's socket. */
export interface ConvertedViewer extends ViewerSocket {
  close(code?: number, reason?: string): void;
}

/** The queue as conversions need it. */
export interface TranscodeQueue {
  send(job: {
    readonly type: 'transcode';
    readonly kind: string;
    readonly hash: string;
    readonly payload: object;
  }): Promise<{ job: { readonly id: string } }>;
  check(id: string, attempt: number): Promise<JobOrders['orders']>;
  /** Ends a job, and forgets it. */
  remove(id: string): Promise<void>;
  removeAll(type: string): Promise<void>;
}

export interface TranscodesOptions {
  readonly queue: TranscodeQueue;
  /** The track as it comes from the camera. @returns how to leave */
  readonly watch: (cameraId: string, track: string, viewer: ViewerSocket) => () => void;
  readonly key: Buffer;
  /** UTC ms. */
  readonly now: () => number;
  readonly log: Log;
  /** A track nobody watches any more is converted this much longer. */
  readonly lingerMs?: number;
  /** Without a converted picture for so long, viewers are told that there will be none. */
  readonly patienceMs?: number;
}

interface Conversion {
  readonly name: string;
  readonly key: string;
  readonly cameraId: string;
  readonly track: string;
  readonly feed: Feed;
  readonly viewers: Set<ConvertedViewer>;
  jobId: string | undefined;
  worker: { readonly socket: ConvertedViewer; readonly leave: () => void } | undefined;
  linger: NodeJS.Timeout | undefined;
  patience: NodeJS.Timeout | undefined;
}

const LINGER_MS = 10_000;
const PATIENCE_MS = 10_000;
const RIGHT_MS = 60_000;
/** Far above a key frame of 720p. */
const MOST_PIECE = 4_000_000;
const SHAPE = { width: 1280, height: 720, fps: 15, bitrate: 1_500_000 } as const;
const Payload = z.object({ conversion: z.string() });
const NO_WORKER = 'No worker is free to convert the video.';

export class Transcodes {
  readonly #options: TranscodesOptions;
  readonly #conversions = new Map<string, Conversion>();

  constructor(options: TranscodesOptions) {
    this.#options = options;
  }

  /** What an earlier hub began has no viewers any more. */
  start(): Promise<void> {
    return this.#options.queue.removeAll('transcode');
  }

  /** One viewer. It gets what a viewer of the track gets, or `{"type":"refused","reason"}`, and is closed then. @returns how to leave */
  watch(cameraId: string, track: string, viewer: ConvertedViewer): () => void {
    const name = `${cameraId}/${track}`;
    const conversion = this.#conversions.get(name) ?? this.#begin(name, cameraId, track);
    clearTimeout(conversion.linger);
    conversion.linger = undefined;
    conversion.viewers.add(viewer);
    conversion.feed.join(viewer);
    return () => {
      conversion.feed.leave(viewer);
      if (!conversion.viewers.delete(viewer) || conversion.viewers.size > 0 || !this.#lives(conversion)) return;
      conversion.linger = setTimeout(() => this.#end(conversion), this.#options.lingerMs ?? LINGER_MS).unref();
    };
  }

  /** What a worker needs to do a job that it has taken; undefined when nobody wants it any more. */
  jobFor(leased: {
    readonly id: string;
    readonly attempt: number;
    readonly payload: object;
  }): TranscodeJob | undefined {
    const payload = Payload.safeParse(leased.payload);
    const wanted = [...this.#conversions.values()].find(({ key }) => key === payload.data?.conversion);
    if (wanted === undefined) return undefined;
    wanted.jobId = leased.id;
    const right = { id: leased.id, attempt: leased.attempt, expires: this.#options.now() + RIGHT_MS };
    const signature = signRight(this.#options.key, right);
    const { attempt, expires } = right;
    const url = pathOf(routes.transcodeSocket, { id: leased.id }, { attempt, expires, signature });
    return { id: leased.id, attempt, type: 'transcode', kind: 'camera', url, ...SHAPE };
  }

  /**
   * A worker has opened the socket of its job.
   * @returns what to call with each message of it, and when it has closed
   * @throws UserError `forbidden`
   */
  async connect(
    right: Right & { readonly signature: string },
    socket: ConvertedViewer,
  ): Promise<{ message(data: Buffer, isBinary: boolean): void; closed(): void }> {
    const { queue, key, now } = this.#options;
    const holds = holdsRight(key, right, now()) && (await queue.check(right.id, right.attempt)) === 'go-on';
    const conversion = holds ? this.#ofJob(right.id) : undefined;
    if (conversion === undefined)
      throw new UserError('This address is not, or no longer, good for a conversion.', 'Ask for a new job.', {
        code: 'forbidden',
      });
    const before = conversion.worker;
    before?.leave();
    before?.socket.close(4409, 'replaced');
    const leave = this.#options.watch(conversion.cameraId, conversion.track, {
      get bufferedAmount() {
        return socket.bufferedAmount;
      },
      send: (data) => {
        // The camera is away: its pictures come again by themselves.
        if (typeof data === 'string' && data.startsWith('{"type":"ended"')) conversion.feed.end(reasonIn(data));
        socket.send(data);
      },
    });
    const worker = { socket, leave };
    conversion.worker = worker;
    this.#expect(conversion, 'No picture has come that could be converted.');
    return {
      message: (data, isBinary) => {
        if (conversion.worker === worker) this.#take(conversion, data, isBinary);
      },
      closed: () => {
        leave();
        if (conversion.worker !== worker) return;
        conversion.worker = undefined;
        conversion.feed.end('The worker has gone.');
        if (this.#lives(conversion)) this.#expect(conversion, 'The worker that converted the video has gone.');
      },
    };
  }

  /** A worker gives up. Its viewers are told why; the job is over. */
  async failed(jobId: string, reason: string): Promise<void> {
    const conversion = this.#ofJob(jobId);
    if (conversion) this.#refuse(conversion, `The video could not be converted: ${reason}`);
    else await this.#options.queue.remove(jobId);
  }

  close(): void {
    for (const conversion of [...this.#conversions.values()]) {
      clearTimeout(conversion.linger);
      clearTimeout(conversion.patience);
      conversion.worker?.leave();
    }
    this.#conversions.clear();
  }

  #begin(name: string, cameraId: string, track: string): Conversion {
    const conversion: Conversion = {
      ...{ name, key: randomUUID(), cameraId, track, feed: new Feed(), viewers: new Set<ConvertedViewer>() },
      ...{ jobId: undefined, worker: undefined, linger: undefined, patience: undefined },
    };
    this.#conversions.set(name, conversion);
    this.#expect(conversion, NO_WORKER);
    this.#options.queue
      .send({ type: 'transcode', kind: 'camera', hash: conversion.key, payload: { conversion: conversion.key } })
      .then(
        ({ job }) => {
          conversion.jobId = job.id;
          if (!this.#lives(conversion)) this.#remove(job.id);
        },
        (error: unknown) => {
          this.#options.log.warn('A conversion could not be asked for.', { camera: cameraId, error: messageOf(error) });
          this.#refuse(conversion, 'The conversion could not be begun.');
        },
      );
    return conversion;
  }

  /** Converted pictures have to come soon. */
  #expect(conversion: Conversion, otherwise: string): void {
    clearTimeout(conversion.patience);
    conversion.patience = setTimeout(
      () => this.#refuse(conversion, otherwise),
      this.#options.patienceMs ?? PATIENCE_MS,
    ).unref();
  }

  #take(conversion: Conversion, data: Buffer, isBinary: boolean): void {
    if (!isBinary) {
      const head = headIn(data);
      if (head) conversion.feed.begin(head.mime);
      else this.#foreign(conversion);
      return;
    }
    const kind = data[0];
    const known = kind === LIVE_INIT || kind === LIVE_KEY || kind === LIVE_DELTA;
    if (!known || data.length < 2 || data.length > MOST_PIECE) {
      this.#foreign(conversion);
      return;
    }
    if (kind === LIVE_KEY) clearTimeout(conversion.patience);
    conversion.feed.piece(kind, data.subarray(1));
  }

  #foreign(conversion: Conversion): void {
    this.#options.log.warn('A worker sent what is no converted picture.', { job: conversion.jobId });
    this.#refuse(conversion, 'The worker did not send pictures.');
  }

  #refuse(conversion: Conversion, reason: string): void {
    if (!this.#lives(conversion)) return;
    this.#options.log.info('A live conversion ends.', { camera: conversion.cameraId, reason });
    const text = JSON.stringify({ type: 'refused', reason });
    this.#end(conversion);
    for (const viewer of [...conversion.viewers]) {
      viewer.send(text);
      viewer.close(1000, 'refused');
    }
  }

  #end(conversion: Conversion): void {
    if (!this.#lives(conversion)) return;
    this.#conversions.delete(conversion.name);
    clearTimeout(conversion.linger);
    clearTimeout(conversion.patience);
    const { worker, jobId } = conversion;
    conversion.worker = undefined;
    worker?.leave();
    worker?.socket.close(1000, 'nobody watches');
    if (jobId !== undefined) this.#remove(jobId);
  }

  #remove(jobId: string): void {
    this.#options.queue.remove(jobId).catch((error: unknown) =>
      this.#options.log.warn('A conversion that is over is still in the queue.', {
        job: jobId,
        error: messageOf(error),
      }),
    );
  }

  #lives(conversion: Conversion): boolean {
    return this.#conversions.get(conversion.name) === conversion;
  }

  #ofJob(jobId: string): Conversion | undefined {
    return [...this.#conversions.values()].find((conversion) => conversion.jobId === jobId);
  }
}

function headIn(data: Buffer): TranscodeHead | undefined {
  try {
    return TranscodeHead.safeParse(JSON.parse(data.toString('utf8'))).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function reasonIn(text: string): string {
  return z.object({ reason: z.string() }).safeParse(JSON.parse(text)).data?.reason ?? '';
}
