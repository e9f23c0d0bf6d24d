/** The mode `swap`: when the image that the car has is nearly full, it is exchanged for an empty one between two minutes. */
import { BorderWatch } from './border-watch.ts';
import type { ImageShelf } from './image-shelf.ts';
import type { DriveClock, DrivePace } from './options.ts';
import type { Usb } from './usb.ts';
import type { Warnings } from './warnings.ts';

export interface SwapTurnOptions {
  readonly images: ImageShelf;
  readonly usb: Usb;
  readonly warnings: Warnings;
  readonly clock: DriveClock;
  readonly pace: DrivePace;
  /** Asks how it is, unless that was done in the last milliseconds. */
  readonly ask: (within: number) => Promise<void>;
  /** The car has this one now. */
  readonly swapped: (name: string) => void;
  readonly signal: AbortSignal;
}

/** Between two questions to the helper while a border is looked for. */
const READY_EVERY = 10_000;

export class SwapTurn {
  readonly #options: SwapTurnOptions;
  #border: BorderWatch | undefined;

  constructor(options: SwapTurnOptions) {
    this.#options = options;
  }

  /** The car has another image now, or none. */
  forget(): void {
    this.#border = undefined;
  }

  /** @returns whether a border is being looked for, or was found: then nothing else is done now */
  async ifDue(): Promise<boolean> {
    const { images, usb, warnings, clock, pace, ask, signal } = this.#options;
    const { held } = usb;
    const usage = held === undefined ? undefined : images.usage(held);
    if (held === undefined || !usage || usage.used < usage.bytes * pace.swapAt) return false;
    const [ready] = images.withState('ready');
    if (ready === undefined) {
      warnings.set(
        'swap-waits',
        'The drive is nearly full, and no other image is empty yet. The car keeps recording over its oldest clips.',
      );
      return false;
    }
    this.#border ??= new BorderWatch(images.path(held), clock, pace);
    // Keeps the helper running: at a border there is no time to start it.
    await ask(READY_EVERY);
    const found = await this.#border.look(signal);
    if (found === 'later') {
      // The harvest has its turn; then it is looked for again.
      this.#border = undefined;
      return false;
    }
    if (found === 'not-yet') return true;
    this.#border = undefined;
    return this.#swap(held, ready);
  }

  async #swap(held: string, ready: string): Promise<boolean> {
    const { usb, warnings, ask, swapped } = this.#options;
    if (!(await usb.swap(ready))) {
      await ask(0);
      return usb.held !== held;
    }
    warnings.clear('swap-waits');
    swapped(ready);
    return true;
  }
}
