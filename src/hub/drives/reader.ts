/**
 * The process that opens logs and films, as the hub uses it: it comes when it is needed, does one thing after the other, and is ended when it
 * hangs, grows, or has nothing to do.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { entry } from '../../base/entry.ts';
import { withoutSecrets } from '../../base/environment.ts';
import { InputError, Unavailable } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { FromReader, ReaderOrder, ReaderResults, ToReader } from '../../sources/openpilot/reader/messages.ts';

export interface DriveReaderOptions {
  readonly log: Log;
  /** An order that takes longer has failed, and the process with it; by default as each kind of order needs. */
  readonly patienceMs?: number;
  readonly idleMs?: number;
  /** Resident memory above which the process is ended, bytes. */
  readonly mostBytes?: number;
}

interface Waiting {
  readonly order: ReaderOrder;
  readonly resolve: (result: ReaderResults[keyof ReaderResults]) => void;
  readonly reject: (error: Error) => void;
}

const PATIENCE_MS = { summary: 60_000, film: 30_000, poster: 20_000 } as const;
/** More for each log of a drive: one takes a quarter of a second on an idle machine. */
const PATIENCE_A_LOG_MS = 3000;
const IDLE_MS = 60_000;
const MOST_BYTES = 900_000_000;
const WATCH_MS = 500;
/** More at once are refused. */
const MOST_WAITING = 500;

export class DriveReader {
  readonly #options: DriveReaderOptions;
  readonly #queue: Waiting[] = [];
  #current: { id: number; waiting: Waiting; timer: NodeJS.Timeout } | undefined;
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #next = 1;
  #closed = false;

  constructor(options: DriveReaderOptions) {
    this.#options = options;
  }

  /**
   * Carries an order out. What somebody waits for goes before what is read by itself.
   * @throws InputError about what is in the file, Unavailable when it cannot be done just now
   */
  async ask<Order extends ReaderOrder>(order: Order, urgent = true): Promise<ReaderResults[Order['do']]> {
    if (this.#closed) throw new Unavailable('The hub is stopping.', 5000);
    if (this.#queue.length >= MOST_WAITING) throw new Unavailable('Too many drives are being read just now.', 2000);
    const { promise, resolve, reject } = Promise.withResolvers<ReaderResults[keyof ReaderResults]>();
    const waiting = { order, resolve, reject };
    if (urgent) this.#queue.unshift(waiting);
    else this.#queue.push(waiting);
    this.#go();
    // The process answers each kind of order with its own kind of result; both sides are ours.
    return (await promise) as ReaderResults[Order['do']];
  }

  close(): void {
    this.#closed = true;
    const stopping = new Unavailable('The hub is stopping.', 5000);
    this.#end(stopping);
    for (const { reject } of this.#queue.splice(0)) reject(stopping);
  }

  #go(): void {
    if (this.#current || this.#closed) return;
    const waiting = this.#queue.shift();
    clearTimeout(this.#idle);
    if (!waiting) {
      this.#idle = setTimeout(() => this.#end(new Unavailable('idle', 0)), this.#options.idleMs ?? IDLE_MS).unref();
      return;
    }
    const child = this.#child ?? this.#start();
    const id = this.#next++;
    const { order } = waiting;
    const logs = order.do === 'summary' ? order.files.length : 0;
    const patience = this.#options.patienceMs ?? PATIENCE_MS[order.do] + logs * PATIENCE_A_LOG_MS;
    const timer = setTimeout(() => this.#end(hopeless(waiting.order, 'reading it took too long')), patience);
    this.#current = { id, waiting, timer };
    const message: ToReader = { id, order: waiting.order };
    child.send(message);
  }

  #start(): ChildProcess {
    const child = fork(entry(import.meta.url, '../../sources/openpilot/reader.main'), {
      execPath: process.execPath,
      execArgv: ['--max-old-space-size=512'],
      env: withoutSecrets(process.env),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child = child;
    child.on('message', (answer: FromReader) => this.#answered(answer));
    child.on('error', (error) => this.#options.log.warn('the process that reads drives failed', { error }));
    child.on('exit', () => {
      if (this.#child !== child) return;
      const { order } = this.#current?.waiting ?? {};
      this.#end(order ? hopeless(order, 'reading it ended the process that did') : new Unavailable('gone', 0));
    });
    this.#watch = setInterval(() => void this.#weigh(child), WATCH_MS).unref();
    return child;
  }

  /** Memory outside of V8 is bounded by nobody else. */
  async #weigh(child: ChildProcess): Promise<void> {
    const statm = await readFile(`/proc/${child.pid}/statm`, 'utf8').catch(() => '');
    const pages = Number(statm.split(' ')[1] ?? 0);
    if (this.#child !== child || pages * 4096 <= (this.#options.mostBytes ?? MOST_BYTES)) return;
    const { order } = this.#current?.waiting ?? {};
    this.#end(order ? hopeless(order, 'reading it took too much memory') : new Unavailable('grown', 0));
  }

  #answered(answer: FromReader): void {
    const { current } = { current: this.#current };
    if (current?.id !== answer.id) return;
    clearTimeout(current.timer);
    this.#current = undefined;
    if ('result' in answer) current.waiting.resolve(answer.result);
    else if (answer.failed === 'input') current.waiting.reject(new InputError(answer.name, answer.message));
    else {
      this.#options.log.error('A drive could not be read.', { order: current.waiting.order.do, error: answer.message });
      current.waiting.reject(new Unavailable('It could not be read; the hub’s log says why.', 60_000));
    }
    this.#go();
  }

  /** Ends the process; what it was doing has failed, the others go on with a new one. */
  #end(why: Error): void {
    const child = this.#child;
    this.#child = undefined;
    clearTimeout(this.#idle);
    clearInterval(this.#watch);
    child?.kill('SIGKILL');
    const current = this.#current;
    this.#current = undefined;
    if (!current) return;
    clearTimeout(current.timer);
    current.waiting.reject(why);
    if (this.#queue.length > 0) this.#go();
  }
}

/** Trying again would not help: it is what is in the file. */
function hopeless(order: ReaderOrder, why: string): InputError {
  return new InputError(order.do === 'summary' ? 'the logs of this drive' : order.file.name, why);
}
