/**
 * `vidette drive`: the computer in the car, which is the car's USB drive and harvests what the car writes to it. What the rest of Vidette (its page, its
 * push to the hub, its command) sees of the engine. `engine.ts` is the engine.
 */
import type { ManifestLine } from '../harvest/manifest-line.ts';

/**
 * `live`: one image, which the car holds all the time; nothing ever writes to it. `swap`: two or more images; a nearly full one is taken from the car
 * between two minutes, read out, and emptied.
 */
export type DriveMode = 'live' | 'swap';

/** What the person can switch. Kept over a restart. */
export interface DriveSwitches {
  /** Take footage from the drive. */
  readonly harvest: boolean;
  /** Be the car's drive. Off: unplugged. */
  readonly drive: boolean;
}

export const DRIVE_SWITCHES: DriveSwitches = { harvest: true, drive: true };

/** The USB side, as the kernel tells it. */
export type GadgetState =
  /** This machine cannot be a USB drive: no controller, no configfs, or no root helper. */
  | { readonly kind: 'unavailable'; readonly why: string }
  /** Unplugged, as far as the car can see. */
  | { readonly kind: 'detached' }
  | {
      readonly kind: 'attached';
      /** Name of the image that the car holds. */
      readonly image: string;
      /** As the controller says: `configured` when the car has taken it, `not attached` without a cable, … */
      readonly link: string;
    };

export interface ImageStatus {
  /** `cam`, `cam-b`: as the root helper's settings name it. */
  readonly name: string;
  /** Bytes of the drive that the car sees. */
  readonly bytes: number;
  /** Bytes of it that are on this machine's disk: all of them, but for one that is sparse. */
  readonly onDisk: number;
  /** Bytes that files have; undefined before it was read for the first time. */
  readonly used: number | undefined;
  /** Of those, what the car never deletes by itself: SavedClips and SentryClips. */
  readonly kept: number | undefined;
  /** `car`: the car has it. `salvage`: it is being read out. `ready`: empty and waiting. `waiting`: detached, not read out yet. */
  readonly state: 'car' | 'salvage' | 'ready' | 'waiting' | 'missing' | 'unreadable';
}

export interface HarvestStatus {
  /** When the last look at the drive ended, ISO; null before the first. */
  readonly at: string | null;
  /** Files that the last look has stored, and their bytes. */
  readonly stored: number;
  readonly bytes: number;
  /** Files that wait for the car to finish them, or for the next look. */
  readonly waiting: number;
  /** Something is to be done now: a reason to keep the car awake. */
  readonly working: boolean;
}

export interface DriveWarning {
  /** For programs. */
  readonly kind:
    | 'gadget'
    | 'image'
    | 'image-room'
    | 'events-fill-drive'
    | 'spool-full'
    | 'deleted-unpushed'
    | 'library'
    | 'salvage'
    | 'swap-waits';
  /** For people: what is wrong, and what to do. */
  readonly text: string;
}

export interface DriveStatus {
  readonly mode: DriveMode;
  readonly switches: DriveSwitches;
  readonly gadget: GadgetState;
  readonly images: readonly ImageStatus[];
  readonly spool: {
    /** The library folder. */
    readonly root: string;
    /** Folder of the car in it. */
    readonly source: string;
    readonly files: number;
    readonly bytes: number;
    /** Bytes that footage may still take: what is free, without the floor and without what the images may still grow. */
    readonly free: number;
  };
  /** Camera → when its newest finished minute that is stored began, ISO UTC. */
  readonly lastMinute: ReadonlyMap<string, string>;
  readonly harvest: HarvestStatus;
  readonly warnings: readonly DriveWarning[];
}

/** Something is in the manifest now, durably. */
export interface Stored {
  readonly line: ManifestLine;
}

export interface DriveEngine extends AsyncDisposable {
  status(): DriveStatus;
  /** Ends when it is done: the car's drive is unplugged, or the harvest has stopped. */
  set(switches: Partial<DriveSwitches>): Promise<void>;
  /** @param listener called for each new line of the manifest, in their order. @returns ends it */
  subscribe(listener: (stored: Stored) => void): () => void;
  /** Stops harvesting at a safe place. The car keeps its drive. */
  close(): Promise<void>;
}
