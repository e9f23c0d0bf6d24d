/** The images of the drive: which there are, and what is known of each. */
import { stat } from 'node:fs/promises';
import type { ImageStatus } from './drive.ts';
import { createImage, type ImageWish } from './format/create-image.ts';
import type { Usage } from './live-look.ts';

export interface DriveImage extends Pick<ImageWish, 'bytes' | 'format' | 'partition' | 'clusterBytes'> {
  /** As the root helper's settings name it. */
  readonly name: string;
  readonly path: string;
}

type State = ImageStatus['state'];

export class ImageShelf {
  readonly #images: ReadonlyMap<string, DriveImage>;
  readonly #states = new Map<string, State>();
  readonly #usage = new Map<string, Usage>();
  readonly #sizes = new Map<string, { readonly bytes: number; readonly onDisk: number }>();

  constructor(images: readonly DriveImage[]) {
    this.#images = new Map(images.map((image) => [image.name, image]));
    for (const { name } of images) this.#states.set(name, 'waiting');
  }

  get names(): string[] {
    return [...this.#images.keys()];
  }

  image(name: string): DriveImage | undefined {
    return this.#images.get(name);
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

  /** Makes those that are not there. @throws UserError when one cannot be made */
  async complete(): Promise<void> {
    for (const image of this.#images.values()) {
      const there = await stat(image.path).catch(() => undefined);
      if (!there) await this.empty(image.name);
    }
  }

  /** An empty drive takes its place. The caller knows that no car has it, and that everything in it is safe. */
  async empty(name: string): Promise<void> {
    const image = this.#images.get(name);
    if (!image) return;
    await createImage(image.path, image);
    this.setState(name, 'ready');
    this.#usage.delete(name);
  }

  /** How large they are. @returns bytes that they may still take of this machine's disk */
  async measure(): Promise<number> {
    let growth = 0;
    for (const { name, path } of this.#images.values()) {
      const seen = await stat(path).catch(() => undefined);
      if (!seen) {
        this.setState(name, 'missing');
        this.#sizes.delete(name);
        continue;
      }
      const onDisk = seen.blocks * 512;
      this.#sizes.set(name, { bytes: seen.size, onDisk });
      growth += Math.max(0, seen.size - onDisk);
    }
    return growth;
  }

  statuses(): ImageStatus[] {
    return this.names.map((name) => {
      const { bytes = 0, onDisk = 0 } = this.#sizes.get(name) ?? {};
      const usage = this.#usage.get(name);
      return { name, bytes, onDisk, used: usage?.used, kept: usage?.kept, state: this.#states.get(name) ?? 'waiting' };
    });
  }
}
