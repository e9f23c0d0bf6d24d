/**
 * A car that records on a simulated clock: six cameras, a minute after the other with a gap between them, a ring of RecentClips, events that it copies.
 * Its writes reach the drive through a cache of its own, each kind in its own time, and the disk below in another.
 */
import { createHash } from 'node:crypto';
import { formatLocal } from '../../../src/sources/dashcam/layout/clip-name.ts';
import { CAMERAS, RECENT } from '../car.ts';
import { type Clip, makeClip } from '../clip.ts';
import type { Random } from '../random.ts';
import { type CarFile, CarVolume } from './car-volume.ts';
import { KINDS, type Kind, type Medium } from './medium.ts';

/** Local time of the car at simulated time 0; UTC is eight hours later. */
const LOCAL = Date.UTC(2026, 2, 1, 17, 0, 0);
export const UTC = LOCAL + 8 * 3_600_000;
const MINUTE = 60_000;
const PARTS = 4;
/** After this every kind of write has been flushed. */
const FLUSHED = 20_000;

/** A clip that the car has closed. */
export interface ClosedClip {
  readonly sha256: string;
  readonly path: string;
  readonly camera: string;
  /** Simulated time of its first picture, and when the car closed it, ms. */
  readonly start: number;
  readonly closed: number;
  readonly medium: Medium;
  readonly file: CarFile;
  readonly volume: CarVolume;
  readonly id: number;
}

interface Task {
  readonly at: number;
  readonly run: () => void;
}

export interface DrivenCarOptions {
  readonly random: Random;
  readonly seed: number;
  /** Minutes that RecentClips holds. */
  readonly ring: number;
  /** Every so many minutes the car keeps an event; 0: never. */
  readonly eventEvery: number;
}

export class DrivenCar {
  now = 0;
  /** Parked: it begins no minute any more. */
  parked = false;
  readonly closed: ClosedClip[] = [];
  /** Names of clips of which a copy or the clip itself was open, or not flushed, when the power went or the drive was taken away. */
  readonly broken = new Set<string>();
  /** Clips that were being written when the drive went away. */
  lostOpen = 0;
  readonly #options: DrivenCarOptions;
  #tasks: Task[] = [];
  #medium: Medium | undefined;
  #volume: CarVolume | undefined;
  #open = new Map<CarFile, string>();
  /** What the car's cache holds back, in the order of each kind. */
  #pending: { readonly kind: Kind; readonly offset: number; readonly bytes: Buffer }[] = [];
  #issuedAt = new Map<Kind, number>();
  /** Who wrote a cluster last, by medium. */
  #owners = new Map<Medium, Map<number, number>>();
  /** What it has copied into events, and when. */
  readonly #copies: { readonly name: string; readonly at: number }[] = [];
  #ids = 0;
  #minutes = 0;
  #mounts = 0;
  /** What was recorded lately: for events. */
  #last: { readonly name: string; readonly bytes: Buffer }[] = [];

  constructor(options: DrivenCarOptions) {
    this.#options = options;
  }

  get openFiles(): number {
    return this.#open.size;
  }

  get cached(): number {
    return this.#pending.length;
  }

  get medium(): Medium | undefined {
    return this.#medium;
  }

  advance(to: number): void {
    for (;;) {
      const [next] = this.#tasks;
      if (!next || next.at > to) break;
      this.#tasks.shift();
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = to;
  }

  /** It sees a drive, and goes on recording on it after a moment. */
  plug(medium: Medium): void {
    this.unplug();
    const { random } = this.#options;
    medium.open();
    this.#medium = medium;
    this.#mounts += 1;
    this.#volume = new CarVolume(medium, (kind, offset, bytes) => this.#put(kind, offset, bytes), random.next() < 0.5);
    for (const kind of KINDS) this.#flushLater(kind, this.#mounts);
    const mount = this.#mounts;
    const at = this.now + 700 + random.below(800);
    this.#later(Math.max(at, this.#nextMinute), () => {
      if (mount === this.#mounts) this.#begin();
    });
  }

