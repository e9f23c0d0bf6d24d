/**
 * Alerts: a camera has stored nothing new for longer than its setting allows, or its picture does not change at all. They end by
 * themselves. What counts as new is footage that has reached the disk, as its recorder tells it.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { Alert } from '../../contract/alert.ts';
import type { CameraState } from '../../contract/camera.ts';
import type { RecordedExtent, WatchedCamera } from './watch.ts';

export interface AlertStore {
  write(alert: Alert): Promise<void>;
  open(): Promise<readonly Alert[]>;
}

export interface AlertWatchOptions {
  readonly store: AlertStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly stateOf: (cameraId: string) => CameraState;
  /** Raised, or ended. */
  readonly onAlert: (alert: Alert) => void;
}

interface Watched {
  camera: WatchedCamera;
  /** Where footage ends, UTC ms; and when it last moved, monotonic ms. */
  lastEnd: number;
  movedAt: number;
  /** Since this hub has watched it. */
  hasMoved: boolean;
  alert: Alert | undefined;
}

export class AlertWatch {
  readonly #o: AlertWatchOptions;
  readonly #cameras = new Map<string, Watched>();
  /** What the catalog does not know yet. */
  readonly #dirty = new Map<string, Alert>();
  #flushing: Promise<void> | undefined;

  constructor(options: AlertWatchOptions) {
    this.#o = options;
  }

  /** Takes over the alerts that were open when the hub ended; those of cameras that are gone or disabled end. */
  async start(cameras: readonly WatchedCamera[]): Promise<void> {
    this.camerasAre(cameras);
    for (const alert of await this.#o.store.open()) {
      const watched = this.#cameras.get(alert.source);
      if (watched?.camera.enabled && watched.alert === undefined) watched.alert = alert;
      else this.#dirty.set(alert.id, { ...alert, endedAt: this.#now() });
    }
  }

  camerasAre(cameras: readonly WatchedCamera[]): void {
    const { clock } = this.#o;
    const there = new Map(cameras.map((camera) => [camera.id, camera]));
    for (const [id, watched] of this.#cameras) {
      if (there.get(id)?.enabled) continue;
      this.#end(watched);
      this.#cameras.delete(id);
    }
    for (const camera of cameras) {
      if (!camera.enabled) continue;
      const watched = this.#cameras.get(camera.id);
      if (watched) watched.camera = camera;
      else
        this.#cameras.set(camera.id, {
          camera,
          lastEnd: clock.wall(),
          movedAt: clock.monotonic(),
          hasMoved: false,
          alert: undefined,
        });
    }
  }

  /** Open segments as a recorder has just told them. */
  recorded(extents: readonly RecordedExtent[]): void {
    const now = this.#o.clock.monotonic();
    for (const { sourceId, wallStart, durationMs } of extents) {
      const watched = this.#cameras.get(sourceId);
      const end = wallStart + durationMs;
      // Any movement: after a step of the clock the new times may be earlier.
      if (watched === undefined || durationMs <= 0 || end === watched.lastEnd) continue;
      watched.lastEnd = end;
      watched.movedAt = now;
      watched.hasMoved = true;
    }
  }

  /** To be called about once a second. */
  tick(): void {
    for (const watched of this.#cameras.values()) {
      const { camera, alert } = watched;
      const found = camera.alertAfterSeconds === 0 ? undefined : this.#lookAt(watched);
      if (found === undefined || (alert !== undefined && alert.kind !== found.kind)) this.#end(watched);
      if (found !== undefined && watched.alert === undefined) this.#raise(watched, found);
    }
    void this.flush();
  }

  /** For the camera's state. */
  of(cameraId: string): { since: string; reason: string } | undefined {
    const alert = this.#cameras.get(cameraId)?.alert;
    return alert && { since: alert.since, reason: alert.reason };
  }

  /** How many go on. */
  get open(): number {
    let open = 0;
    for (const { alert } of this.#cameras.values()) if (alert) open++;
    return open;
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

  #lookAt(watched: Watched): Pick<Alert, 'kind' | 'reason' | 'since'> | undefined {
    const { clock, stateOf } = this.#o;
    const { alertAfterSeconds, id } = watched.camera;
    // One that the hub before this one has raised goes on until something has moved.
    if (watched.alert?.kind === 'silent' && !watched.hasMoved) return watched.alert;
    const quietMs = clock.monotonic() - watched.movedAt;
    if (quietMs >= alertAfterSeconds * 1000) {
      const reason = stateOf(id).reason ?? 'No new pictures are stored.';
      return { kind: 'silent', reason, since: new Date(clock.wall() - quietMs).toISOString() };
    }
    const since = stateOf(id).frozenSince;
    if (since === undefined || clock.wall() - Date.parse(since) < alertAfterSeconds * 1000) return undefined;
    return { kind: 'frozen', reason: 'The picture does not change at all.', since };
  }

  #raise(watched: Watched, found: Pick<Alert, 'kind' | 'reason' | 'since'>): void {
    const { id: source, name } = watched.camera;
    const alert: Alert = { id: randomUUID(), source, camera: name, ...found, raisedAt: this.#now(), endedAt: null };
    watched.alert = alert;
    this.#o.log.warn('A camera shows nothing new.', { camera: name, cause: alert.kind, reason: alert.reason });
    this.#tell(alert);
  }

  #end(watched: Watched): void {
    const { alert } = watched;
    if (alert === undefined) return;
    watched.alert = undefined;
    this.#o.log.info('A camera shows something new again.', { camera: watched.camera.name, cause: alert.kind });
    this.#tell({ ...alert, endedAt: this.#now() });
  }

  #tell(alert: Alert): void {
    this.#dirty.set(alert.id, alert);
    this.#o.onAlert(alert);
  }

  async #write(): Promise<void> {
    for (const [id, alert] of [...this.#dirty]) {
      try {
        await this.#o.store.write(alert);
      } catch (error) {
        this.#o.log.debug('An alert could not be written down yet.', { error: messageOf(error) });
        return;
      }
      if (this.#dirty.get(id) === alert) this.#dirty.delete(id);
    }
  }

  #now(): string {
    return new Date(this.#o.clock.wall()).toISOString();
  }
}
