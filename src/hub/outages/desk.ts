/**
 * Outages and alerts, wired: which cameras there are, what recording sees of them, and the second's tick.
 */
import type { Kysely } from 'kysely';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { listAlerts, writeAlert } from '../../catalog/alerts.ts';
import {
  deleteOutage,
  forgetOldOutages,
  type HubOutage,
  newestFootage,
  openHubOutages,
  writeOutage,
} from '../../catalog/outages.ts';
import { listSources } from '../../catalog/sources.ts';
import type { Database } from '../../catalog/tables.ts';
import type { Alert } from '../../contract/alert.ts';
import type { CameraState } from '../../contract/camera.ts';
import { CameraSettings } from '../camera-settings.ts';
import type { RecordingWatch } from '../recording/recording.ts';
import { AlertWatch } from './alerts.ts';
import { HubOutageWatch, type RecordedExtent, type WatchedCamera } from './watch.ts';

const TICK_MS = 1000;
const FORGET_EVERY_MS = 3_600_000;
/** Outages are kept for so long after what was recorded then. */
const KEEP_DAYS = 400;
const MOST_OPEN_ALERTS = 10_000;

export interface OutageDeskOptions {
  readonly db: Kysely<Database>;
  readonly clock: Clock;
  readonly log: Log;
  readonly stateOf: (cameraId: string) => CameraState;
  readonly onAlert: (alert: Alert) => void;
}

export class OutageDesk implements RecordingWatch {
  readonly #o: OutageDeskOptions;
  readonly #outages: HubOutageWatch;
  readonly alerts: AlertWatch;
  #timer: NodeJS.Timeout | undefined;
  #forgotAt = Number.NEGATIVE_INFINITY;
  #reading = 0;

  constructor(options: OutageDeskOptions) {
    this.#o = options;
    const { db, clock, log, stateOf, onAlert } = options;
    this.#outages = new HubOutageWatch({
      clock,
      log,
      store: {
        write: (outage) => writeOutage(db, outage),
        remove: (id) => deleteOutage(db, id),
        open: async () => (await openHubOutages(db)).map(outageOf),
        newestFootage: () => newestFootage(db, clock.wall()),
      },
    });
    this.alerts = new AlertWatch({
      clock,
      log,
      stateOf,
      onAlert,
      store: { write: (alert) => writeAlert(db, alert), open: () => listAlerts(db, MOST_OPEN_ALERTS, true) },
    });
  }

  /** Before any recorder is heard. */
  async start(): Promise<void> {
    const cameras = await this.#cameras();
    await this.#outages.start(cameras);
    await this.alerts.start(cameras);
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#outages.flush(), this.alerts.flush()]);
  }

  held(cameraId: string, recorder: string, token: number): void {
    this.#outages.held(cameraId, recorder, token);
  }

  dropped(cameraId: string): void {
    this.#outages.dropped(cameraId);
  }

  recorded(open: readonly RecordedExtent[]): void {
    this.#outages.recorded(open);
    this.alerts.recorded(open);
  }

  camerasChanged(): void {
    if (this.#timer === undefined) return;
    const turn = ++this.#reading;
    this.#cameras()
      .then((cameras) => {
        // Of two answers the one to the later question counts.
        if (turn !== this.#reading) return;
        this.#outages.camerasAre(cameras);
        this.alerts.camerasAre(cameras);
      })
      .catch((error: unknown) => {
        this.#o.log.debug('The cameras could not be read for their outages.', { error: messageOf(error) });
      });
  }

  async #cameras(): Promise<WatchedCamera[]> {
    const rows = await listSources(this.#o.db, 'camera');
    return rows.map((row) => ({
      id: row.id,
      name: row.name,
      enabled: row.enabled,
      createdAt: row.created_at.getTime(),
      alertAfterSeconds: CameraSettings.parse(row.settings).alertAfterSeconds,
    }));
  }

  #tick(): void {
    this.#outages.tick();
    this.alerts.tick();
    const { clock, db, log } = this.#o;
    const now = clock.monotonic();
    if (now - this.#forgotAt < FORGET_EVERY_MS) return;
    this.#forgotAt = now;
    forgetOldOutages(db, KEEP_DAYS).catch((error: unknown) => {
      log.debug('Old outages could not be forgotten.', { error: messageOf(error) });
    });
  }
}

function outageOf(row: Awaited<ReturnType<typeof openHubOutages>>[number]): HubOutage {
  const { id, source_id: sourceId, track, cause, start_at: start, end_at: end, detail } = row;
  const outage = { id, sourceId, track, cause, start, end };
  return detail === null ? outage : { ...outage, detail };
}
