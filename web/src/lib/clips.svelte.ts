/** The clips that were asked for, newest first. */

import type { z } from 'zod';
import type { Clip, ClipRequest } from '../../../src/contract/clip.ts';
import { routes } from '../../../src/contract/routes.ts';
import { address, client, type Failure, failureOf } from './api.ts';
import { events } from './events.svelte.ts';

class Clips {
  list = $state.raw<Clip[]>([]);
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  failure = $state.raw<Failure | undefined>();

  constructor() {
    events.listen((event) => {
      if (event.type === 'clip') this.#put(event.clip);
      if (event.type === 'clip-deleted') this.#drop(event.id);
    });
  }

  find(id: string): Clip | undefined {
    return this.list.find((clip) => clip.id === id);
  }

  get busy(): number {
    return this.list.filter((clip) => clip.state === 'waiting' || clip.state === 'running').length;
  }

  async load(): Promise<void> {
    try {
      this.list = await client.call(routes.listClips, { query: { limit: 100 } });
      this.state = 'ready';
      this.failure = undefined;
    } catch (error) {
      this.failure = failureOf(error);
      if (this.state === 'loading') this.state = 'failed';
    }
  }

  async create(request: z.input<typeof ClipRequest>): Promise<Clip> {
    const clip = await client.call(routes.createClip, { body: request });
    // Its first event may have come before this answer, and know more.
    const known = this.find(clip.id);
    if (!known || known.progress < clip.progress) this.#put(clip);
    return clip;
  }

  async cancel(id: string): Promise<void> {
    this.#put(await client.call(routes.cancelClip, { params: { id } }));
  }

  async remove(id: string): Promise<void> {
    await client.call(routes.deleteClip, { params: { id } });
    this.#drop(id);
  }

  clear(): void {
    this.list = [];
    this.state = 'loading';
  }

  #put(clip: Clip): void {
    const others = this.list.filter((other) => other.id !== clip.id);
    this.list = [...others, clip].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  #drop(id: string): void {
    this.list = this.list.filter((clip) => clip.id !== id);
  }
}

export const clips = new Clips();

export const clipAddress = (id: string): string => address(routes.clipFile, { id });
/** @param number which picture it is: each has an address of its own */
export const clipPicture = (id: string, number: number): string => address(routes.clipPicture, { id }, { n: number });
export const clipDownload = (id: string): string => address(routes.clipFile, { id }, { download: '1' });
