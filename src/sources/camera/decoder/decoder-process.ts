/**
 * The recorder's side of its decoder child: started when something is to be decoded, ended when nothing was for a while, killed when it
 * hangs or eats memory. It asks for the next order only when the child can take one, so nothing old is ever queued.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { entry } from '../../../base/entry.ts';
import { withoutSecrets } from '../../../base/environment.ts';
import type { Log } from '../../../base/log.ts';
import type { DecoderAnswer, DecoderOrder, ToDecoder } from './messages.ts';

/** One stream that has pictures to decode. */
export interface DecoderClient {
  readonly stream: number;
  /** Somebody waits for it. */
  readonly urgent: boolean;
  /** What is to be done now; undefined when there is nothing. @param generation of the child: another one knows nothing of what was decoded before */
  nextOrder(generation: number): DecoderOrder | undefined;
  answered(answer: DecoderAnswer): void;
}

export interface DecoderTimes {
  /** No answer for this long ends the child. */
  readonly hangMs: number;
  /** Nothing to do for this long ends it too. */
  readonly idleMs: number;
}

const TIMES: DecoderTimes = { hangMs: 8000, idleMs: 60_000 };
/** Orders in the child. A second one that is there already would save a fifth of a millisecond, and cost who waits for a picture 20. */
const MOST_SENT = 1;
const MOST_MEMORY = 1_500_000_000;
const WATCH_MS = 500;
/** After a child has died over it, a stream is left alone for so long, doubled each time. */
const PUNISH_MS = 1000;
const MOST_PUNISH_MS = 60_000;

interface Child {
  readonly process: ChildProcess;
  readonly sent: DecoderClient[];
  heard: number;
}

export class DecoderProcess {
  readonly #log: Log;
  readonly #times: DecoderTimes;
  readonly #waiting = new Set<DecoderClient>();
  readonly #punished = new Map<number, { until: number; ms: number }>();
  #child: Child | undefined;
  #generation = 0;
  #watch: NodeJS.Timeout | undefined;
  #closed = false;
  #restartAt = 0;

  constructor(log: Log, times: Partial<DecoderTimes> = {}) {
    this.#log = log;
    this.#times = { ...TIMES, ...times };
  }

  /** Of the child that runs now; 0 while none does. */
  get pid(): number {
    return this.#child?.process.pid ?? 0;
  }

  /** The client has something to do; it is asked for it when its turn has come. */
  wake(client: DecoderClient): void {
    if (this.#closed) return;
    this.#waiting.add(client);
    this.#pump();
  }

  /** The client is gone. */
  forget(client: DecoderClient): void {
    this.#waiting.delete(client);
    this.#punished.delete(client.stream);
    this.#send({ forget: client.stream });
  }

  close(): void {
    this.#closed = true;
    this.#waiting.clear();
    this.#end('closed');
  }

  #pump(): void {
    const now = performance.now();
    while (this.#waiting.size > 0 && (this.#child?.sent.length ?? 0) < MOST_SENT) {
      const client = this.#next(now);
      if (client === undefined || (this.#child === undefined && now < this.#restartAt)) {
        this.#pumpLater();
        return;
      }
      this.#waiting.delete(client);
      this.#child ??= this.#start();
      const child = this.#child;
      const order = client.nextOrder(this.#generation);
      if (order === undefined) continue;
      if (child.sent.length === 0) child.heard = now;
      child.sent.push(client);
      this.#send(order);
    }
  }

  /** Who waits for a picture goes first; of equals, the one that has waited longest. */
  #next(now: number): DecoderClient | undefined {
    let first: DecoderClient | undefined;
    for (const client of this.#waiting) {
      if (this.#child?.sent.includes(client) === true || now < (this.#punished.get(client.stream)?.until ?? 0))
        continue;
      if (client.urgent) return client;
      first ??= client;
    }
    return first;
  }

  #pumpLater(): void {
    this.#watch ??= setInterval(() => this.#look(), WATCH_MS).unref();
  }

  #start(): Child {
    this.#generation += 1;
    const process_ = fork(entry(import.meta.url, '../decoder.main'), [], {
      serialization: 'advanced',
      execArgv: ['--disable-warning=ExperimentalWarning', '--max-old-space-size=256'],
      // Memory of FFmpeg's threads stays small with few arenas.
      env: { ...withoutSecrets(process.env), MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '1' },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const child: Child = { process: process_, sent: [], heard: performance.now() };
    process_.on('message', (answer: DecoderAnswer) => {
      if (this.#child !== child) return;
      child.heard = performance.now();
      const client = child.sent.shift();
      this.#punished.delete(answer.stream);
      client?.answered(answer);
      this.#pump();
    });
    process_.on('error', (error) => this.#lost(child, error.message));
    process_.on('exit', (code, signal) => this.#lost(child, `it ended with ${signal ?? code}`));
    this.#pumpLater();
    this.#log.debug('decoder has started', { decoder: process_.pid });
    return child;
  }

  /** Each half second while there is a child, or somebody waits for one. */
  #look(): void {
    const child = this.#child;
    const now = performance.now();
    if (child === undefined) {
      clearInterval(this.#watch);
      this.#watch = undefined;
      this.#pump();
      return;
    }
    const quiet = now - child.heard;
    if (child.sent.length > 0 && quiet > this.#times.hangMs) this.#lost(child, 'it got stuck on a picture');
    else if (child.sent.length > 0 && residentBytes(child.process) > MOST_MEMORY)
      this.#lost(child, 'it needed too much memory');
    else if (child.sent.length === 0 && this.#waiting.size === 0 && quiet > this.#times.idleMs) this.#end('idle');
    else this.#pump();
  }

  /** The stream it worked on is to blame; the others only wait a little longer. */
  #lost(child: Child, reason: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#restartAt = performance.now() + 200;
    child.process.kill('SIGKILL');
    const [culprit, ...others] = child.sent;
    if (culprit !== undefined) {
      const ms = Math.min(MOST_PUNISH_MS, 2 * (this.#punished.get(culprit.stream)?.ms ?? PUNISH_MS / 2));
      this.#punished.set(culprit.stream, { until: performance.now() + ms, ms });
      this.#log.warn('the decoder has died; pictures come late, footage is not touched', { reason, retryMs: ms });
      culprit.answered({ stream: culprit.stream, failed: `the decoder has died over it: ${reason}` });
    }
    for (const client of others)
      client.answered({ stream: client.stream, failed: 'the decoder has been started anew' });
    this.#pumpLater();
  }

  #end(why: string): void {
    const child = this.#child;
    this.#child = undefined;
    clearInterval(this.#watch);
    this.#watch = undefined;
    if (child === undefined) return;
    this.#log.debug('decoder has ended', { why });
    child.process.kill('SIGKILL');
  }

  #send(message: ToDecoder): void {
    const child = this.#child?.process;
    // A child that is just dying cannot be told anything; its `exit` says the rest.
    if (child?.connected === true) child.send(message, () => undefined);
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
