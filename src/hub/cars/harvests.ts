/**
 * Harvests that the hub was asked for: each in a process of its own, one for each car.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { basename } from 'node:path';
import { entry } from '../../base/entry.ts';
import { withoutSecrets } from '../../base/environment.ts';
import { UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { SourceRow } from '../../catalog/tables.ts';
import type { CarHarvest, CarHarvestRequest } from '../../contract/car.ts';
import type { FromHarvest, HarvestOrder } from '../../sources/dashcam/harvest/child-messages.ts';
import type { HarvestReport } from '../../sources/dashcam/harvest/harvest.ts';
import { CarSettingsRow } from './settings-row.ts';

export interface CarHarvestsOptions {
  /** @throws UserError `not-found` */
  readonly car: (idOrName: string) => Promise<SourceRow>;
  /** Folder of the library. */
  readonly root: string | undefined;
  readonly isThere: () => Promise<boolean>;
  /** It goes on, or has ended. */
  readonly onChange: (carId: string) => void;
  /** The manifest of the car says something new. */
  readonly onStored: (carId: string) => void;
  /** UTC ms. */
  readonly now: () => number;
  readonly log: Log;
  readonly apartMs?: number;
}

interface Running {
  harvest: CarHarvest;
  child: ChildProcess | undefined;
  ended: Promise<void>;
}

/** Of V8, MB; a harvest takes 150 MB. */
const HEAP_MB = 400;
/** A harvest that does not break off by itself is ended. */
const KILL_MS = 15_000;
const MOST_FAILED = 200;

export class CarHarvests {
  readonly #options: CarHarvestsOptions;
  readonly #harvests = new Map<string, Running>();

  constructor(options: CarHarvestsOptions) {
    this.#options = options;
  }

  /** @throws UserError `conflict` while one goes on */
  async start(car: string, request: CarHarvestRequest): Promise<CarHarvest> {
    const { root, isThere, log, now } = this.#options;
    const row = await this.#options.car(car);
    if (CarSettingsRow.parse(row.settings).from.type !== 'library' || root === undefined)
      throw new UserError(
        'This car is watched where it lies, and has no folder in the library.',
        'Harvest into a car of the library.',
        { code: 'conflict' },
      );
    if (!(await isThere()))
      throw new UserError('The library is not there.', 'Is its disk mounted?', { code: 'library' });
    if (this.#harvests.get(row.id)?.child)
      throw new UserError('A harvest of this car goes on already.', 'Wait for it, or cancel it.', { code: 'conflict' });
    const harvest: CarHarvest = {
      ...{ drive: basename(request.path), state: 'running', progress: 0, stage: 'starting', result: null },
      ...{ startedAt: new Date(now()).toISOString(), endedAt: null, problem: null, remedy: null },
    };
    const child = this.#fork();
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const running: Running = { harvest, child, ended };
    this.#harvests.set(row.id, running);
    log.info('a harvest was begun', { car: row.id, drive: harvest.drive });
    let last: FromHarvest | undefined;
    child.on('message', (message: FromHarvest) => {
      if (message.type !== 'progress') {
        last = message;
        return;
      }
      running.harvest = { ...running.harvest, progress: Math.min(1, message.done), stage: message.stage };
      this.#options.onChange(row.id);
      if (message.stage === 'storing') this.#options.onStored(row.id);
    });
    child.on('error', (error) => log.warn('a harvest could not be started', { error }));
    child.on('exit', () => {
      running.child = undefined;
      running.harvest = afterwards(running.harvest, last, new Date(now()).toISOString());
      const { state, problem } = running.harvest;
      log.info('a harvest has ended', { car: row.id, drive: harvest.drive, state, problem });
      this.#options.onStored(row.id);
      this.#options.onChange(row.id);
      resolve();
    });
    const { path, notInUse, dropParked, again, keys } = request;
    const { apartMs } = this.#options;
    const order: HarvestOrder = {
      ...{ path, library: root, source: row.folder, notInUse, dropParked, again },
      ...(keys === undefined ? {} : { keys }),
      ...(apartMs === undefined ? {} : { apartMs }),
    };
    child.send(order);
    this.#options.onChange(row.id);
    return harvest;
  }

  async of(car: string): Promise<CarHarvest | null> {
    return this.state((await this.#options.car(car)).id);
  }

  state(carId: string): CarHarvest | null {
    return this.#harvests.get(carId)?.harvest ?? null;
  }

  /** Waits until it has ended. */
  async cancel(car: string): Promise<CarHarvest | null> {
    const { id } = await this.#options.car(car);
    await this.#end(this.#harvests.get(id));
    return this.state(id);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#harvests.values()].map((one) => this.#end(one)));
  }

  async #end(running: Running | undefined): Promise<void> {
    if (!running?.child) return;
    running.child.kill('SIGTERM');
    const killing = setTimeout(() => running.child?.kill('SIGKILL'), KILL_MS).unref();
    await running.ended;
    clearTimeout(killing);
  }

  #fork(): ChildProcess {
    return fork(entry(import.meta.url, '../../sources/dashcam/harvest.main'), {
      execPath: process.execPath,
      execArgv: [`--max-old-space-size=${HEAP_MB}`],
      env: withoutSecrets(process.env),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
  }
}

function afterwards(harvest: CarHarvest, last: FromHarvest | undefined, endedAt: string): CarHarvest {
  switch (last?.type) {
    case 'done':
      return { ...harvest, state: 'done', progress: 1, stage: '', endedAt, result: resultOf(last.report) };
    case 'cancelled':
      return { ...harvest, state: 'cancelled', endedAt };
    case 'failed':
      return {
        ...{ ...harvest, state: 'failed', endedAt, problem: last.message },
        remedy: last.known ? last.remedy : 'What was stored is safe: try again.',
      };
    default:
      return {
        ...{ ...harvest, state: 'failed', endedAt, problem: 'The process that harvested has ended unexpectedly.' },
        remedy: 'What was stored is safe: try again.',
      };
  }
}

function resultOf(report: HarvestReport): NonNullable<CarHarvest['result']> {
  const { stored, bytes, copies, known, cut, encrypted, decrypted, closed, dropped, events, held, failed, full } =
    report;
  return {
    ...{ stored, bytes, copies, known, cut, encrypted, decrypted, closed, dropped, events, full },
    held: held.length,
    failed: failed.slice(0, MOST_FAILED).map(({ path, why }) => ({ path, why })),
  };
}
