/**
 * One child process of the hub that is always there: started, found again after the hub died, started again when it dies.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { withoutSecrets } from '../../base/environment.ts';
import type { Log } from '../../base/log.ts';
import { isRunning, startTimeOf } from '../../blobs/running.ts';

/** How the hub finds a child again: `data/run/<role>.json`. */
const Record = z.object({
  id: z.uuid(),
  pid: z.number().int(),
  startTime: z.number(),
  said: z.unknown().optional(),
  /** It was ended because it was not needed any more. */
  retired: z.boolean().optional(),
});
type Record = z.output<typeof Record>;

/** A child that has run this long was well: its next end is a new fault, and it is started again at once. */
const WELL_MS = 4000;

export interface ChildPlan {
  /** Also the name of its log and its record. */
  readonly role: string;
  /** Path of the entry file. */
  readonly entry: string;
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<{ [name: string]: string }>;
  /** What it is told first, over IPC, where no other process can read it. Made anew for each start. */
  readonly hello: (id: string, lastSaid: unknown) => Promise<object>;
  /** Whether the child answers the hello with one message before it counts as ready. */
  readonly answers?: boolean;
  /** Called with that answer; after adoption, with what it answered when it was started. */
  readonly onReady?: (id: string, said: unknown) => void | Promise<void>;
  /** Its process has ended, however that came. */
  readonly onEnd?: (id: string) => void;
}

export interface ChildFolders {
  /** `data/run` */
  readonly run: string;
  /** `data/logs` */
  readonly logs: string;
}

export class Child {
  readonly #plan: ChildPlan;
  readonly #folders: ChildFolders;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #record: Record | undefined;

  constructor(plan: ChildPlan, folders: ChildFolders, log: Log) {
    this.#plan = plan;
    this.#folders = folders;
    this.#log = log.child({ child: plan.role });
  }

  get pid(): number | undefined {
    return this.#record?.pid;
  }

  start(): void {
    this.#running ??= this.#keep();
  }

  /** Asks it to end (SIGTERM), waits, and insists (SIGKILL) after `patienceMs`. */
  async stop(patienceMs = 10_000): Promise<void> {
    this.#stopping.abort();
    const record = this.#record;
    if (record && isRunning(record)) {
      process.kill(record.pid, 'SIGTERM');
      const until = Date.now() + patienceMs;
      while (isRunning(record) && Date.now() < until) await sleep(20);
      if (isRunning(record)) {
        this.#log.warn('did not end in time and is killed');
        process.kill(record.pid, 'SIGKILL');
      }
    }
    await this.#running;
  }

  /** Ends it, and notes that it is not needed: the next hub does not start it before it knows better. Its id stays. */
  async retire(patienceMs?: number): Promise<void> {
    await this.stop(patienceMs);
    if (this.#record) this.#write({ ...this.#record, retired: true });
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stopping;
    let pause = 0;
    const earlier = this.#read();
    if (earlier && isRunning(earlier)) {
      this.#record = earlier;
      this.#log.info('found running from before', { pid: earlier.pid });
      await this.#plan.onReady?.(earlier.id, earlier.said);
      while (isRunning(earlier) && !signal.aborted) await sleep(500, undefined, { signal }).catch(ignoreAbort);
      if (!isRunning(earlier)) this.#plan.onEnd?.(earlier.id);
    }
    while (!signal.aborted) {
      const started = Date.now();
      try {
        await this.#runOnce(earlier?.id ?? this.#record?.id ?? randomUUID(), (this.#record ?? earlier)?.said);
      } catch (error) {
        this.#log.error('could not be started', { error });
      }
      if (signal.aborted) return;
      if (Date.now() - started > WELL_MS) pause = 0;
      this.#log.warn('ended; it is started again', { inMs: pause });
      await sleep(pause, undefined, { signal }).catch(ignoreAbort);
      pause = Math.min(Math.max(pause * 2, 250), 10_000);
    }
  }

  /** Starts it and waits until it has ended. */
  async #runOnce(id: string, lastSaid: unknown): Promise<void> {
    mkdirSync(this.#folders.logs, { recursive: true });
    const output = openSync(join(this.#folders.logs, `${this.#plan.role}.log`), 'a', 0o600);
    let child: ChildProcess;
    try {
      child = fork(this.#plan.entry, [], {
        execArgv: [...(this.#plan.execArgv ?? [])],
        env: { ...withoutSecrets(process.env), ...this.#plan.env },
        stdio: ['ignore', output, output, 'ipc'],
        // Its own process group: Ctrl-C reaches the hub alone, which ends its children in order.
        detached: true,
      });
    } finally {
      closeSync(output);
    }
    const ended = new Promise<void>((resolve, reject) => {
      child.once('exit', (code, signal) => {
        this.#log.info('ended', { code, signal });
        resolve();
      });
      child.once('error', reject);
    });
    const answered = new Promise<unknown>((resolve) => child.once('message', resolve));
    if (child.pid === undefined) return ended;
    const { pid } = child;
    const startTime = startTimeOf(pid) ?? 0;
    this.#write({ id, pid, startTime, said: undefined });
    try {
      await this.#greet(child, { id, pid, startTime }, lastSaid, answered, ended);
    } catch (error) {
      // One that was told nothing is of no use, and would stay beside the next.
      child.kill('SIGKILL');
      await ended;
      throw error;
    }
    this.#log.info('started', { pid: child.pid });
    await ended;
    this.#plan.onEnd?.(id);
  }

  /** Tells it what it needs, and waits for its answer where it gives one. */
  async #greet(
    child: ChildProcess,
    record: Record,
    lastSaid: unknown,
    answered: Promise<unknown>,
    ended: Promise<void>,
  ): Promise<void> {
    const hello = await this.#plan.hello(record.id, lastSaid);
    child.send(hello, (error) => error && this.#log.warn('did not take its first message', { error }));
    if (!this.#plan.answers) return await this.#plan.onReady?.(record.id, undefined);
    const said = await Promise.race([answered, ended]);
    if (said === undefined) return;
    this.#write({ ...record, said });
    await this.#plan.onReady?.(record.id, said);
  }

  #read(): Record | undefined {
    return readRecord(this.#path());
  }

  #write(record: Record): void {
    this.#record = record;
    mkdirSync(this.#folders.run, { recursive: true, mode: 0o700 });
    writeFileSync(`${this.#path()}.new`, JSON.stringify(record), { mode: 0o600 });
    renameSync(`${this.#path()}.new`, this.#path());
  }

  #path(): string {
    return join(this.#folders.run, `${this.#plan.role}.json`);
  }
}

/** Whether an earlier hub has had a child of this role to the end, and whether that was left running. */
export function fromBefore(role: string, folders: Pick<ChildFolders, 'run'>): { readonly runs: boolean } | undefined {
  const record = readRecord(join(folders.run, `${role}.json`));
  return record === undefined || record.retired === true ? undefined : { runs: isRunning(record) };
}

function readRecord(path: string): Record | undefined {
  try {
    return Record.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error && error.name === 'AbortError')) throw error;
}
