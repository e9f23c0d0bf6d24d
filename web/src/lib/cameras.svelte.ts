/** The cameras and how they are doing. */
import type { Camera, CameraChange, NewCamera } from '../../../src/contract/camera.ts';
import { routes } from '../../../src/contract/routes.ts';
import { client, type Failure, failureOf } from './api.ts';
import { type CameraWords, cameraWords } from './camera-words.ts';
import { events } from './events.svelte.ts';

class Cameras {
  list = $state.raw<Camera[]>([]);
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  failure = $state.raw<Failure | undefined>();

  constructor() {
    events.listen((event) => {
      if (event.type === 'camera') this.#put(event.camera);
      if (event.type === 'camera-deleted') this.#drop(event.id);
    });
  }

  /** By id, or by name as people write it. */
  find(id: string): Camera | undefined {
    return this.list.find((camera) => camera.id === id) ?? this.list.find((camera) => camera.name === id);
  }

  async load(): Promise<void> {
    try {
      this.list = sorted(await client.call(routes.listCameras, {}));
      this.state = 'ready';
      this.failure = undefined;
    } catch (error) {
      this.failure = failureOf(error);
      if (this.state === 'loading') this.state = 'failed';
    }
  }

  async create(camera: NewCamera): Promise<Camera> {
    const made = await client.call(routes.createCamera, { body: camera });
    this.#put(made);
    return made;
  }

  async change(id: string, change: CameraChange): Promise<void> {
    this.#put(await client.call(routes.changeCamera, { params: { id }, body: change }));
  }

  async remove(id: string, footage: 'keep' | 'delete'): Promise<void> {
    await client.call(routes.deleteCamera, { params: { id }, query: { footage } });
    this.#drop(id);
  }

  clear(): void {
    this.list = [];
    this.state = 'loading';
  }

  #put(camera: Camera): void {
    this.list = sorted([...this.list.filter((other) => other.id !== camera.id), camera]);
  }

  #drop(id: string): void {
    this.list = this.list.filter((camera) => camera.id !== id);
  }
}

/** How a camera is doing, as far as the page can know while the hub cannot be reached. */
export function wordsOf(camera: Camera): CameraWords {
  return events.state === 'lost' ? { tone: 'off', word: 'Not known just now', detail: undefined } : cameraWords(camera);
}

/** In order of age, so that nothing moves when a name changes. */
function sorted(list: Camera[]): Camera[] {
  return list.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id));
}

export const cameras = new Cameras();
