/**
 * The registry of metrics: each with its name, its help, and how it gets its value when somebody asks.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CameraState } from '../../contract/camera.ts';
import type { CoverageSum } from '../../contract/outage.ts';
import type { CameraCounts } from './counts.ts';

/** A camera as metrics see it. */
export interface MeasuredCamera {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly state: CameraState;
  /** UTC ms of the newest stored picture; null: none. */
  readonly footageEnd: number | null;
  readonly bytes: number;
}

/** What is asked of the rest of the hub for each scrape. */
export interface MetricFacts {
  readonly version: string;
  readonly now: () => number;
  /** @throws when the catalog is away */
  readonly cameras: () => Promise<readonly MeasuredCamera[]>;
  readonly pool: () => {
    readonly recorders: number;
    readonly capacity: number;
    readonly loads: readonly { readonly id: string; readonly cameras: number }[];
    readonly enabled: number;
    readonly unheld: number;
  };
  readonly counts: CameraCounts;
  /** Coverage of today by camera id, as last counted. */
  readonly today: () => ReadonlyMap<string, CoverageSum>;
  /** Jobs that wait or run. @throws when the catalog is away */
  readonly jobs: () => Promise<readonly { readonly type: string; readonly state: string; readonly count: number }[]>;
  readonly disk: () => {
    readonly free: number;
    readonly total: number;
    readonly floor: number;
    readonly paused: boolean;
  };
  readonly libraryBytes: () => readonly { readonly library: string; readonly bytes: number }[];
  readonly databaseUp: () => Promise<boolean>;
  readonly viewers: () => number;
}

const HTTP_BUCKETS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

export class Metrics {
  readonly #registry = new Registry();
  readonly #facts: MetricFacts;
  readonly #http: Histogram<'method' | 'route' | 'status'>;
  readonly #set: (() => Promise<void> | void)[] = [];
  #cameras: readonly MeasuredCamera[] = [];
  #jobs: readonly { type: string; state: string; count: number }[] = [];

