/**
 * What only the hub sees: a recorder that went silent or was replaced, a camera that nobody holds, one that is disabled. Such an
 * outage is about all tracks of its camera; it begins where footage has ended and is over with the first footage of who holds it next.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { HubOutage } from '../../catalog/outages.ts';
import type { OutageCause } from '../../contract/outage.ts';

/** Written down only when it has lasted so long: a hand-over is none. */
const WRITE_AFTER_MS = 3000;
/** Nobody has taken a dead recorder's camera for so long: it is not the recorder's death any more that keeps it from being recorded. */
const TAKEN_OVER_MS = 15_000;
/** A recorder's clock may be so much ahead of ours. */
const AHEAD_MS = 2000;

/** A camera as the catalog has it. */
export interface WatchedCamera {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  /** UTC ms. */
  readonly createdAt: number;
  /** Seconds without anything new until there is an alert; 0: never. */
  readonly alertAfterSeconds: number;
}

export interface OutageStore {
  write(outage: HubOutage): Promise<void>;
  remove(id: string): Promise<void>;
  /** The hub's own that go on. */
  open(): Promise<readonly HubOutage[]>;
  /** Where the stored footage of each camera ends by now, UTC ms. */
  newestFootage(): Promise<ReadonlyMap<string, number>>;
}

/** As far as a recorder tells of an open segment. */
export interface RecordedExtent {
  readonly sourceId: string;
  readonly token: number;
  readonly wallStart: number;
  readonly durationMs: number;
}

interface Watched {
  enabled: boolean;
  /** Who holds it, by its newest lease. */
  holder: { recorder: string; token: number } | undefined;
  token: number;
  /** Since when nobody holds it, monotonic ms. */
  freeSince: number;
  /** Where footage ends, UTC ms. */
  lastEnd: number;
  open: { outage: HubOutage; since: number; written: boolean } | undefined;
}

export interface HubOutageWatchOptions {
  readonly store: OutageStore;
  readonly clock: Clock;
  readonly log: Log;
}

export class HubOutageWatch {
  readonly #o: HubOutageWatchOptions;
  readonly #cameras = new Map<string, Watched>();
  /** What the catalog does not know yet; null: to be removed. */
  readonly #dirty = new Map<string, HubOutage | null>();
  #flushing: Promise<void> | undefined;

  constructor(options: HubOutageWatchOptions) {
    this.#o = options;
  }

