/** What is done with images that no car has: looked whether they are empty, read out before a car gets them back, and, in the mode `swap`, emptied. */
import { UserError } from '../../../base/errors.ts';
import type { HarvestReport } from '../harvest/harvest.ts';
import type { DriveMode } from './drive.ts';
import type { ImageShelf } from './image-shelf.ts';
import type { DriveClock, DrivePace } from './options.ts';
import { type ReadOutOptions, salvageImage, syncImage, verifyImage } from './read-out.ts';
import type { Usb } from './usb.ts';
import type { Warnings } from './warnings.ts';

export interface DetachedOptions {
  readonly mode: DriveMode;
  readonly images: ImageShelf;
  readonly usb: Usb;
  readonly warnings: Warnings;
  readonly tools: ReadOutOptions;
  readonly clock: DriveClock;
  readonly pace: Pick<DrivePace, 'slice' | 'search'>;
  /** Told what a read-out has found. */
  readonly taken: (report: HarvestReport) => Promise<void>;
}

export class Detached {
  readonly #options: DetachedOptions;
  #reading: { readonly name: string; readonly steps: AsyncGenerator<void, void> } | undefined;

  constructor(options: DetachedOptions) {
    this.#options = options;
  }

  /** An image is being read out: the next piece can be read at once. */
  get busy(): boolean {
    return this.#reading !== undefined;
  }

  /** Whether nothing at all is in it, also nothing without a name. */
  async isEmpty(name: string): Promise<boolean> {
    const { images, tools } = this.#options;
    return (
      (await this.#orWarn('image', async () => {
        // Nothing to compare: it ends without a pause.
        const first = await verifyImage(images.path(name), tools).next();
        return first.done === true && first.value === undefined;
      })) ?? false
    );
  }

  /** What the car may write over as soon as it has the image: it does not know that it is in use, or it is damaged. The rest is taken while it records. */
  async beforeCar(name: string): Promise<void> {
    const { images, taken, warnings } = this.#options;
    const path = images.path(name);
    const done = await this.#orWarn('image', async () => {
      await syncImage(path);
      await taken(await this.#doubtful(name, path));
      return true;
    });
    if (done) warnings.clear('image');
  }

  /** A detached image is read out, compared, and emptied, a piece at a time. */
  async some(): Promise<void> {
    const { images, usb, clock, pace } = this.#options;
    if (!this.#reading) {
      const name = images.withState('waiting').find((waiting) => usb.isFree(waiting));
      if (name === undefined) return;
      this.#reading = { name, steps: this.#readOut(name) };
    }
    const began = clock.monotonic();
    const { steps } = this.#reading;
    let done = true;
    try {
      do done = (await steps.next()).done === true;
      while (!done && clock.monotonic() - began < pace.slice);
    } finally {
      // Also of one that has failed: it begins anew.
      if (done) this.#reading = undefined;
    }
  }

  async #doubtful(name: string, path: string): Promise<HarvestReport> {
    const { tools, pace, warnings } = this.#options;
    const limit = AbortSignal.timeout(pace.search);
    try {
      return await salvageImage(path, tools, { which: 'doubtful', limit });
    } catch (error) {
      if (!limit.aborted || tools.signal?.aborted) throw error;
      warnings.set(
        'salvage',
        `The search of ${name} for clips without a name took too long: the car waits for its drive. Detach it for a while to have it done.`,
      );
      return await salvageImage(path, tools, { which: 'doubtful', orphans: false });
    }
  }

  async *#readOut(name: string): AsyncGenerator<void, void> {
    const { mode, images, usb, warnings, tools, taken } = this.#options;
    const path = images.path(name);
    images.setState(name, 'salvage');
    try {
      await syncImage(path);
      const report = await salvageImage(path, tools, { which: 'all' });
      await taken(report);
      yield;
      const why = whyNot(report, mode === 'swap') ?? (mode === 'swap' ? yield* verifyImage(path, tools) : undefined);
      if (why !== undefined) {
        warnings.set('salvage', `The image ${name} is not ${mode === 'swap' ? 'emptied' : 'read out'}: ${why}.`);
        images.setState(name, report.full ? 'waiting' : 'unreadable');
        return;
      }
      warnings.clear('salvage');
      // Only a car that swaps needs an empty one; who has a single image keeps what the car wrote.
      if (mode === 'swap' && usb.isFree(name)) await images.empty(name);
      else images.setState(name, 'ready');
    } catch (error) {
      images.setState(name, 'waiting');
      if (!(error instanceof UserError)) throw error;
      images.setState(name, 'unreadable');
      warnings.set('salvage', `The image ${name} is not emptied: ${error.message}`);
    }
  }

  async #orWarn<T>(kind: 'image', act: () => Promise<T>): Promise<T | undefined> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#options.warnings.set(kind, `${error.message} ${error.remedy}`);
      return undefined;
    }
  }
}

function whyNot({ full, failed, leftAlone }: HarvestReport, empties: boolean): string | undefined {
  const [first] = failed;
  if (full) return 'the spool is full';
  if (first) return `${first.path}: ${first.why}`;
  return empties && leftAlone > 0 ? 'it holds files that are none of the car’s' : undefined;
}
