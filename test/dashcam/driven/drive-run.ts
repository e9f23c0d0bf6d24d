/**
 * A car, its drive and the engine of `vidette drive` on one simulated clock. Time passes with every operation of the spool's disk, so the car writes while
 * the harvest reads; the power goes again and again, wherever both are just then, and takes the car, the engine, what neither disk has flushed, and
 * the kernel's gadget with it.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../../src/base/errors.ts';
import { type Log, silentLog } from '../../../src/base/log.ts';
import { monotonicMs } from '../../../src/base/units.ts';
import type { DriveMode } from '../../../src/sources/dashcam/drive/drive.ts';
import { Engine } from '../../../src/sources/dashcam/drive/engine.ts';
import { createImage } from '../../../src/sources/dashcam/drive/format/create-image.ts';
import type { DriveImage } from '../../../src/sources/dashcam/drive/image-shelf.ts';
import type { GadgetClient } from '../../../src/sources/dashcam/gadget/client.ts';
import { Gadget } from '../../../src/sources/dashcam/gadget/gadget.ts';
import { obey } from '../../../src/sources/dashcam/gadget/obey.ts';
import type { LineOf, ManifestLine } from '../../../src/sources/dashcam/harvest/manifest-line.ts';
import { verifySource } from '../../../src/sources/dashcam/harvest/verify.ts';
import { FakeDisk, fault, seeded } from '../../faults/disk.ts';
import { FakeKernel } from '../fake-kernel.ts';
import { randomOf } from '../random.ts';
import { type ClosedClip, DrivenCar, UTC } from './driven-car.ts';
import { Medium } from './medium.ts';

/** Where images cost no disk. */
const MEMORY = '/dev/shm';
const ROOT = '/library';
/** What an operation of the spool's disk takes, ms. */
const OPERATION = 15;
/** So long after its end a clip has to be stored, whatever comes later. */
const DUE = 90_000;
/** Within this the machine's kernel has written out an image that was taken away, ms. */
const WRITTEN_OUT = 8_000;
const MB = 1 << 20;

export interface RunOptions {
  readonly seed: number;
  readonly format: 'exfat' | 'fat32';
  readonly mode: DriveMode;
  readonly minutes: number;
  /** Minutes between two power cuts. */
  readonly cutEvery?: number;
  readonly log?: Log;
}

export interface RunResult {
  /** Clips that the car has closed, and those of them that must be there. */
  readonly closed: number;
  readonly due: number;
  /** Of those: not stored, and stored more than once. */
  readonly missing: readonly string[];
  readonly twice: readonly string[];
  /**
   * Clips that are called whole and are none of the car's, or another camera's. Those that the power cut hit while they were written are not: every box
   * and sample may be there, and their pictures damaged.
   */
  readonly wrong: readonly string[];
  /**
   * Versions of a clip that is stored as the car closed it, read again after a power cut and a car that wrote over it: kept beside the good one, and whole by
   * boxes and samples, which is all that `complete` says.
   */
  readonly later: readonly string[];
  /** What does not verify. */
  readonly unsound: readonly string[];
  readonly cuts: number;
  readonly swaps: number;
  /** Clips that were open, or only in the car's cache, when their image was taken away. */
  readonly lostAtSwap: number;
  /** Closed clips that were not flushed when the power went, and are not there. */
  readonly unflushed: number;
  /** Closed clips that the car itself has written over before they were due. */
  readonly spoiled: number;
  /** From the end of a minute until it was stored, of clips that saw no power cut and no swap, ms: the slowest. */
  readonly slowest: number;
}

