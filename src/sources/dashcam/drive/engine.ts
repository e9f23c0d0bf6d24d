/**
 * The engine of `vidette drive`. It works in steps, one after the other, each of which says when the next is due: so a test can be its clock. Everything
 * that it knows is found again at its start, from the kernel, the images and the manifest: it may die at any moment.
 */
import { messageOf, UserError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import { type Milliseconds, milliseconds } from '../../../base/units.ts';
import { type Disk, systemDisk } from '../../../blobs/disk.ts';
import { type HarvestReport, ofLibrary } from '../harvest/harvest.ts';
import { removeSnapshots } from '../volume/snapshot.ts';
import { takeCensus } from './census.ts';
import { Detached } from './detached.ts';
import { DRIVE_SWITCHES, type DriveEngine, type DriveStatus, type DriveSwitches } from './drive.ts';
import { ImageShelf } from './image-shelf.ts';
import { Listeners } from './listeners.ts';
import { LiveWatch } from './live-watch.ts';
import { type DriveOptions, type DrivePace, PACE } from './options.ts';
import { Space } from './space.ts';
import { Spool } from './spool.ts';
import { SwapTurn } from './swap-turn.ts';
import { readSwitches, writeSwitches } from './switches.ts';
import { Usb } from './usb.ts';
import { gb, Warnings } from './warnings.ts';

const DAY = 86_400_000;
const SLACK = 1 << 30;
const FAILED_PAUSE = 10_000;

export class Engine implements DriveEngine {
  readonly #options: DriveOptions;
  readonly #pace: DrivePace;
  readonly #log: Log;
  readonly #disk: Disk;
  readonly #images: ImageShelf;
  readonly #warnings: Warnings;
  readonly #listeners: Listeners;
  readonly #usb: Usb;
  readonly #spool: Spool;
  readonly #space: Space;
  readonly #detached: Detached;
  readonly #watch: LiveWatch;
  readonly #swap: SwapTurn;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #switches: DriveSwitches = DRIVE_SWITCHES;
  #turn: Promise<unknown> = Promise.resolve();
  #begun = false;
  #checked: number | undefined;
  #tidied: number | undefined;
  #looked: number | undefined;

  /** @param options the caller holds the lock of the source */
  constructor(options: DriveOptions) {
    const {
      images,
      media = [],
      gadget,
      library,
      source,
      isPushed,
      dropParked,
      log,
      clock,
      disk = systemDisk,
    } = options;
    this.#options = options;
    this.#pace = { ...PACE, ...options.pace };
    this.#log = log;
    this.#disk = disk;
    this.#images = new ImageShelf(images, options.allocate);
    this.#warnings = new Warnings(log);
    this.#listeners = new Listeners(log);
    this.#usb = new Usb(gadget, media, this.#warnings);
    this.#signal = options.signal ? AbortSignal.any([options.signal, this.#stop.signal]) : this.#stop.signal;
    const { floor, free } = options;
    const shared = { images: this.#images, warnings: this.#warnings };
    this.#space = new Space({ ...shared, root: library.root, floor, free });
    this.#spool = new Spool({
      library,
      source,
      room: () => this.#space.measure(),
      recentMs: (options.recentDays ?? 2) * DAY,
      slack: SLACK,
      recorded: (lines) => {
        for (const line of lines) this.#listeners.tell({ line });
      },
      remember: { census: () => takeCensus(this.#images.paths, this.#signal), every: this.#pace.digest },
      log,
      now: clock.now,
      disk,
      signal: this.#signal,
      ...(isPushed ? { isPushed } : {}),
      ...(dropParked === undefined ? {} : { dropParked }),
    });
    const taken = (report: HarvestReport): Promise<void> => this.#told(report);
    const [usb, spool, pace, signal] = [this.#usb, this.#spool, this.#pace, this.#signal];
    this.#detached = new Detached({
      ...shared,
      mode: options.mode,
      usb,
      tools: { spool, disk, root: library.root, log, monotonic: clock.monotonic, signal },
      clock,
      pace,
      taken,
    });
    this.#watch = new LiveWatch({ ...shared, spool, clock, pace, taken, log, signal });
    this.#swap = new SwapTurn({
      ...shared,
      usb,
      clock,
      pace,
      ask: async (within) => {
        if (clock.monotonic() - (this.#checked ?? 0) >= within) await this.#ask();
      },
      swapped: (name) => {
        this.#hold(name);
        this.#looked = undefined;
      },
      signal,
    });
  }

  status(): DriveStatus {
    const { mode, library, source } = this.#options;
    return {
      mode,
      switches: this.#switches,
      gadget: this.#usb.state,
      images: this.#images.statuses(),
      spool: {
        root: library.root,
        source,
        files: this.#spool.files,
        bytes: this.#spool.bytes,
        free: Math.max(0, this.#space.spare),
      },
      lastMinute: this.#spool.lastMinute,
      harvest: this.#watch.harvest,
      warnings: this.#warnings.list,
    };
  }

  subscribe(listener: Parameters<DriveEngine['subscribe']>[0]): () => void {
    return this.#listeners.subscribe(listener);
  }

  set(switches: Partial<DriveSwitches>): Promise<void> {
    return this.#alone(async () => {
      this.#switches = { ...this.#switches, ...switches };
      await writeSwitches(this.#disk, this.#options.switches, this.#switches);
      if (!this.#switches.drive && this.#usb.state.kind === 'attached') await this.#unplug();
    });
  }

  async close(): Promise<void> {
    this.#stop.abort(new UserError('The drive is being stopped.', 'Start it again.', { code: 'stopped' }));
    await this.#turn;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** One step. What fails is in the warnings, and tried again. @returns when the next one is due, ms from now */
  step(): Promise<Milliseconds> {
    return this.#alone(async () => {
      try {
        return milliseconds(await this.#step());
      } catch (error) {
        if (this.#signal.aborted) return milliseconds(0);
        const told = ofLibrary(error, this.#options.library.root);
        const remedy = told instanceof UserError ? ` ${told.remedy}` : '';
        if (!(told instanceof UserError)) this.#log.error('A step of the drive has failed.', { error });
        this.#warnings.set('library', `${messageOf(told)}${remedy}`);
        this.#watch.rest();
        return milliseconds(FAILED_PAUSE);
      }
    });
  }

  /** One thing at a time. */
  #alone<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(act);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #step(): Promise<number> {
    if (!this.#begun) await this.#begin();
    const now = this.#options.clock.monotonic();
    if (this.#checked === undefined || now - this.#checked >= this.#pace.check) {
      await this.#ask();
    }
    if (this.#switches.drive && (this.#usb.state.kind === 'detached' || this.#usb.held === '')) await this.#plug();
    if (this.#options.mode === 'swap' && (await this.#swap.ifDue())) return this.#pace.border;
    if (this.#switches.harvest) {
      const due = this.#looked === undefined ? 0 : this.#looked + this.#pace.look - this.#options.clock.monotonic();
      if (due <= 0) await this.#look();
      if (this.#tidied === undefined || now - this.#tidied >= this.#pace.tidy || this.#space.spare < 0)
        await this.#tidy();
      await this.#detached.some();
    }
    this.#warnings.clear('library');
    if (this.#detached.busy) return 0;
    return Math.max(0, (this.#looked ?? now) + this.#pace.look - this.#options.clock.monotonic());
  }

  /** What was before: a car that has the drive keeps it; one that lost its power has its images read before it gets them back. */
  async #begin(): Promise<void> {
    this.#switches = await readSwitches(this.#disk, this.#options.switches);
    await this.#images.complete();
    for (const name of this.#images.names) await removeSnapshots(this.#images.path(name));
    await this.#spool.open();
    await this.#ask();
    await this.#space.measure();
    this.#begun = true;
  }

  /** The drive is not with the car: what it wrote last is read out first, then the car gets it. */
  async #plug(): Promise<void> {
    const name = await this.#chooseImage();
    if (name === undefined) return;
    // With whom nobody can ask it may be: then it stays as it is.
    if (this.#usb.isFree(name)) await this.#images.fill(name);
    const attached = this.#usb.held === '' ? await this.#usb.swap(name) : await this.#usb.attach(name);
    if (!attached) return;
    this.#hold(name);
    this.#looked = undefined;
  }

  async #chooseImage(): Promise<string | undefined> {
    const [first] = this.#images.names;
    if (this.#options.mode === 'swap') {
      // An empty one at once; the others are read out afterwards, at rest.
      for (const name of this.#images.withState('waiting')) {
        if (this.#images.withState('ready').length > 0) break;
        if (await this.#detached.isEmpty(name)) this.#images.setState(name, 'ready');
      }
      const [ready] = this.#images.withState('ready');
      if (ready !== undefined) return ready;
    }
    const name = this.#images.withState('waiting')[0] ?? first;
    if (name === undefined) return undefined;
    if (this.#switches.harvest) await this.#detached.beforeCar(name);
    return name;
  }

  async #unplug(): Promise<void> {
    const { held } = this.#usb;
    if (!(await this.#usb.detach())) return;
    this.#hold(undefined);
    if (held) this.#images.setState(held, 'waiting');
  }

  /** How it is, by the kernel's word: also after an answer that was lost, or when somebody else has changed it. */
  async #ask(): Promise<void> {
    await this.#usb.refresh();
    this.#checked = this.#options.clock.monotonic();
    const { held, state } = this.#usb;
    const [car] = this.#images.withState('car');
    if (state.kind !== 'unavailable' && car !== (held || undefined)) this.#hold(held || undefined);
  }

  /** The car has this one now. */
  #hold(name: string | undefined): void {
    for (const other of this.#images.withState('car')) if (other !== name) this.#images.setState(other, 'waiting');
    if (name !== undefined) this.#images.setState(name, 'car');
    this.#watch.forget();
    this.#swap.forget();
  }

  /** Looks at what the car has, and takes what it has finished. */
  async #look(): Promise<void> {
    const { held, state } = this.#usb;
    this.#looked = this.#options.clock.monotonic();
    // Whom nobody can ask: the car may have any.
    const name = held || (state.kind === 'unavailable' ? this.#images.names[0] : undefined);
    if (name !== undefined) await this.#watch.look(name);
  }

  async #told(report: HarvestReport): Promise<void> {
    this.#watch.count(report);
    if (report.full) {
      this.#warnings.set('spool-full', 'The spool is full: room is being made.');
      await this.#tidy();
    }
  }

  async #tidy(): Promise<void> {
    this.#tidied = this.#options.clock.monotonic();
    const { unpushed, short } = await this.#spool.tidy();
    if (unpushed > 0)
      this.#warnings.set(
        'deleted-unpushed',
        `${unpushed} files were deleted for room before the hub had them: connect the drive to it more often, or give it a larger card.`,
      );
    if (short > 0) this.#warnings.set('spool-full', fullOf(short, this.#space.growth));
    else this.#warnings.clear('spool-full');
    await this.#spool.forget();
    await this.#space.measure();
  }
}

function fullOf(short: number, growth: number): string {
  const kept = growth > 0 ? ` (${gb(growth)} of it are kept for what the car may still write to its drive)` : '';
  return `The disk of the spool is full of other things${kept}: ${gb(short)} are missing. Make room on it.`;
}
