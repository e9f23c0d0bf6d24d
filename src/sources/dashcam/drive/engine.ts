/**
 * The engine of `vidette drive`. It works in steps, one after the other, each of which says when the next is due: so a test can be its clock. Everything
 * that it knows is found again at its start, from the kernel, the images and the manifest: it may die at any moment.
 */
import { stat } from 'node:fs/promises';
import { messageOf, UserError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import { type Milliseconds, milliseconds } from '../../../base/units.ts';
import { type Disk, systemDisk } from '../../../blobs/disk.ts';
import { type HarvestReport, ofLibrary } from '../harvest/harvest.ts';
import { removeSnapshots } from '../volume/snapshot.ts';
import { BorderWatch } from './border-watch.ts';
import { Detached } from './detached.ts';
import { DRIVE_SWITCHES, type DriveEngine, type DriveStatus, type DriveSwitches, type HarvestStatus } from './drive.ts';
import { ImageShelf } from './image-shelf.ts';
import { Listeners } from './listeners.ts';
import { type LiveMemory, lookLive, NO_MEMORY } from './live-look.ts';
import { type DriveOptions, type DrivePace, PACE } from './options.ts';
import { Spool } from './spool.ts';
import { readSwitches, writeSwitches } from './switches.ts';
import { Usb } from './usb.ts';
import { Warnings } from './warnings.ts';

const DAY = 86_400_000;
const SLACK = 1 << 30;
/** Part of a drive from which on the person is told that events fill it. */
const EVENTS_FILL = 0.8;
const FAILED_PAUSE = 10_000;
/** Between two questions to the helper while a border is looked for. */
const READY_EVERY = 10_000;

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
  readonly #detached: Detached;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  #switches: DriveSwitches = DRIVE_SWITCHES;
  #turn: Promise<unknown> = Promise.resolve();
  #begun = false;
  #memory: LiveMemory = NO_MEMORY;
  /** Of the image that the car has: path → print of what is stored. */
  #settled = new Map<string, string>();
  /** When the image was last written, as the last look saw it, and how many files that one has taken. */
  #written: number | undefined;
  #taken = 0;
  #border: BorderWatch | undefined;
  #checked: number | undefined;
  #tidied: number | undefined;
  #looked: number | undefined;
  #spare = 0;
  /** Whether looks are at snapshots; undefined before the first. */
  #frozen: boolean | undefined;
  #harvest: HarvestStatus = { at: null, stored: 0, bytes: 0, waiting: 0, working: false };

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
    this.#images = new ImageShelf(images);
    this.#warnings = new Warnings(log);
    this.#listeners = new Listeners(log);
    this.#usb = new Usb(gadget, media, this.#warnings);
    this.#signal = options.signal ? AbortSignal.any([options.signal, this.#stop.signal]) : this.#stop.signal;
    this.#spool = new Spool({
      library,
      source,
      room: () => this.#room(),
      recentMs: (options.recentDays ?? 2) * DAY,
      slack: SLACK,
      recorded: (lines) => {
        for (const line of lines) this.#listeners.tell({ line });
      },
      log,
      now: clock.now,
      disk,
      signal: this.#signal,
      ...(isPushed ? { isPushed } : {}),
      ...(dropParked === undefined ? {} : { dropParked }),
    });
    this.#detached = new Detached({
      mode: options.mode,
      images: this.#images,
      usb: this.#usb,
      warnings: this.#warnings,
      tools: { spool: this.#spool, disk, root: library.root, log, monotonic: clock.monotonic, signal: this.#signal },
      clock,
      pace: this.#pace,
      taken: (report) => this.#told(report),
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
        free: Math.max(0, this.#spare),
      },
      lastMinute: this.#spool.lastMinute,
      harvest: this.#harvest,
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
        this.#harvest = { ...this.#harvest, working: false };
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
    if (await this.#swapIfDue()) return this.#pace.border;
    if (this.#switches.harvest) {
      const due = this.#looked === undefined ? 0 : this.#looked + this.#pace.look - this.#options.clock.monotonic();
      if (due <= 0) await this.#look();
      if (this.#tidied === undefined || now - this.#tidied >= this.#pace.tidy || this.#spare < 0) await this.#tidy();
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
    await this.#room();
    this.#begun = true;
  }

  /** The drive is not with the car: what it wrote last is read out first, then the car gets it. */
  async #plug(): Promise<void> {
    const name = await this.#chooseImage();
    if (name === undefined) return;
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
    this.#memory = NO_MEMORY;
    this.#written = undefined;
    this.#settled = new Map();
    this.#border = undefined;
  }

  /** @returns whether a border is being looked for, or was found: then nothing else is done now */
  async #swapIfDue(): Promise<boolean> {
    const { held } = this.#usb;
    const usage = held === undefined ? undefined : this.#images.usage(held);
    if (this.#options.mode !== 'swap' || held === undefined || !usage || usage.used < usage.bytes * this.#pace.swapAt)
      return false;
    const [ready] = this.#images.withState('ready');
    if (ready === undefined) {
      this.#warnings.set(
        'swap-waits',
        'The drive is nearly full, and no other image is empty yet. The car keeps recording over its oldest clips.',
      );
      return false;
    }
    const { clock } = this.#options;
    this.#border ??= new BorderWatch(this.#images.path(held), clock, this.#pace);
    // Keeps the helper running: at a border there is no time to start it.
    if (clock.monotonic() - (this.#checked ?? 0) >= READY_EVERY) await this.#ask();
    const found = await this.#border.look(this.#signal);
    if (found === 'later') {
      // The harvest has its turn; then it is looked for again.
      this.#border = undefined;
      return false;
    }
    if (found === 'not-yet') return true;
    this.#border = undefined;
    if (!(await this.#usb.swap(ready))) {
      await this.#ask();
      return this.#usb.held !== held;
    }
    this.#warnings.clear('swap-waits');
    this.#hold(ready);
    this.#looked = undefined;
    return true;
  }

  /** Looks at what the car has, and takes what it has finished. */
  async #look(): Promise<void> {
    const { clock } = this.#options;
    const { held, state } = this.#usb;
    this.#looked = clock.monotonic();
    // Whom nobody can ask: the car may have any.
    const name = held || (state.kind === 'unavailable' ? this.#images.names[0] : undefined);
    if (name === undefined || (await this.#isAsleep(this.#images.path(name)))) return;
    try {
      await using look = await lookLive(this.#images.path(name), this.#memory, {
        apart: milliseconds(this.#pace.apart),
        gone: milliseconds(this.#pace.gone),
        isKnown: async (from, bytes) => {
          if (this.#settled.get(from.path) === from.print) return true;
          if (!(await this.#spool.isKnown(from, bytes))) return false;
          this.#settled.set(from.path, from.print);
          return true;
        },
        monotonic: clock.monotonic,
        signal: this.#signal,
      });
      this.#memory = look.memory;
      this.#taken = look.gathered.files.length;
      this.#images.setUsage(name, look.usage);
      this.#warnAbout(look.usage.kept, look.usage.bytes);
      if (this.#frozen !== look.frozen)
        this.#log.info(
          look.frozen
            ? 'Each look at the drive sees one moment: its folder can share blocks between files.'
            : 'The folder of the images cannot share blocks between files: the drive is looked at while the car writes.',
        );
      this.#frozen = look.frozen;
      const { files, held: waiting } = look.gathered;
      this.#harvest = {
        ...this.#harvest,
        waiting: files.length + waiting.length,
        working: files.length + look.memory.gate.size > 0,
      };
      if (files.length > 0) await this.#told(await this.#spool.take(look.gathered));
      this.#harvest = { ...this.#harvest, at: clock.now().toISOString(), working: look.memory.gate.size > 0 };
      this.#warnings.clear('image');
    } catch (error) {
      if (!(error instanceof UserError) || (error.code !== 'no-volume' && error.code !== 'not-found')) throw error;
      this.#warnings.set('image', `${error.message} ${error.remedy}`);
    }
    // What is not there any more is forgotten.
    if (this.#settled.size > MOST_SETTLED) this.#settled = new Map();
  }

  /** Nothing was written since the last look, and that one left nothing to be done: the car sleeps. */
  async #isAsleep(path: string): Promise<boolean> {
    const written = (await stat(path).catch(() => undefined))?.mtimeMs;
    const { gate, odd } = this.#memory;
    const done = gate.size === 0 && [...odd.values()].every(({ tried }) => tried) && this.#taken === 0;
    const same = written !== undefined && written === this.#written;
    this.#written = written;
    return same && done;
  }

  async #told(report: HarvestReport): Promise<void> {
    if (report.stored > 0) this.#harvest = { ...this.#harvest, stored: report.stored, bytes: report.bytes };
    if (report.full) {
      this.#warnings.set('spool-full', 'The spool is full: room is being made.');
      await this.#tidy();
    }
  }

  #warnAbout(kept: number, bytes: number): void {
    if (bytes > 0 && kept > bytes * EVENTS_FILL)
      this.#warnings.set(
        'events-fill-drive',
        `Saved and Sentry clips fill ${Math.round((kept / bytes) * 100)} % of the drive, and the car does not delete them: delete some in the car, or use the mode “swap”.`,
      );
    else this.#warnings.clear('events-fill-drive');
  }

  async #tidy(): Promise<void> {
    this.#tidied = this.#options.clock.monotonic();
    const { unpushed, short } = await this.#spool.tidy();
    if (unpushed > 0)
      this.#warnings.set(
        'deleted-unpushed',
        `${unpushed} files were deleted for room before the hub had them: connect the drive to it more often, or give it a larger card.`,
      );
    if (short > 0) this.#warnings.set('spool-full', 'The disk of the spool is full of other things: make room on it.');
    else this.#warnings.clear('spool-full');
    await this.#room();
  }

  /** Bytes for footage: what is free, without the floor and without what the images may still grow. */
  async #room(): Promise<number> {
    const growth = await this.#images.measure();
    this.#spare = (await this.#options.free()) - this.#options.floor - growth;
    return this.#spare;
  }
}

/** Prints of stored files that are remembered. */
const MOST_SETTLED = 100_000;
