/** The images of the drive: which there are, what is known of each, and that they have their blocks. */
import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import type { ImageStatus } from './drive.ts';
import type { Allocate } from './format/allocate.ts';
import { createImage, type ImageWish } from './format/create-image.ts';
import type { Usage } from './live-look.ts';
import { gb } from './warnings.ts';

export interface DriveImage extends Pick<ImageWish, 'bytes' | 'format' | 'partition' | 'clusterBytes'> {
  /** As the root helper's settings name it. */
  readonly name: string;
  readonly path: string;
}

type State = ImageStatus['state'];

interface ImageSize {
  readonly path: string;
  /** Of the drive that the car sees. */
  readonly bytes: number;
  /** By its blocks. */
  readonly onDisk: number;
  /** Bytes that it may still take of its disk. */
  readonly unallocated: number;
}

export class ImageShelf {
  readonly #images: ReadonlyMap<string, DriveImage>;
  readonly #allocate: Allocate | undefined;
  readonly #states = new Map<string, State>();
  readonly #usage = new Map<string, Usage>();
  readonly #sizes = new Map<string, ImageSize>();

  /** @param allocate gives an image its blocks before a car has it; without it images are sparse */
  constructor(images: readonly DriveImage[], allocate?: Allocate) {
    this.#allocate = allocate;
    this.#images = new Map(images.map((image) => [image.name, image]));
    for (const { name } of images) this.#states.set(name, 'waiting');
  }

  get names(): string[] {
    return [...this.#images.keys()];
  }

  get paths(): string[] {
    return [...this.#images.values()].map(({ path }) => path);
  }

  path(name: string): string {
    return this.#images.get(name)?.path ?? '';
  }

  state(name: string): State | undefined {
    return this.#states.get(name);
  }

  setState(name: string, state: State): void {
    if (this.#images.has(name)) this.#states.set(name, state);
  }

  setUsage(name: string, usage: Usage): void {
    this.#usage.set(name, usage);
  }

  usage(name: string): Usage | undefined {
    return this.#usage.get(name);
  }

  withState(state: State): string[] {
    return this.names.filter((name) => this.#states.get(name) === state);
  }

  /** Makes those that are not there. @throws UserError when one cannot be made, or its disk has no room for it */
  async complete(): Promise<void> {
    for (const { name, path, bytes } of this.#images.values()) {
      if (await stat(path).catch(() => undefined)) continue;
      if (this.#allocate) await needRoom(path, name, bytes);
      await this.empty(name);
    }
  }

  /** An empty drive takes its place. The caller knows that no car has it, and that everything in it is safe. */
  async empty(name: string): Promise<void> {
    const image = this.#images.get(name);
    if (!image) return;
    // Sparse first: the old one's blocks are free only when the new one has its name.
    await createImage(image.path, image);
    await this.fill(name);
    this.setState(name, 'ready');
    this.#usage.delete(name);
  }

  /**
   * Gives it the blocks that it lacks, so that the car can fill it whatever else is written. The caller knows that no car has it.
   * @returns false: its disk has no room for all of them, or cannot do it
   */
  async fill(name: string): Promise<boolean> {
    const image = this.#images.get(name);
    const seen = image && (await stat(image.path).catch(() => undefined));
    if (!image || !seen || !this.#allocate || seen.blocks * 512 >= seen.size) return true;
    return (await this.#allocate(image.path, seen.size)) === 'whole';
  }

  /** How large they are. */
  async measure(): Promise<void> {
    for (const { name, path } of this.#images.values()) {
      const seen = await stat(path).catch(() => undefined);
      if (!seen) {
        this.setState(name, 'missing');
        this.#sizes.delete(name);
        continue;
      }
      const onDisk = seen.blocks * 512;
      this.#sizes.set(name, { path, bytes: seen.size, onDisk, unallocated: Math.max(0, seen.size - onDisk) });
    }
  }

  /** As last measured. */
  sizes(): ImageSize[] {
    return [...this.#sizes.values()];
  }

  statuses(): ImageStatus[] {
    return this.names.map((name) => {
      const { bytes = 0, onDisk = 0 } = this.#sizes.get(name) ?? {};
      const usage = this.#usage.get(name);
      return { name, bytes, onDisk, used: usage?.used, kept: usage?.kept, state: this.#states.get(name) ?? 'waiting' };
    });
  }
}

/** @throws UserError `full` */
async function needRoom(path: string, name: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dirname(path));
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new UserError(
    `There is no room for the image ${name}: it takes ${gb(bytes)}, and ${gb(free)} are free in ${dirname(path)}.`,
    'Make room there, or set a smaller size. (With the setting “sparse” it is made without its room; a car that fills such a drive stops recording.)',
    { code: 'full' },
  );
}
