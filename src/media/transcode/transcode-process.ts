/**
 * The worker's side of a converting process: a bounded queue before it, and an eye on it. This file loads nothing native.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { entry } from '../../base/entry.ts';
import { Unavailable } from '../../base/errors.ts';
import type { VideoConfig } from '../access-unit.ts';
import type { CodedPicture, CodedStream, FromTranscoder, ToTranscoder, TranscodeShape } from './messages.ts';

export interface TranscodeEars {
  /** Coding of what follows. */
  begin(config: VideoConfig): void;
  picture(picture: CodedPicture): void;
  /** It cannot go on. Nothing more comes. */
  end(error: Error): void;
}

export interface TranscodeTimes {
  /** A picture that has waited for this long is given up, with all up to the next key frame. */
  readonly lateMs: number;
  /** No answer for this long ends it. */
  readonly hangMs: number;
}

const TIMES: TranscodeTimes = { lateMs: 3000, hangMs: 10_000 };
const MOST_BYTES = 16_000_000;
const MOST_PICTURES = 1000;
/** In the process at a time: the pipe to it shall hold little. */
const MOST_SENT = 3;
/** Left out so often within so long: it does not keep up. */
const MOST_SKIPS = 3;
const SKIPS_WITHIN_MS = 60_000;
const MOST_MEMORY = 1_500_000_000;
const WATCH_MS = 500;

interface Waiting {
  readonly message: ToTranscoder;
  readonly bytes: number;
  readonly since: number;
}

export class TranscodeProcess {
  readonly #shape: TranscodeShape;
  readonly #ears: TranscodeEars;
  readonly #times: TranscodeTimes;
  readonly #child: ChildProcess;
  readonly #watch: NodeJS.Timeout;
  #queue: Waiting[] = [];
  #bytes = 0;
  #sent = 0;
  #heard = performance.now();
  /** Everything up to the next key frame is left out. */
  #skipping = false;
  #skips: number[] = [];
  #closed = false;
  #words = '';

  constructor(shape: TranscodeShape, ears: TranscodeEars, times: Partial<TranscodeTimes> = {}) {
    this.#shape = shape;
    this.#ears = ears;
    this.#times = { ...TIMES, ...times };
    this.#child = fork(entry(import.meta.url, './transcode.main'), [], {
      serialization: 'advanced',
      execArgv: ['--disable-warning=ExperimentalWarning', '--max-old-space-size=256'],
      // Only what the loader needs: nothing of our own environment is of use there.
      env: {
        PATH: process.env.PATH ?? '',
        HOME: process.env.HOME ?? '/',
        MALLOC_ARENA_MAX: '2',
        UV_THREADPOOL_SIZE: '1',
      },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-2000);
    });
    this.#child.on('message', (answer: FromTranscoder) => this.#hear(answer));
    this.#child.on('error', (error) => this.#fail(error));
    this.#child.on('exit', (code, signal) =>
      this.#fail(
        new Error(`the converting process ended with ${signal ?? code}`, { cause: new Error(this.#words.trim()) }),
      ),
    );
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** A new beginning: what waits of the one before is forgotten. */
  begin(stream: CodedStream): void {
    this.#drop();
    // Pictures that are still in the process belong to the stream before.
    this.#skipping = true;
    this.#put({ type: 'begin', stream, shape: this.#shape }, 0);
  }

  push(picture: CodedPicture): void {
    if (this.#closed) return;
    if (this.#isBehind(performance.now())) {
      this.#skipping = true;
      this.#drop();
      this.#noteSkip();
    }
    if (this.#skipping && !picture.key) return;
    this.#put({ type: 'picture', picture, reset: this.#skipping }, picture.data.length);
    this.#skipping = false;
  }

  /** Ends the process. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#watch);
    this.#queue = [];
    this.#child.kill('SIGKILL');
  }

  #put(message: ToTranscoder, bytes: number): void {
    this.#queue.push({ message, bytes, since: performance.now() });
    this.#bytes += bytes;
    this.#pump();
  }

  #pump(): void {
    while (this.#sent < MOST_SENT) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#bytes -= next.bytes;
      if (next.message.type === 'picture') {
        if (this.#sent === 0) this.#heard = performance.now();
        this.#sent += 1;
      }
      // A process that is just dying cannot be told anything; its `exit` says the rest.
      if (this.#child.connected) this.#child.send(next.message, () => undefined);
    }
  }

  #isBehind(now: number): boolean {
    const oldest = this.#queue[0];
    if (oldest === undefined) return false;
    return now - oldest.since > this.#times.lateMs || this.#bytes > MOST_BYTES || this.#queue.length > MOST_PICTURES;
  }

  /** Pictures that wait; how a stream is coded is still told. */
  #drop(): void {
    this.#queue = this.#queue.filter(({ message }) => message.type === 'begin');
    this.#bytes = 0;
  }

  #noteSkip(): void {
    const now = performance.now();
    this.#skips = [...this.#skips.filter((at) => now - at < SKIPS_WITHIN_MS), now];
    if (this.#skips.length >= MOST_SKIPS)
      this.#fail(new Unavailable('The worker does not keep up with this video.', SKIPS_WITHIN_MS));
  }

  #hear(answer: FromTranscoder): void {
    if (this.#closed) return;
    this.#heard = performance.now();
    if (answer.type === 'failed') {
      this.#fail(new Error(answer.message));
      return;
    }
    this.#sent -= 1;
    if (answer.config) this.#ears.begin(answer.config);
    for (const picture of answer.pictures) this.#ears.picture(picture);
    this.#pump();
  }

  #look(): void {
    if (this.#sent === 0) return;
    if (performance.now() - this.#heard > this.#times.hangMs)
      this.#fail(new Error('the converting process got stuck on a picture'));
    else if (residentBytes(this.#child) > MOST_MEMORY)
      this.#fail(new Error('the converting process needed too much memory'));
  }

  #fail(error: Error): void {
    if (this.#closed) return;
    this.close();
    this.#ears.end(error);
  }
}

/** Resident memory from /proc; 0 where that does not exist or the process has gone. */
function residentBytes(child: ChildProcess): number {
  try {
    return Number(readFileSync(`/proc/${child.pid}/statm`, 'utf8').split(' ')[1]) * 4096;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return 0;
    throw error;
  }
}
