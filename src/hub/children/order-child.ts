/**
 * A process that opens what may be hostile, as the hub uses it: it comes when it is needed, does one thing after the other, and is ended when it
 * hangs, grows, or has nothing to do.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { withoutSecrets } from '../../base/environment.ts';
import { InputError, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';

/** What the process answers. `input`: what is in the file; `broken`: a bug or the machine. */
type Answer<Result> =
  | { readonly id: number; readonly result: Result }
  | { readonly id: number; readonly failed: 'input' | 'broken'; readonly name: string; readonly message: string }
  /** It cannot be opened at all; in words. */
  | { readonly id: number; readonly failed: 'refused'; readonly message: string; readonly remedy: string };

export interface OrderChildOptions<Order extends { readonly do: string }> {
  /** Path of its entry; see `base/entry.ts`. */
  readonly entry: string;
  readonly log: Log;
  /** An order that takes longer has failed, and the process with it. */
  readonly patienceMs: (order: Order) => number;
  /** What an order is about, for people. */
  readonly subject: (order: Order) => string;
  /** Resident memory above which the process is ended, bytes. */
  readonly mostBytes: number;
  /** Of V8, MB. */
  readonly heapMb: number;
  readonly idleMs?: number;
}

interface Waiting<Order, Result> {
  readonly order: Order;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

const IDLE_MS = 60_000;
const WATCH_MS = 500;
/** More at once are refused. */
const MOST_WAITING = 500;

/** `Results` names the result of each kind of order. */
export class OrderChild<Order extends { readonly do: keyof Results & string }, Results> {
  readonly #options: OrderChildOptions<Order>;
  readonly #queue: Waiting<Order, Results[keyof Results]>[] = [];
  #current: { id: number; waiting: Waiting<Order, Results[keyof Results]>; timer: NodeJS.Timeout } | undefined;
  #child: ChildProcess | undefined;
  #idle: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #next = 1;
  #closed = false;

  constructor(options: OrderChildOptions<Order>) {
    this.#options = options;
  }

  /**
   * Carries an order out. What somebody waits for goes before what is read by itself.
   * @throws UserError when the process refuses, InputError about what is in the file, Unavailable when it cannot be done just now
   */
  async ask<One extends Order>(order: One, urgent = true): Promise<Results[One['do']]> {
    if (this.#closed) throw new Unavailable('The hub is stopping.', 5000);
    if (this.#queue.length >= MOST_WAITING) throw new Unavailable('Too much is being read just now.', 2000);
    const { promise, resolve, reject } = Promise.withResolvers<Results[keyof Results]>();
    const waiting = { order, resolve, reject };
    if (urgent) this.#queue.unshift(waiting);
    else this.#queue.push(waiting);
    this.#go();
    // The process answers each kind of order with its own kind of result; both sides are ours.
    return (await promise) as Results[One['do']];
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
    const timer = setTimeout(
      () => this.#end(this.#hopeless(waiting.order, 'reading it took too long')),
      this.#options.patienceMs(waiting.order),
    );
    this.#current = { id, waiting, timer };
    child.send({ id, order: waiting.order });
  }

  #start(): ChildProcess {
    const child = fork(this.#options.entry, {
      execPath: process.execPath,
      execArgv: [`--max-old-space-size=${this.#options.heapMb}`],
      env: withoutSecrets(process.env),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child = child;
    child.on('message', (answer: Answer<Results[keyof Results]>) => this.#answered(answer));
    child.on('error', (error) => this.#options.log.warn('a process that reads files failed', { error }));
    child.on('exit', () => {
      if (this.#child !== child) return;
      const { order } = this.#current?.waiting ?? {};
      this.#end(order ? this.#hopeless(order, 'reading it ended the process that did') : new Unavailable('gone', 0));
    });
    this.#watch = setInterval(() => void this.#weigh(child), WATCH_MS).unref();
    return child;
  }

  /** Memory outside of V8 is bounded by nobody else. */
  async #weigh(child: ChildProcess): Promise<void> {
    const statm = await readFile(`/proc/${child.pid}/statm`, 'utf8').catch(() => '');
    const pages = Number(statm.split(' ')[1] ?? 0);
    if (this.#child !== child || pages * 4096 <= this.#options.mostBytes) return;
    const { order } = this.#current?.waiting ?? {};
    this.#end(order ? this.#hopeless(order, 'reading it took too much memory') : new Unavailable('grown', 0));
  }

  #answered(answer: Answer<Results[keyof Results]>): void {
    const current = this.#current;
    if (current?.id !== answer.id) return;
    clearTimeout(current.timer);
    this.#current = undefined;
    if ('result' in answer) current.waiting.resolve(answer.result);
    else if (answer.failed === 'refused') current.waiting.reject(new UserError(answer.message, answer.remedy));
    else if (answer.failed === 'input') current.waiting.reject(new InputError(answer.name, answer.message));
    else {
      this.#options.log.error('A file could not be read.', { order: current.waiting.order.do, error: answer.message });
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

  /** Trying again would not help: it is what is in the file. */
  #hopeless(order: Order, why: string): InputError {
    return new InputError(this.#options.subject(order), why);
  }
}