  constructor(facts: MetricFacts) {
    this.#facts = facts;
    collectDefaultMetrics({ register: this.#registry });
    this.#http = new Histogram({
      name: 'vidette_http_request_duration_seconds',
      help: 'Duration of answered HTTP requests, by route pattern and class of status',
      labelNames: ['method', 'route', 'status'],
      buckets: HTTP_BUCKETS,
      registers: [this.#registry],
    });
    this.#ofTheHub();
    this.#ofThePool();
    this.#ofCameras();
  }

  /** An HTTP request was answered. @param route its pattern, not its path */
  answered(method: string, route: string, status: number, seconds: number): void {
    this.#http.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, seconds);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics, with fresh values. */
  async text(): Promise<string> {
    const { databaseUp, cameras, jobs } = this.#facts;
    const up = await databaseUp();
    if (up) {
      const [found, waiting] = await Promise.allSettled([cameras(), jobs()]);
      if (found.status === 'fulfilled') this.#cameras = found.value;
      if (waiting.status === 'fulfilled') this.#jobs = waiting.value;
    }
    this.#gauges.get('vidette_database_up')?.set(up ? 1 : 0);
    for (const set of this.#set) await set();
    return await this.#registry.metrics();
  }

  /** Names of all metrics of ours, for the page that describes them. */
  get names(): string[] {
    return this.#registry.getMetricsAsArray().map(({ name }) => name);
  }

  readonly #gauges = new Map<string, Gauge>();

  #gauge(name: string, help: string, value: () => number): void {
    const gauge = new Gauge({ name, help, registers: [this.#registry] });
    this.#gauges.set(name, gauge);
    this.#set.push(() => gauge.set(value()));
  }

  /** One value for each of a changing list; what is gone from the list is gone from the metric. */
  #gaugeOf<T, L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    list: () => readonly T[],
    of: (item: T) => readonly { readonly labels: Record<L, string>; readonly value: number }[],
  ): void {
    const gauge = new Gauge({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
    this.#set.push(() => {
      gauge.reset();
      for (const item of list())
        for (const { labels, value } of of(item)) gauge.set(labels as Partial<Record<L, string>>, value);
    });
  }

  #ofTheHub(): void {
    const { disk, viewers, libraryBytes, version } = this.#facts;
    const build = new Gauge({
      name: 'vidette_build_info',
      help: 'Always 1; the version is a label',
      labelNames: ['version'],
      registers: [this.#registry],
    });
    build.set({ version }, 1);
    const up = new Gauge({
      name: 'vidette_database_up',
      help: '1 while the database answers; without it figures of cameras and jobs are those of before',
      registers: [this.#registry],
    });
    this.#gauges.set('vidette_database_up', up);
    this.#gauge('vidette_disk_free_bytes', 'Room on the library’s disk; 0 where it is a bucket', () => disk().free);
    this.#gauge('vidette_disk_size_bytes', 'Size of the library’s disk; 0 where it is a bucket', () => disk().total);
    this.#gauge('vidette_disk_floor_bytes', 'What must stay free on it', () => disk().floor);
    this.#gauge('vidette_recording_paused', '1 while the disk is too full to write', () => (disk().paused ? 1 : 0));
    this.#gauge('vidette_live_viewers', 'Open live views', viewers);
    this.#gaugeOf('vidette_library_bytes', 'Stored footage, by library', ['library'], libraryBytes, (one) => [
      { labels: { library: one.library }, value: one.bytes },
    ]);
    const jobs = (): readonly { type: string; state: string; count: number }[] => this.#jobs;
    this.#gaugeOf('vidette_jobs', 'Jobs that wait or run', ['type', 'state'], jobs, ({ type, state, count }) => [
      { labels: { type, state }, value: count },
    ]);
  }

  #ofThePool(): void {
    const { pool } = this.#facts;
    const loads = (): ReturnType<typeof pool>['loads'] => pool().loads;
    this.#gauge('vidette_cameras', 'Cameras', () => this.#cameras.length);
    this.#gauge('vidette_cameras_enabled', 'Cameras that are to be recorded', () => pool().enabled);
    this.#gauge(
      'vidette_cameras_unheld',
      'Cameras that are to be recorded and that no recorder holds',
      () => pool().unheld,
    );
    this.#gauge(
      'vidette_cameras_recording',
      'Cameras whose pictures come just now',
      () => this.#cameras.filter((camera) => camera.state.status === 'recording').length,
    );
    this.#gauge('vidette_recorders', 'Recorders that speak with the hub', () => pool().recorders);
    this.#gauge('vidette_recorder_capacity', 'Most cameras that these recorders can hold', () => pool().capacity);
    this.#gaugeOf('vidette_recorder_cameras', 'Cameras that a recorder holds', ['recorder'], loads, (one) => [
      { labels: { recorder: one.id }, value: one.cameras },
    ]);
  }

  #ofCameras(): void {
    const { now, counts, today } = this.#facts;
    const enabled = (): MeasuredCamera[] => this.#cameras.filter((camera) => camera.enabled);
    const each = (name: string, help: string, value: (camera: MeasuredCamera) => number | undefined): void =>
      this.#gaugeOf(name, help, ['camera'], enabled, (camera) => {
        const found = value(camera);
        return found === undefined ? [] : [{ labels: { camera: camera.name }, value: found }];
      });
    each('vidette_camera_recording', '1 while pictures come', ({ state }) => (state.status === 'recording' ? 1 : 0));
    each('vidette_camera_alert', '1 while there is an alert', ({ state }) => (state.alert ? 1 : 0));
    each('vidette_camera_last_frame_age_seconds', 'Since the newest picture', ({ state, footageEnd }) => {
      const last = Math.max(footageEnd ?? 0, state.lastFrameAt === undefined ? 0 : Date.parse(state.lastFrameAt));
      return last === 0 ? undefined : Math.max(0, (now() - last) / 1000);
    });
    each('vidette_camera_bitrate_bits_per_second', 'Over the last seconds', ({ state }) => state.bitrate);
    each('vidette_camera_frames_per_second', 'Over the last seconds', ({ state }) => state.fps);
    each('vidette_camera_stored_bytes', 'Footage that is kept of it', ({ bytes }) => bytes);
    each(
      'vidette_camera_coverage_today_percent',
      'Of the UTC day so far',
      ({ id }) => today().get(id)?.percent ?? undefined,
    );
    this.#gaugeOf(
      'vidette_camera_gap_seconds_today',
      'Seconds of the UTC day without footage, by cause',
      ['camera', 'cause'],
      enabled,
      ({ id, name }) =>
        Object.entries(today().get(id)?.missingMs ?? {}).map(([cause, ms]) => ({
          labels: { camera: name, cause },
          value: ms / 1000,
        })),
    );
    this.#counterOf('vidette_camera_frames_stored_total', 'Pictures in finished segments', counts.stored);
    this.#counterOf('vidette_camera_frames_lost_total', 'Pictures that are known to be missing', counts.lost);
    this.#counterOf('vidette_camera_reconnects_total', 'How often its stream was opened anew', counts.runs);
  }

  #counterOf(name: string, help: string, values: ReadonlyMap<string, number>): void {
    const counter = new Counter({ name, help, labelNames: ['camera'], registers: [this.#registry] });
    this.#set.push(() => {
      counter.reset();
      for (const { id, name: camera, enabled } of this.#cameras)
        if (enabled) counter.inc({ camera }, values.get(id) ?? 0);
    });
  }
}
