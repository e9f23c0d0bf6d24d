/** Chunk processes side by side, one for each core: tasks are given to whoever is free. Loads nothing native. */
import { availableParallelism } from 'node:os';
import { messageOf } from '../../base/errors.ts';
import { CodecDied, NativeProcess } from '../codec/native-process.ts';
import type { ChunkTask, Opened } from './chunk-task.ts';

export interface PoolOptions {
  /** The kind's entry file. */
  readonly entry: string;
  /** What it opens its scene with: plain JSON. */
  readonly work: unknown;
  /** How errors call it. */
  readonly name: string;
  readonly signal: AbortSignal;
  /** Processes; by default one for each core. */
  readonly width?: number;
  readonly silenceMs?: number;
  readonly maxMemory?: number;
}

/** A task is tried so often when its process dies: once by accident, twice because of what it draws. */
const TRIES = 2;
const MAX_MEMORY = 1_200_000_000;

export class ChunkPool {
  private readonly options: PoolOptions;
  private readonly idle: NativeProcess[] = [];
  private readonly all = new Set<NativeProcess>();
  readonly width: number;

  constructor(options: PoolOptions) {
    this.options = options;
    this.width = Math.max(1, options.width ?? availableParallelism());
  }

  /** Opens the scene in a first process and says what it is. */
  async open(): Promise<Opened> {
    const { process, opened } = await this.start();
    this.idle.push(process);
    return opened;
  }

  /** Never more at once than {@link width}; the caller sees to that. @throws what the task failed with */
  async run<Result>(task: ChunkTask, onProgress?: (part: number) => void): Promise<Result> {
    const { name, signal } = this.options;
    for (let attempt = 1; ; attempt++) {
      // Who has been taken from those that wait would be closed by nobody.
      signal.throwIfAborted();
      const process = this.idle.pop() ?? (await this.start()).process;
      try {
        const result = await process.run<Result>(task, name, {
          signal,
          ...(onProgress ? { onProgress: (part: number) => onProgress(part) } : {}),
        });
        this.idle.push(process);
        return result;
      } catch (error) {
        this.all.delete(process);
        if (!(error instanceof CodecDied) || attempt >= TRIES) throw error;
        if (messageOf(error).includes('too much memory')) throw error;
      }
    }
  }

  /** Does all, side by side, in order of the list. @throws the first failure, when the others have ended */
  async each<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
    let next = 0;
    let failed = false;
    const one = async (): Promise<void> => {
      try {
        for (let index = next++; index < items.length && !failed; index = next++) await work(items[index] as Item);
      } catch (error) {
        failed = true;
        throw error;
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: Math.min(this.width, items.length) }, one));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  async close(): Promise<void> {
    await Promise.all([...this.all].map((process) => process.close()));
    this.all.clear();
    this.idle.length = 0;
  }

  private async start(): Promise<{ process: NativeProcess; opened: Opened }> {
    const { entry, work, name, signal, silenceMs = 120_000, maxMemory = MAX_MEMORY } = this.options;
    const process = new NativeProcess(entry, { silenceMs, maxMemory, lean: true });
    this.all.add(process);
    const task: ChunkTask = { do: 'open', work };
    return { process, opened: await process.run<Opened>(task, name, { signal }) };
  }
}
