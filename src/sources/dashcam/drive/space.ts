/**
 * Room: for footage, and for what the car may still write. An image that is sparse grows while the car fills it; until then that room belongs to it, and a
 * disk that cannot give it is the car's I/O error. Counted is what is on the disk, by its blocks.
 */
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ImageShelf } from './image-shelf.ts';
import { gb, type Warnings } from './warnings.ts';

export interface SpaceOptions {
  readonly images: ImageShelf;
  readonly warnings: Warnings;
  /** The library. */
  readonly root: string;
  /** Bytes of the spool's disk that stay free. */
  readonly floor: number;
  /** Bytes that are free on the spool's disk. */
  readonly free: () => Promise<number>;
  /** Bytes that are free on the disk of a folder of images that is not the spool's. */
  readonly freeOf?: (folder: string) => Promise<number>;
}

export class Space {
  readonly #options: Required<SpaceOptions>;
  #spare = 0;
  #growth = 0;

  constructor(options: SpaceOptions) {
    this.#options = { freeOf: freeIn, ...options };
  }

  /** Bytes that footage may still take, as last measured; below 0 when room has to be made. */
  get spare(): number {
    return this.#spare;
  }

  /** Bytes of the spool's disk that are kept for the images. */
  get growth(): number {
    return this.#growth;
  }

  /** Measures: what is free, without the floor and without what the images may still grow. @returns bytes */
  async measure(): Promise<number> {
    const { images, root, floor, free } = this.#options;
    await images.measure();
    const spool = await diskOf(root);
    /** Folder of images on another disk → what they may grow there. */
    const elsewhere = new Map<string, number>();
    let growth = 0;
    for (const { path, unallocated } of images.sizes()) {
      const folder = dirname(path);
      if (isSame(spool, await diskOf(folder))) growth += unallocated;
      else elsewhere.set(folder, (elsewhere.get(folder) ?? 0) + unallocated);
    }
    const here = await free();
    this.#growth = growth;
    this.#spare = here - floor - growth;
    await this.#warn(here, growth, elsewhere);
    return this.#spare;
  }

  async #warn(here: number, growth: number, elsewhere: ReadonlyMap<string, number>): Promise<void> {
    const { root, warnings, freeOf } = this.#options;
    const places: { readonly folder: string; readonly room: number; readonly wanted: number }[] = [];
    if (growth > 0) places.push({ folder: root, room: here, wanted: growth });
    for (const [folder, wanted] of elsewhere)
      if (wanted > 0) places.push({ folder, room: await freeOf(folder), wanted });
    const tight = places.find(({ room, wanted }) => room < wanted);
    if (!tight) return warnings.clear('image-room');
    warnings.set(
      'image-room',
      `The drive cannot be filled: it may still grow by ${gb(tight.wanted)}, and only ${gb(tight.room)} are free on the disk of ${tight.folder}. When that is used up, the car gets write errors and stops recording. Make room there, or make a smaller drive: save what is on it, remove the image, and set a smaller size.`,
    );
  }
}

interface DiskIdentity {
  readonly dev: number;
  /** Size of a btrfs, whose subvolumes have numbers of their own and one room; elsewhere undefined. */
  readonly pool: number | undefined;
}

const BTRFS = 0x9123683e;

/** Undefined when it is not there. */
async function diskOf(folder: string): Promise<DiskIdentity | undefined> {
  try {
    const { dev } = await stat(folder);
    const { type, blocks } = await statfs(folder);
    return { dev, pool: type === BTRFS ? blocks : undefined };
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/** What nobody can tell is taken for one disk, which is the careful answer. */
function isSame(one: DiskIdentity | undefined, other: DiskIdentity | undefined): boolean {
  if (!one || !other || one.dev === other.dev) return true;
  return one.pool !== undefined && one.pool === other.pool;
}

async function freeIn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
