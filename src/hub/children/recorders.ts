/**
 * The recorders on the hub's own machine: as many as there are cameras for.
 */
import type { Log } from '../../base/log.ts';
import { Child, type ChildFolders, type ChildPlan, fromBefore } from './child.ts';
import { MOST_RECORDERS, type RecorderSetting, recordersWanted } from './recorders-wanted.ts';

export interface RecordersOptions {
  readonly setting: RecorderSetting;
  /** @param number 1, 2, 3 … */
  readonly plan: (number: number) => ChildPlan;
  readonly folders: ChildFolders;
  readonly log: Log;
  /** Cameras that are to be recorded now. */
  readonly cameras: () => number;
  /** Something waits in a spool: a recorder is needed to hand it on, whether there are cameras or not. */
  readonly hasLeftovers: () => Promise<boolean>;
}

const LOOK_EVERY_MS = 500;
/** Without cameras a recorder is kept for a while: the next camera begins at once then, and what is left is handed on. */
const IDLE_MS = 60_000;
/** It hands its cameras over, then finishes what is open. */
const DRAIN_MS = 45_000;

export class Recorders {
  readonly #o: RecordersOptions;
  readonly #children: Child[] = [];
  readonly #ending = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #busyAt = performance.now();

  constructor(options: RecordersOptions) {
    this.#o = options;
  }

  /**
   * Those that an earlier hub had are started before this one can say what there is to record, so that they are ready when it can: what
   * they are told first waits for that. To be called once, before {@link start}.
   */
  startKnown(): void {
    const { setting } = this.#o;
    const known = this.#fromBefore(() => true);
    this.#grow(setting === 'auto' ? known : Math.min(setting, known));
  }

  /** Finds those that run from before, and starts what is wanted. */
  async start(): Promise<void> {
    const { setting, cameras, hasLeftovers } = this.#o;
    let wanted = recordersWanted(setting, cameras(), 0);
    if (wanted === 0 && setting === 'auto' && (await hasLeftovers())) wanted = 1;
    this.#grow(
      Math.max(
        wanted,
        this.#fromBefore(({ runs }) => runs),
      ),
    );
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  get count(): number {
    return this.#children.length;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#children.map((child) => child.stop()), ...this.#ending]);
  }

  /** Starts or ends what has become too few or too many; also by itself, twice a second. */
  look(): void {
    if (this.#timer === undefined) return;
    const { setting, cameras } = this.#o;
    const now = performance.now();
    const number = cameras();
    if (number > 0) this.#busyAt = now;
    const wanted = recordersWanted(setting, number, this.#children.length);
    if (wanted > this.#children.length) this.#grow(wanted);
    // One at a time, so that each finds others to hand its cameras to.
    else if (wanted < this.#children.length && this.#ending.size === 0)
      if (wanted > 0 || setting !== 'auto' || now - this.#busyAt > IDLE_MS) this.#shrink();
  }

  #grow(to: number): void {
    const { plan, folders, log } = this.#o;
    // A place whose last recorder is still ending is not taken before that is over.
    if (this.#ending.size > 0) return;
    while (this.#children.length < to) {
      const child = new Child(plan(this.#children.length + 1), folders, log);
      child.start();
      this.#children.push(child);
    }
  }

  #shrink(): void {
    const child = this.#children.pop();
    if (child === undefined) return;
    this.#o.log.info('A recorder is not needed any more.', { left: this.#children.length });
    const ending = child
      .retire(DRAIN_MS)
      .catch((error: unknown) => this.#o.log.error('A recorder could not be ended.', { error }))
      .finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  /** The highest number of a recorder that an earlier hub had. */
  #fromBefore(counts: (before: { readonly runs: boolean }) => boolean): number {
    let highest = 0;
    for (let number = 1; number <= MOST_RECORDERS; number++) {
      const before = fromBefore(this.#o.plan(number).role, this.#o.folders);
      if (before !== undefined && counts(before)) highest = number;
    }
    return highest;
  }
}
