/**
 * The hub's side of the recorders' protocol: who records what, how far the footage reaches, and what has been finished.
 */
import type { Clock } from '../../base/clock.ts';
import { messageOf, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { BlobStore } from '../../blobs/store.ts';
import type { Camera, CameraState } from '../../contract/camera.ts';
import type {
  LeasedCamera,
  OpenExtent,
  RecorderHeartbeat,
  RecorderOrders,
  RecorderRegister,
  RecorderWelcome,
  SegmentReceipts,
  SegmentReport,
} from '../../contract/recorder.ts';
import { CameraStates } from './camera-states.ts';
import { DoubleIds } from './double-ids.ts';
import { EarlyCloses } from './early.ts';
import { Extents, type ReadableExtent } from './extents.ts';
import { Pace } from './pace.ts';
import { type Lease, type Leases, Pool } from './pool.ts';

export type { Lease, Leases } from './pool.ts';

import { Roster } from './roster.ts';
import { checkLibraryKey, StoredFiles } from './stored.ts';
import type { FootageTotals } from './totals.ts';

/** What is needed of the catalog. */
export interface RecordingCatalog {
  register(recorder: {
    id: string;
    host: string;
    pid: number;
    capacity: number;
    library: string | null;
  }): Promise<void>;
  /** Notes that these recorders live. */
  see(ids: readonly string[]): Promise<void>;
  /** Writes the rows; answers in the order of the reports. Idempotent. */
  insertReports(
    reports: readonly SegmentReport[],
  ): Promise<readonly { state: 'published' | 'shadow' | 'gone'; key: string; known?: boolean }[]>;
}

/** The cameras as recorders need them. */
export interface CameraBook {
  /** Ids of cameras that should be recorded. */
  enabled(): Promise<ReadonlySet<string>>;
  /** With its credential, decrypted for this answer alone; undefined when it is gone or disabled. */
  leased(id: string, token: number): Promise<LeasedCamera | undefined>;
  /** Folder in the library of a camera that exists or existed. */
  folderOf(id: string): Promise<string | undefined>;
}

/** Is told who holds what and what has been recorded; must not throw and must not wait. */
export interface RecordingWatch {
  held(cameraId: string, recorder: string, token: number): void;
  dropped(cameraId: string): void;
  /** Open segments as they came with a heartbeat. */
  recorded(open: readonly OpenExtent[]): void;
  /** Cameras were added, changed, removed; or may have been. */
  camerasChanged(): void;
}

export interface RecordingTimes {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  readonly segmentMs: number;
  readonly fragmentMs: number;
  readonly syncEveryMs: number;
}

export const RECORDING_TIMES: RecordingTimes = {
  leaseMs: 2000,
  heartbeatMs: 500,
  segmentMs: 60_000,
  fragmentMs: 1000,
  syncEveryMs: 5000,
};

export interface RecordingOptions {
  readonly catalog: RecordingCatalog;
  readonly leases: Leases;
  readonly cameras: CameraBook;
  readonly totals: FootageTotals;
  readonly blobs: Pick<BlobStore, 'sign' | 'stat' | 'get' | 'readMarker'>;
  /** Recording waits for room on the disk. */
  readonly isPaused: () => boolean;
  /** Bytes that retention keeps free; a recorder's own reserve lies below it, so that making room always comes first. */
  readonly floor?: () => number;
  readonly library: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly times?: Partial<RecordingTimes>;
  /** Extents moved or segments came; at most once a second for each source. */
  readonly onFootage: (sourceId: string) => void;
  /** The state of a camera changed; at most once a second for each camera. */
  readonly onCamera: (cameraId: string) => void;
  /** Another recorder holds the camera now, or none. */
  readonly onHolder: (cameraId: string) => void;
  /** Asks a recorder for its heartbeat at once, where it has a connection open. */
  readonly hurry?: (recorder: string) => void;
  readonly watch?: RecordingWatch;
  /** A batch has been written to the catalog. */
  readonly onReports: (reports: readonly SegmentReport[]) => void;
}

/** A recorder that has been silent for so many lease times is not counted on. */
const SILENT_LEASES = 1;
const SEE_EVERY_MS = 10_000;
const SWEEP_MS = 250;
const TELL_AGAIN_MS = 60_000;
/** Counted on in memory meanwhile; small errors do not add up for longer than this. */
const COUNT_EVERY_MS = 3_600_000;
const UPLOAD_URL_MS = 15 * 60_000;
/** Bytes that a single uploaded segment may have. */
const UPLOAD_BYTES = 8_000_000_000;

export class Recording {
  readonly #options: RecordingOptions;
  readonly #times: RecordingTimes;
  readonly #roster: Roster;
  readonly #pool: Pool;
  readonly #files: StoredFiles;
  readonly #doubles = new DoubleIds();
  readonly #extents = new Extents();
  readonly #early = new EarlyCloses();
  readonly #states: CameraStates;
  readonly #footage: Pace;
  readonly #cameraNews: Pace;
  /** When the log was last told that a camera cannot be given away, monotonic ms. */
  readonly #toldOf = new Map<string, number>();
  #enabled: ReadonlySet<string> = new Set();
  #sweeping: NodeJS.Timeout | undefined;
  #saw = 0;
  #listing = 0;
  #counted: number;

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.#times = { ...RECORDING_TIMES, ...options.times };
    this.#roster = new Roster(this.#times.leaseMs * SILENT_LEASES);
    const { blobs, library, cameras } = options;
    this.#files = new StoredFiles({ blobs, library, folderOf: (id) => cameras.folderOf(id) });
    this.#counted = options.clock.monotonic();
    this.#footage = new Pace(1000, options.onFootage);
    this.#cameraNews = new Pace(1000, options.onCamera);
    this.#states = new CameraStates((cameraId) => this.#cameraNews.changed(cameraId));
    const { leases, clock, log, isPaused, hurry, onHolder, watch } = options;
    this.#pool = new Pool({
      leases,
      roster: this.#roster,
      extents: this.#extents,
      states: this.#states,
      clock,
      log,
      isPaused,
      hurry: hurry ?? (() => undefined),
      watch: {
        held: (cameraId, recorder, token, changed) => {
          if (changed) onHolder(cameraId);
          watch?.held(cameraId, recorder, token);
        },
        dropped: (cameraId) => {
          watch?.dropped(cameraId);
          onHolder(cameraId);
        },
      },
    });
  }

  /** Reads which cameras there are, and begins to notice silent recorders. */
  async start(): Promise<void> {
    await this.camerasChanged();
    this.#sweeping = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  stop(): void {
    clearInterval(this.#sweeping);
    this.#footage.close();
    this.#cameraNews.close();
  }

  async register(recorder: RecorderRegister): Promise<RecorderWelcome> {
    const { catalog, clock, library, log } = this.#options;
    const { id, host, capacity, instance, pid } = recorder;
    const before = this.#roster.speaking(clock.monotonic()).find((known) => known.id === id);
    this.#doubles.check(id, { host, instance }, before, clock.monotonic());
    await catalog.register({ id, host, pid, capacity, library: recorder.library });
    const publish = recorder.library === library ? 'link' : 'upload';
    const now = clock.monotonic();
    const since = this.#roster.get(id)?.since ?? now;
    this.#roster.add({ id, host, instance, capacity, since, draining: false, seen: now, seenWall: clock.wall() });
    log.info('A recorder has registered.', { recorder: id, host, publish, capacity });
    const floor = this.#options.floor?.();
    const reserve = floor === undefined ? {} : { reserveBytes: Math.floor(floor / 2) };
    return { ...this.#times, library, publish, ...reserve };
  }

  async heartbeat(beat: RecorderHeartbeat): Promise<RecorderOrders> {
    const { clock, isPaused } = this.#options;
    const recorder = this.#roster.get(beat.id);
    // Another process has its id by now: it registers, and is told so.
    const isOther =
      beat.instance !== undefined && recorder?.instance !== undefined && beat.instance !== recorder.instance;
    if (!recorder || isOther)
      throw new UserError('The hub does not know this recorder (yet).', 'Register first.', {
        code: 'unknown-recorder',
      });
    const now = clock.monotonic();
    recorder.seen = now;
    recorder.seenWall = clock.wall();
    for (const sourceId of this.#extents.report(beat.id, beat.open, now)) this.#footage.changed(sourceId);
    const { held, leaving, wait } = await this.#pool.heartbeat(recorder, beat);
    this.#options.watch?.recorded(beat.open);
    for (const item of beat.holding) if (item.state) this.#states.report(item.cameraId, beat.id, item.state);
    return {
      // A full disk costs no connection: cameras stay with their recorders, which keep the newest footage in memory.
      hold: isPaused(),
      leases: [...held],
      leaving: [...leaving],
      wait,
      cameras: await this.#newsFor(beat, held),
      closeEarly: this.#early.orders(beat.open, now),
    };
  }

  /** Finished segments. Not yet acknowledged ones come again, so nothing is lost when this throws. */
  async segments(reports: readonly SegmentReport[]): Promise<SegmentReceipts> {
    const { catalog, totals, log } = this.#options;
    await this.#files.check(reports);
    const receipts = await catalog.insertReports(reports);
    for (const [at, report] of reports.entries()) {
      const state = receipts[at]?.state ?? 'gone';
      // One whose receipt was lost comes again, and is counted already.
      if (state !== 'gone' && receipts[at]?.known !== true) totals.added(report, state === 'published');
      this.#extents.published(report.sourceId, report.track, report.run, report.seq);
      this.#footage.changed(report.sourceId);
    }
    const shadows = receipts.filter((receipt) => receipt.state === 'shadow').length;
    if (shadows > 0)
      log.info('Footage of a recorder whose lease had passed to another is kept as shadow.', { segments: shadows });
    this.#options.onReports(reports);
    return { receipts: receipts.map(({ state, key }) => ({ state, key })) };
  }

  /** Where a recorder that cannot see the library brings a finished segment. */
  async upload(request: { key: string; bytes: number; sha256: string }): Promise<{ url: string; expiresAt: string }> {
    checkLibraryKey(request.key);
    if (request.bytes <= 0 || request.bytes > UPLOAD_BYTES)
      throw new UserError(`A segment of ${request.bytes} bytes cannot be uploaded.`, 'Use shorter segments.', {
        code: 'too-large',
      });
    await this.#files.checkUpload(request);
    const { url, expiresAt } = await this.#options.blobs.sign({
      method: 'PUT',
      key: request.key,
      expiresInMs: UPLOAD_URL_MS,
      maxBytes: request.bytes,
    });
    return { url, expiresAt: expiresAt.toISOString() };
  }

  /** Asks for the segment that holds the moment before `until` (UTC ms) to be finished as soon as it reaches it. */
  closeEarly(cameraId: string, track: string, until: number): void {
    this.#early.want(cameraId, track, until, this.#options.clock.monotonic());
  }

  /** To be called after any camera was added, changed or deleted. */
  async camerasChanged(): Promise<void> {
    this.#options.leases.invalidate();
    await this.#listCameras();
  }

  /** Of two answers the one to the later question counts, in whichever order they come. */
  async #listCameras(): Promise<void> {
    const turn = ++this.#listing;
    const enabled = await this.#options.cameras.enabled();
    if (turn === this.#listing) {
      this.#enabled = enabled;
      this.#pool.enabled = enabled.size;
    }
    this.#options.watch?.camerasChanged();
  }

  /** A deleted camera: nothing of it is shown any more. */
  forgetCamera(cameraId: string): void {
    this.#extents.forgetSource(cameraId);
    this.#states.forget(cameraId);
    this.#files.forget(cameraId);
  }

  holderOf(cameraId: string): string | undefined {
    return this.#states.holderOf(cameraId);
  }

  /** How far open segments can be read. */
  openSegments(sourceId: string, track: string): ReadableExtent[] {
    return this.#extents.of(sourceId, track, this.#options.clock.monotonic());
  }

  stateOf(cameraId: string): CameraState {
    const { isPaused, clock } = this.#options;
    const reason = isPaused()
      ? 'The disk is full. Recording goes on when there is room again.'
      : this.#roster.whyWaiting(this.#enabled.size, clock.monotonic());
    const idle = { enabled: this.#enabled.has(cameraId), reason };
    return this.#states.of(cameraId, idle, this.#options.clock.wall());
  }

  /** Kept bytes and extent of a camera, open segments included. */
  async footageOf(cameraId: string): Promise<Camera['footage']> {
    const total = this.#options.totals.of(cameraId);
    const open = this.#extents.boundsOf(cameraId, this.#options.clock.monotonic());
    const from = open ? Math.min(total.from ?? Number.POSITIVE_INFINITY, open.from) : total.from;
    const to = open ? Math.max(total.to ?? Number.NEGATIVE_INFINITY, open.to) : total.to;
    return {
      bytes: total.bytes + this.#extents.bytesOf(cameraId),
      from: from === null ? null : new Date(from).toISOString(),
      to: to === null ? null : new Date(to).toISOString(),
    };
  }

  /** Something was removed from the catalog. */
  footageChanged(sourceId: string): void {
    this.#footage.changed(sourceId);
  }

  /** Recorders that speak now. */
  recorders(): { id: string; host: string; cameras: number; lastSeen: string }[] {
    return this.#roster.all.map(({ id, host, seenWall }) => ({
      id,
      host,
      cameras: this.#states.camerasOf(id).length,
      lastSeen: new Date(seenWall).toISOString(),
    }));
  }

  /** The process of a recorder is known to have ended: its cameras are free at once. */
  async recorderGone(id: string): Promise<void> {
    await this.#pool.gone(id);
  }

  /** The connection to a recorder has broken off: it may have died, and gets little time to speak. */
  recorderDoubted(id: string): void {
    this.#pool.doubt(id);
  }

  /** The hub is about to end, and its recorders with it: nothing is handed over any more. */
  closing(): void {
    this.#pool.close();
  }

  /** What recorders are scaled by. */
  get pool(): { enabled: number; unheld: number; recorders: number; capacity: number } {
    let unheld = 0;
    for (const id of this.#enabled) if (this.#states.holderOf(id) === undefined) unheld++;
    return { enabled: this.#enabled.size, unheld, ...this.#pool.places };
  }

  /** Keys of open segments' files. */
  get openKeys(): ReadonlySet<string> {
    return this.#extents.keys;
  }

  /** Lets go of recorders that have gone silent, and moves cameras. Runs a few times a second. */
  sweep(): void {
    const { clock, catalog, log } = this.#options;
    const now = clock.monotonic();
    this.#pool.sweep();
    if (now - this.#counted > COUNT_EVERY_MS) {
      this.#counted = now;
      this.#options.totals.refresh().catch((error: unknown) => {
        log.debug('Footage could not be counted afresh.', { error: messageOf(error) });
      });
    }
    if (now - this.#saw < SEE_EVERY_MS) return;
    this.#saw = now;
    this.#extents.sweep(now);
    // A camera that was missed when it was added would never be given to a recorder.
    this.#listCameras().catch((error: unknown) => {
      log.debug('The list of cameras could not be read again.', { error: messageOf(error) });
    });
    const alive = this.#roster.speaking(now);
    if (alive.length === 0) return;
    catalog.see(alive.map((recorder) => recorder.id)).catch((error: unknown) => {
      log.debug('That recorders live could not be noted.', { error: messageOf(error) });
    });
  }

  /** It is tried with each heartbeat; the log is told once a minute. */
  #cannotGive(camera: string, error: unknown): void {
    const now = this.#options.clock.monotonic();
    const told = this.#toldOf.get(camera);
    if (told !== undefined && now - told < TELL_AGAIN_MS) return;
    this.#toldOf.set(camera, now);
    const level = error instanceof Unavailable ? 'info' : 'error';
    this.#options.log[level]('A camera cannot be given to a recorder.', { camera, error: messageOf(error) });
  }

  /** New and changed cameras, whole. */
  async #newsFor(beat: RecorderHeartbeat, held: readonly Lease[]): Promise<LeasedCamera[]> {
    const known = new Map(beat.holding.map((item) => [item.cameraId, item]));
    const news: LeasedCamera[] = [];
    for (const lease of held) {
      const before = known.get(lease.cameraId);
      if (before && before.token === lease.token && before.revision >= lease.revision) continue;
      try {
        const camera = await this.#options.cameras.leased(lease.cameraId, lease.token);
        if (camera) news.push(camera);
      } catch (error) {
        this.#cannotGive(lease.cameraId, error);
      }
    }
    return news;
  }
}
