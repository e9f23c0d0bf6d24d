/** The cars whose dash cam footage is watched. */
import type { z } from 'zod';
import type { Car, CarChange, CarCreate, CarHarvest, CarHarvestRequest, CarTest } from '../../../src/contract/car.ts';
import { routes } from '../../../src/contract/routes.ts';
import { address, client, type Failure, failureOf } from './api.ts';
import { events } from './events.svelte.ts';

class Cars {
  list = $state.raw<Car[]>([]);
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  failure = $state.raw<Failure | undefined>();

  constructor() {
    events.listen((event) => {
      if (event.type === 'car') this.#put(event.car);
      if (event.type === 'car-deleted') this.#drop(event.id);
    });
  }

  find(id: string): Car | undefined {
    return this.list.find((car) => car.id === id);
  }

  async load(): Promise<void> {
    try {
      this.list = await client.call(routes.listCars, {});
      this.state = 'ready';
      this.failure = undefined;
    } catch (error) {
      this.failure = failureOf(error);
      if (this.state === 'loading') this.state = 'failed';
    }
  }

  async create(car: z.input<typeof CarCreate>): Promise<Car> {
    const made = await client.call(routes.createCar, { body: car });
    this.#put(made);
    return made;
  }

  async change(id: string, change: z.input<typeof CarChange>): Promise<void> {
    this.#put(await client.call(routes.changeCar, { params: { id }, body: change }));
  }

  async remove(id: string): Promise<void> {
    await client.call(routes.deleteCar, { params: { id } });
    this.#drop(id);
  }

  async look(id: string): Promise<void> {
    this.#put(await client.call(routes.lookAtCar, { params: { id } }));
  }

  test(path: string): Promise<CarTest> {
    return client.call(routes.testCar, { body: { path } });
  }

  async harvest(id: string, request: z.input<typeof CarHarvestRequest>): Promise<void> {
    this.#harvested(id, await client.call(routes.startCarHarvest, { params: { id }, body: request }));
  }

  /** Also from the events that have it. */
  async removeClip(id: string, clip: string): Promise<void> {
    await client.call(routes.deleteCarClip, { params: { id, clip } });
  }

  async stopHarvest(id: string): Promise<void> {
    this.#harvested(id, await client.call(routes.cancelCarHarvest, { params: { id } }));
  }

  clear(): void {
    this.list = [];
    this.state = 'loading';
  }

  #harvested(id: string, harvest: CarHarvest | null): void {
    const car = this.find(id);
    if (car) this.#put({ ...car, harvest });
  }

  #put(car: Car): void {
    const others = this.list.filter((other) => other.id !== car.id);
    this.list = [...others, car].sort((a, b) => a.name.localeCompare(b.name));
  }

  #drop(id: string): void {
    this.list = this.list.filter((car) => car.id !== id);
  }
}

export const cars = new Cars();

export const eventPicture = (car: string, event: string): string => address(routes.carEventPicture, { id: car, event });
export const eventZip = (car: string, event: string): string => address(routes.carEventZip, { id: car, event });
export const eventFile = (car: string, event: string, name: string): string =>
  address(routes.carEventFile, { id: car, event, name });
export const clipVideo = (car: string, clip: string): string => address(routes.carClipVideo, { id: car, clip });
export const clipSaved = (car: string, clip: string): string =>
  address(routes.carClipVideo, { id: car, clip }, { download: 'true' });