export async function runDrive(options: RunOptions): Promise<RunResult> {
  const folder = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'vidette-driven-'));
  try {
    return await new World(folder, options).run();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type FileLine = LineOf<'file'>;
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

class World {
  readonly #folder: string;
  readonly #options: RunOptions;
  readonly #random;
  readonly #car: DrivenCar;
  readonly #images: DriveImage[];
  readonly #media: Map<string, Medium>;
  #time = 0;
  #cutAt = Number.POSITIVE_INFINITY;
  #dead = false;
  #disk: FakeDisk;
  #engine: Engine | undefined;
  #kernels = 0;
  #cuts = 0;
  #swaps = 0;
  #lostAtSwap = 0;
  #spoiled = 0;
  readonly #due = new Set<ClosedClip>();
  readonly #judged = new Set<ClosedClip>();
  /** SHA-256 → simulated time at which it was stored, and how often. */
  readonly #stored = new Map<string, number[]>();
  readonly #calm = new Set<ClosedClip>();
  /** Images that were taken away: what of them only the machine's memory has is on its disk from then on. */
  #writtenOut: { readonly medium: Medium; readonly at: number }[] = [];

  constructor(folder: string, options: RunOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#random = randomOf(
      options.seed * 7 + (options.format === 'exfat' ? 1 : 2) + (options.mode === 'swap' ? 3 : 0),
    );
    this.#car = new DrivenCar({ random: this.#random, seed: options.seed, ring: 12, eventEvery: 6 });
    const shape =
      options.format === 'exfat' ? { bytes: 9 * MB, clusterBytes: 1024 } : { bytes: 37 * MB, clusterBytes: 512 };
    const names = options.mode === 'swap' ? ['cam', 'cam-b'] : ['cam'];
    this.#images = names.map((name) => ({
      name,
      path: join(folder, `${name}.img`),
      format: options.format,
      partition: options.seed % 2 === 0,
      ...shape,
    }));
    this.#media = new Map(this.#images.map(({ path }) => [path, new Medium(path)]));
    this.#disk = new FakeDisk(this.#hook());
  }

  async run(): Promise<RunResult> {
    await this.#disk.mkdir(ROOT);
    await this.#disk.syncFolder('/');
    for (const image of this.#images) await createImage(image.path, image);
    const cutEvery = (this.#options.cutEvery ?? 5) * 60_000;
    const end = this.#options.minutes * 60_000;
    this.#boot();
    while (this.#time < end) {
      const next = this.#time + cutEvery - 20_000 + this.#random.below(40_000);
      this.#cutAt = next < end ? next : Number.POSITIVE_INFINITY;
      await this.#until(Math.min(next, end));
      if (this.#dead) this.#cut();
    }
    // The car is parked, and the engine ends its work.
    this.#cutAt = Number.POSITIVE_INFINITY;
    this.#car.parked = true;
    await this.#until(this.#time + 400_000);
    this.#judge();
    return this.#result();
  }

  #hook(): { before: () => void } {
    return {
      before: () => {
        if (!this.#dead) this.#pass(OPERATION);
        if (this.#dead) throw fault('EIO', 'power', 'cut');
      },
    };
  }

  /** Time passes. */
  #pass(time: number): void {
    this.#time = Math.min(this.#time + time, this.#cutAt);
    this.#car.advance(this.#time);
    for (const { medium, at } of this.#writtenOut) if (at <= this.#time) medium.flushAll();
    this.#writtenOut = this.#writtenOut.filter(({ at }) => at > this.#time);
    this.#judge();
    if (this.#time >= this.#cutAt) this.#dead = true;
  }

  async #until(time: number): Promise<void> {
    while (!this.#dead && this.#time < time) {
      const pause = (await this.#engine?.step()) ?? 0;
      if (!this.#dead) this.#pass(Math.max(1, Math.min(pause, time - this.#time)));
    }
  }

  #boot(): void {
    this.#kernels += 1;
    mkdirSync(join(this.#folder, `kernel-${this.#kernels}`));
    const kernel = new FakeKernel(join(this.#folder, `kernel-${this.#kernels}`));
    this.#dead = false;
    this.#engine = new Engine({
      mode: this.#options.mode,
      images: this.#images,
      gadget: this.#client(kernel),
      library: { root: ROOT, id: 'a', fresh: false },
      source: 'car',
      switches: '/switches.json',
      floor: 0,
      log: this.#options.log ?? silentLog,
      clock: { now: () => new Date(UTC + this.#time), monotonic: () => monotonicMs(this.#time) },
      free: async () => 1e12,
      disk: this.#disk,
      pace: { swapAt: this.#options.format === 'exfat' ? 0.01 : 0.003 },
    });
    this.#engine.subscribe(({ line }) => this.#heard(line));
  }

  /** The root helper, and a car that notices what the kernel does. */
  #client(kernel: FakeKernel): GadgetClient {
    const uid = process.getuid?.() ?? 0;
    const images = Object.fromEntries(this.#images.map(({ name, path }) => [name, path]));
    const gadget = (): Gadget =>
      new Gadget(
        kernel,
        { uid, images, serial: 'vidette1' },
        { gadgets: kernel.gadgets, controllers: kernel.controllers },
      );
    return {
      ask: async (command) => {
        if (this.#dead) throw fault('EIO', 'power', 'cut');
        this.#pass(100);
        const answer = obey(JSON.stringify(command), gadget);
        this.#plug(kernel.medium);
        if (!answer.ok) throw new UserError(answer.message, 'No.', { code: answer.code });
        return answer.state;
      },
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  #plug(path: string | undefined): void {
    const medium = path === undefined ? undefined : this.#media.get(path);
    const before = this.#car.medium;
    if (medium === before) return;
    if (before) {
      // Taken away while the car had it.
      this.#swaps += 1;
      this.#lostAtSwap += this.#car.openFiles + this.#car.cached;
      this.#writtenOut.push({ medium: before, at: this.#time + this.#random.below(WRITTEN_OUT) });
      this.#judge(true);
    }
    if (medium) this.#car.plug(medium);
    else this.#car.unplug();
  }

  #cut(): void {
    this.#cuts += 1;
    this.#judge(true);
    this.#car.cut([...this.#media.values()]);
    this.#writtenOut = [];
    this.#disk = this.#disk.afterPowerLoss(seeded(this.#options.seed * 1000 + this.#cuts), this.#hook());
    this.#time += 20_000 + this.#random.below(30_000);
    this.#car.now = this.#time;
    this.#boot();
  }

  /** Which clips must be there from now on: those that were flushed, or closed {@link DUE} ago. @param interrupted the power goes now, or the image is taken away */
  #judge(interrupted = false): void {
    const cut = interrupted && this.#dead;
    for (const clip of this.#car.closed) {
      if (this.#judged.has(clip)) continue;
      const late = this.#time - clip.closed >= DUE;
      const intact = this.#car.isIntact(clip);
      // Of one whose image the car has not any more, the entry and all blocks are waited for, and nothing else.
      const away = interrupted || clip.medium !== this.#car.medium;
      const flushed = away && this.#car.isFlushed(clip);
      if (intact && !late && !cut && !flushed) continue;
      this.#judged.add(clip);
      if (late && !away) this.#calm.add(clip);
      if (!intact) this.#spoiled += 1;
      else if (!cut || flushed) this.#due.add(clip);
    }
  }

  #heard(line: ManifestLine): void {
    if (line.kind !== 'file') return;
    this.#stored.set(line.sha256, [...(this.#stored.get(line.sha256) ?? []), this.#time]);
  }

  async #result(): Promise<RunResult> {
    const lines: FileLine[] = [];
    const manifest = (this.#disk.peek(`${ROOT}/car/manifest.jsonl`) ?? Buffer.alloc(0)).toString('utf8');
    for (const text of manifest.split('\n').slice(0, -1)) {
      const line: FileLine = JSON.parse(text);
      if (line.kind === 'file' && line.role === 'clip') lines.push(line);
    }
    const times = new Map<string, number>();
    for (const { sha256 } of lines) times.set(sha256, (times.get(sha256) ?? 0) + 1);
    const broken = new Set(this.#car.broken);
    for (const { path } of this.#car.closed.filter((clip) => !this.#due.has(clip))) broken.add(nameOf(path));
    const stored = (clip: ClosedClip): boolean => times.has(clip.sha256);
    const good = new Set(this.#car.closed.filter(stored).map(({ path }) => nameOf(path)));
    const isLater = ({ sha256, complete, track, from }: FileLine): boolean =>
      !cameras.has(sha256) && complete && track !== 'unknown' && good.has(nameOf(from.path));
    const isWrong = ({ sha256, complete, track, from }: FileLine): boolean => {
      const camera = cameras.get(sha256);
      // An unknown camera is honest: of a clip that was deleted, and written over in part, this is what is left.
      if (track === 'unknown') return false;
      if (camera === undefined) return complete && !broken.has(nameOf(from.path)) && !good.has(nameOf(from.path));
      return track !== camera;
    };
    const cameras = new Map(this.#car.closed.map(({ sha256, camera }) => [sha256, camera]));
    const verified = await verifySource(this.#disk, ROOT, 'car', { contents: true });
    const { missing, changed, unrecorded } = verified;
    const waits = [...this.#calm].flatMap((clip) => {
      const [at] = this.#stored.get(clip.sha256) ?? [];
      return at === undefined ? [] : [at - clip.closed];
    });
    return {
      closed: this.#car.closed.length,
      due: this.#due.size,
      missing: [...this.#due].filter((clip) => !stored(clip)).map(({ path }) => path),
      twice: [...times].filter(([, count]) => count > 1).map(([sha256]) => sha256),
      wrong: lines.filter(isWrong).map(({ key }) => key),
      later: lines.filter(isLater).map(({ key }) => key),
      unsound: [
        ...(verified.broken ? [verified.broken.reason] : []),
        ...missing,
        ...changed.map(({ key }) => key),
        ...unrecorded,
      ],
      cuts: this.#cuts,
      swaps: this.#swaps,
      lostAtSwap: this.#lostAtSwap,
      unflushed: this.#car.closed.filter((clip) => !this.#due.has(clip) && !stored(clip)).length,
      spoiled: this.#spoiled,
      slowest: Math.max(0, ...waits),
    };
  }
}

/** For a run by hand: what it says of itself. */
export function describeRun({ seed, format, mode }: RunOptions, result: RunResult): string {
  const { closed, due, missing, twice, wrong, later, unsound, cuts, swaps, lostAtSwap, unflushed, spoiled, slowest } =
    result;
  return `${format} ${mode} ${seed}: ${closed} clips, ${due} due, ${missing.length} missing, ${twice.length} twice, ${wrong.length} wrong, ${unsound.length} unsound, ${later.length} damaged later versions; ${cuts} cuts, ${swaps} swaps (${lostAtSwap} lost), ${unflushed} unflushed, ${spoiled} spoiled by the car; slowest ${(slowest / 1000).toFixed(0)} s`;
}