  /** Before any recorder is heard. Until then nothing was recorded here, or by a recorder that will say so. */
  async start(cameras: readonly WatchedCamera[]): Promise<void> {
    const { store } = this.#o;
    const [open, newest] = await Promise.all([store.open(), store.newestFootage()]);
    const known = new Map(open.map((outage) => [outage.sourceId, outage]));
    for (const outage of open)
      if (known.get(outage.sourceId) !== outage) this.#dirty.set(outage.id, { ...outage, end: outage.start });
    for (const camera of cameras) {
      const watched = this.#add(camera, newest.get(camera.id) ?? camera.createdAt);
      const outage = known.get(camera.id);
      if (outage && (outage.cause === 'disabled') === !camera.enabled)
        watched.open = { outage, since: this.#o.clock.monotonic(), written: true };
      else {
        if (outage) this.#dirty.set(outage.id, { ...outage, end: Math.max(outage.start, watched.lastEnd) });
        if (camera.enabled) this.#begin(camera.id, watched, 'recorder', watched.lastEnd, 'Vidette was not running.');
        else this.#begin(camera.id, watched, 'disabled', watched.lastEnd);
      }
    }
  }

  /** After any was added, changed or removed; and now and then. */
  camerasAre(cameras: readonly WatchedCamera[]): void {
    const now = this.#o.clock.wall();
    const there = new Set(cameras.map(({ id }) => id));
    for (const [id, watched] of this.#cameras) {
      if (there.has(id)) continue;
      this.#end(watched, now);
      this.#cameras.delete(id);
    }
    for (const camera of cameras) {
      const watched = this.#cameras.get(camera.id);
      if (watched === undefined) {
        const added = this.#add(camera, camera.createdAt);
        this.#begin(camera.id, added, camera.enabled ? 'no-recorder' : 'disabled', camera.createdAt);
      } else if (watched.enabled !== camera.enabled) {
        watched.enabled = camera.enabled;
        this.#end(watched, now);
        if (camera.enabled) this.#begin(camera.id, watched, 'no-recorder', now, 'It has just been enabled.');
        else this.#begin(camera.id, watched, 'disabled', now);
      }
    }
  }

  /** A recorder holds it under this fencing token. */
  held(cameraId: string, recorder: string, token: number): void {
    const watched = this.#cameras.get(cameraId);
    if (watched === undefined || token < watched.token) return;
    const before = watched.holder;
    if (before?.recorder === recorder && before.token === token) return;
    // The same lease again, by a recorder that had been silent.
    const isNew = token > watched.token;
    watched.holder = { recorder, token };
    watched.token = token;
    if (before !== undefined && isNew)
      this.#begin(cameraId, watched, 'recorder', watched.lastEnd, 'Another recorder has taken over.');
  }

  /** Nobody holds it any more. */
  dropped(cameraId: string): void {
    const watched = this.#cameras.get(cameraId);
    if (watched?.holder === undefined) return;
    watched.holder = undefined;
    watched.freeSince = this.#o.clock.monotonic();
    if (watched.enabled)
      this.#begin(cameraId, watched, 'recorder', watched.lastEnd, 'The recorder has ended or gone silent.');
  }

  /** Open segments as a recorder has just told them. */
  recorded(extents: readonly RecordedExtent[]): void {
    for (const { sourceId, token, wallStart, durationMs } of extents) {
      const watched = this.#cameras.get(sourceId);
      if (watched === undefined || durationMs <= 0) continue;
      const end = wallStart + durationMs;
      const open = watched.open;
      if (open && open.outage.cause !== 'disabled' && token >= watched.token && end > open.outage.start)
        this.#end(watched, Math.max(open.outage.start, wallStart));
      // What was recorded before the clock was set back lies in a time to come.
      const isAhead = watched.lastEnd > this.#o.clock.wall() + AHEAD_MS;
      watched.lastEnd = isAhead ? end : Math.max(watched.lastEnd, end);
    }
  }

  /** To be called about once a second. */
  tick(): void {
    const monotonic = this.#o.clock.monotonic();
    for (const [id, watched] of this.#cameras) {
      const { open, holder, freeSince, enabled } = watched;
      if (
        enabled &&
        holder === undefined &&
        open?.outage.cause === 'recorder' &&
        monotonic - freeSince > TAKEN_OVER_MS
      ) {
        const now = this.#o.clock.wall();
        this.#end(watched, now);
        this.#begin(id, watched, 'no-recorder', now, 'No recorder holds the camera.');
      }
      if (open && !open.written && monotonic - open.since > WRITE_AFTER_MS) {
        open.written = true;
        this.#dirty.set(open.outage.id, open.outage);
      }
    }
    void this.flush();
  }

  /** Writes down what has changed; what cannot be written now is tried again. */
  async flush(): Promise<void> {
    // What has changed while the writing before this one went on is written, too.
    await this.#flushing;
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = undefined;
    });
    await this.#flushing;
  }

  async #write(): Promise<void> {
    const { store, log } = this.#o;
    for (const [id, outage] of [...this.#dirty]) {
      try {
        if (outage === null) await store.remove(id);
        else await store.write(outage);
      } catch (error) {
        log.debug('An outage could not be written down yet.', { error: messageOf(error) });
        return;
      }
      if (this.#dirty.get(id) === outage) this.#dirty.delete(id);
    }
  }

  #add(camera: WatchedCamera, lastEnd: number): Watched {
    const { enabled } = camera;
    const freeSince = this.#o.clock.monotonic();
    const watched: Watched = { enabled, holder: undefined, token: 0, freeSince, lastEnd, open: undefined };
    this.#cameras.set(camera.id, watched);
    return watched;
  }

  /** One that goes on already is not begun again. */
  #begin(sourceId: string, watched: Watched, cause: OutageCause, from: number, detail?: string): void {
    if (watched.open !== undefined) return;
    const start = Math.min(from, this.#o.clock.wall());
    const base: HubOutage = { id: randomUUID(), sourceId, track: null, cause, start, end: null };
    const outage = detail === undefined ? base : { ...base, detail };
    // What a person has decided is no matter of a moment.
    const written = cause === 'disabled';
    watched.open = { outage, since: this.#o.clock.monotonic(), written };
    if (written) this.#dirty.set(outage.id, outage);
  }

  #end(watched: Watched, end: number): void {
    const { open } = watched;
    if (open === undefined) return;
    watched.open = undefined;
    const { outage, written } = open;
    const gapMs = end - outage.start;
    if (gapMs <= 0 && !written) return;
    this.#dirty.set(outage.id, gapMs <= 0 ? null : { ...outage, end });
    if (gapMs > 0 && outage.cause !== 'disabled')
      this.#o.log.info('An outage has ended.', { camera: outage.sourceId, cause: outage.cause, gapMs });
  }
}
