/** What the engine is made with, and how fast it goes. */
import type { Log } from '../../../base/log.ts';
import type { MonotonicMs } from '../../../base/units.ts';
import type { Disk } from '../../../blobs/disk.ts';
import type { GadgetClient } from '../gadget/client.ts';
import type { LibraryFolder } from '../harvest/library-folder.ts';
import type { DriveMode } from './drive.ts';
import type { Allocate } from './format/allocate.ts';
import type { DriveImage } from './image-shelf.ts';
import type { SpoolOptions } from './spool.ts';

export interface DriveOptions extends Pick<SpoolOptions, 'isPushed' | 'dropParked'> {
  readonly mode: DriveMode;
  /** One, or for `swap` two and more. */
  readonly images: readonly DriveImage[];
  /** Names of images with music and light shows, which the car has beside. */
  readonly media?: readonly string[];
  readonly gadget: GadgetClient;
  readonly library: LibraryFolder;
  readonly source: string;
  /** File of the switches. */
  readonly switches: string;
  /** Days for which clips of RecentClips are kept. */
  readonly recentDays?: number;
  /** Bytes of the spool's disk that stay free. */
  readonly floor: number;
  readonly log: Log;
  readonly clock: DriveClock;
  /** Bytes that are free on the spool's disk. */
  readonly free: () => Promise<number>;
  /** Gives images their blocks before a car has them. Without it they are sparse. */
  readonly allocate?: Allocate;
  readonly disk?: Disk;
  readonly pace?: Partial<DrivePace>;
  readonly signal?: AbortSignal;
}

export interface DriveClock {
  readonly now: () => Date;
  readonly monotonic: () => MonotonicMs;
}

export interface DrivePace {
  /** Between two looks at what the car has. */
  readonly look: number;
  /** How far two looks at a file must lie apart; the same for a clip that the car has gone on from. */
  readonly apart: number;
  readonly gone: number;
  /** Between two looks for the border of a minute, and how long nothing must have been written then. */
  readonly border: number;
  readonly quiet: number;
  /** How long a border is looked for before the harvest has its turn again. */
  readonly patience: number;
  /** Between two questions to the kernel, and two rounds of retention. */
  readonly check: number;
  readonly tidy: number;
  /** Lines of the manifest between two digests of it. */
  readonly digest: number;
  /** Time that the reading of a detached image gets in each step. */
  readonly slice: number;
  /** How long what has lost its entry is looked for before the car gets an image, ms of the machine's own clock. */
  readonly search: number;
  /** Part of an image that is full enough for a swap. */
  readonly swapAt: number;
}

export const PACE: DrivePace = {
  look: 10_000,
  apart: 60_000,
  gone: 20_000,
  border: 300,
  quiet: 700,
  patience: 180_000,
  check: 300_000,
  tidy: 600_000,
  digest: 2_000,
  slice: 3_000,
  search: 45_000,
  swapAt: 0.8,
};