  /** The drive is gone, with what the car had not written to it yet. */
  unplug(): void {
    if (!this.#medium) return;
    this.lostOpen += this.#open.size;
    this.#forget();
    this.#medium.close();
    this.#medium = undefined;
  }

  /** The power goes: what the car had not written is lost, and of the rest any part that was not flushed. */
  cut(media: readonly Medium[]): void {
    this.#forget();
    this.#medium = undefined;
    for (const medium of media) medium.cut(this.#options.random);
    this.#nextMinute = 0;
  }

  /**
   * The car has neither written over it since, nor freed it: after a power cut an old file may claim clusters of a new one, and goes with them when it is
   * deleted.
   */
  isIntact({ file, medium, volume, id }: ClosedClip): boolean {
    const owners = this.#owners.get(medium);
    return (
      volume.leadsThrough(file) &&
      file.clusters
        .slice(0, Math.ceil(file.bytes / volume.clusterBytes))
        .every((cluster) => owners?.get(cluster) === id)
    );
  }

  /** Entry and all blocks are on the disk for good. */
  isFlushed({ file, medium, volume }: ClosedClip): boolean {
    const places: [number, number][] = file.slots.map((slot) => [slot, 32]);
    for (const cluster of file.clusters) places.push([volume.placeOf(cluster), volume.clusterBytes]);
    return places.every(
      ([at, length]) =>
        medium.isDurable(at, length) &&
        (medium !== this.#medium ||
          !this.#pending.some(({ offset, bytes }) => offset < at + length && offset + bytes.length > at)),
    );
  }

  #nextMinute = 0;

  #forget(): void {
    for (const name of this.#open.values()) this.broken.add(name);
    for (const { name, at } of this.#copies) if (this.now - at < FLUSHED) this.broken.add(name);
    this.#volume = undefined;
    this.#open = new Map();
    this.#pending = [];
    this.#tasks = [];
    this.#issuedAt = new Map();
    this.#mounts += 1;
  }

  #begin(): void {
    const volume = this.#volume;
    if (!volume || this.parked) return;
    for (const path of ['TeslaCam', RECENT, 'TeslaCam/SavedClips', 'TeslaCam/SentryClips']) volume.makeFolder(path);
    this.#ring(volume);
    const { random } = this.#options;
    const start = this.now;
    this.#minutes += 1;
    const minute = this.#minutes;
    const name = formatLocal(LOCAL + start);
    const ends: number[] = [];
    for (const [index, camera] of CAMERAS.entries()) {
      const clip = makeClip({
        start: new Date(UTC + start).toISOString().replace(/\.\d+/, ''),
        sequence: 100_000 + minute * 2160,
        camera: index,
        seed: this.#options.seed * 1000 + minute,
        pictures: 3 + ((minute + index) % 3),
        keyBlocks: 2,
        blocks: 1,
      });
      const at = start + random.below(400);
      const end = start + MINUTE + random.below(500);
      ends.push(end);
      this.#later(at, () => this.#record(`${RECENT}/${name}-${camera}.mp4`, camera, clip, start, end));
    }
    this.#nextMinute = Math.max(...ends) + 2_800 + random.below(1_800);
    this.#later(this.#nextMinute, () => this.#begin());
    const { eventEvery } = this.#options;
    if (eventEvery > 0 && minute % eventEvery === 0)
      this.#later(start + 3_000 + random.below(20_000), () => this.#keep(minute, random.next() < 0.5));
  }

  #record(path: string, camera: string, { bytes, movieAt }: Clip, start: number, end: number): void {
    const volume = this.#volume;
    if (!volume) return;
    const { random } = this.#options;
    const file = volume.create(path, bytes.length);
    this.#ids += 1;
    const id = this.#ids;
    this.#open.set(file, path.slice(RECENT.length + 1));
    // The movie box is written when it is closed.
    const cut = Array.from({ length: PARTS - 1 }, () => random.below(movieAt)).sort((one, other) => one - other);
    for (const [index, to] of [...cut, bytes.length].entries()) {
      const from = index === 0 ? 0 : (cut[index - 1] ?? 0);
      const at = index === PARTS - 1 ? end : start + ((index + 1) * MINUTE) / PARTS - random.below(5_000);
      this.#later(at, () => {
        if (to > from) this.#write(volume, file, bytes.subarray(from, to), id);
        if (index === PARTS - 1 || random.next() < 0.5) volume.update(file);
        if (index < PARTS - 1) return;
        this.#open.delete(file);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        if (this.#medium)
          this.closed.push({ sha256, path, camera, start, closed: this.now, medium: this.#medium, file, volume, id });
        this.#last.push({ name: path.slice(RECENT.length + 1), bytes });
        this.#last = this.#last.slice(-2 * CAMERAS.length);
      });
    }
  }

  /** Copies the last minutes into an event. */
  #keep(minute: number, saved: boolean): void {
    const volume = this.#volume;
    if (!volume) return;
    const folder = `TeslaCam/${saved ? 'SavedClips' : 'SentryClips'}/${formatLocal(LOCAL + this.now)}`;
    volume.makeFolder(folder);
    const reason = saved ? 'user_interaction_dashcam_icon_tapped' : 'sentry_aware_object_detection';
    const json = {
      timestamp: new Date(LOCAL + this.now).toISOString().slice(0, 19),
      city: 'Springfield',
      reason,
      camera: String(minute % 8),
    };
    const copies = [...this.#last, { name: 'event.json', bytes: Buffer.from(`${JSON.stringify(json)}\n`) }];
    for (const [index, { name, bytes }] of copies.entries())
      this.#later(this.now + index * 150, () => {
        const file = volume.create(`${folder}/${name}`, bytes.length);
        this.#open.set(file, name);
        this.#ids += 1;
        this.#write(volume, file, bytes, this.#ids);
        this.#later(this.now + 100, () => {
          volume.update(file);
          this.#open.delete(file);
          this.#copies.push({ name, at: this.now });
        });
      });
  }

  #ring(volume: CarVolume): void {
    const oldest = formatLocal(LOCAL + this.now - this.#options.ring * 64_000);
    for (const path of [...volume.files.keys()])
      if (path.startsWith(`${RECENT}/`) && path.slice(RECENT.length + 1) < oldest) volume.remove(path);
  }

  #write(volume: CarVolume, file: CarFile, bytes: Buffer, id: number): void {
    const from = file.bytes;
    volume.append(file, bytes);
    const medium = this.#medium;
    if (!medium) return;
    const owners = this.#owners.get(medium) ?? new Map<number, number>();
    this.#owners.set(medium, owners);
    for (let at = Math.floor(from / volume.clusterBytes); at * volume.clusterBytes < file.bytes; at += 1)
      owners.set(file.clusters[at] ?? 0, id);
  }

  #put(kind: Kind, offset: number, bytes: Buffer): void {
    const medium = this.#medium;
    if (!medium) return;
    const write = { kind, offset, bytes: Buffer.from(bytes) };
    this.#pending.push(write);
    const at = Math.max(this.#issuedAt.get(kind) ?? 0, this.now + this.#options.random.below(120));
    this.#issuedAt.set(kind, at);
    const mount = this.#mounts;
    this.#later(Math.min(at, this.now + 900), () => {
      if (mount !== this.#mounts) return;
      this.#pending.splice(this.#pending.indexOf(write), 1);
      medium.write(kind, offset, write.bytes, UTC + this.now);
    });
  }

  #flushLater(kind: Kind, mount: number): void {
    const { random } = this.#options;
    this.#later(this.now + 1_000 + random.below(kind === 'data' ? 4_000 : 8_000), () => {
      if (mount !== this.#mounts) return;
      this.#medium?.flush(kind);
      this.#flushLater(kind, mount);
    });
  }

  #later(at: number, run: () => void): void {
    const index = this.#tasks.findLastIndex((task) => task.at <= at);
    this.#tasks.splice(index + 1, 0, { at, run });
  }
}
