/**
 * One recorder process: holds the cameras that the hub has leased to it, for as long as the hub says so or cannot be
 * asked. A hub that does not answer changes nothing about what is recorded.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { messageOf, Unavailable, UserError } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { RecorderOrders, RecorderWelcome, SegmentReceipts, SegmentReport } from '../../../contract/recorder.ts';
import { routes } from '../../../contract/routes.ts';
import type { Counters } from './counters.ts';
import { type CameraPort, HeldCamera } from './held-camera.ts';
import { type DiskRoom, HoldOrder } from './hold-order.ts';
import type { HubCalls } from './hub-link.ts';
import type { LiveFeed } from './live-feed.ts';
import type { RecorderOptions } from './options.ts';
import { type OutageBatch, OutageBook } from './outage-book.ts';
import { type OutageFile, OutageTeller } from './outage-teller.ts';
import { type Finished, Outbox } from './outbox.ts';
import { type SignFile, SignOfLife } from './sign-of-life.ts';
import { StepWatch } from './step-watch.ts';
import { chooseStorage, type Storage, sameStorage } from './storage.ts';
import type { WriterEvents } from './track-session.ts';

/** Answers of the hub that take longer are given up. */
const CALL_TIMEOUT_MS = 5000;
const REPORT_TIMEOUT_MS = 20_000;
/** At the end: time for the disk to take the last bytes, and for the hub to answer. */
const FINISH_MS = 15_000;
const GOODBYE_MS = 5000;
/** Told to end, it goes on for at most so long while others take over its cameras. */
const DRAIN_MS = 15_000;
const REGISTER_RETRY_MS = [200, 400, 700, 1000] as const;
const REFUSED_RETRY_MS = 5000;

/** What a writer is to ask and to tell beyond its session. */
export interface WriterPort {
  onFinished(finished: Finished): void;
  /** Why nothing may be written now, or null. */
  hold(): string | null;
  /** The process is to end. */
  isFinishing(): boolean;
}

/** What the process gives to its recorder: disk, readers, hub, time. */
export interface RecorderPort extends Omit<CameraPort, 'openWriter' | 'outages'> {
  readonly hub: HubCalls;
  /** Makes the storage usable: locks its spool, and begins to hand on what an earlier process has left there. */
  prepare(storage: Storage, onFinished: (finished: Finished) => void): Promise<void>;
  openWriter(
    camera: Parameters<CameraPort['openWriter']>[0],
    track: string,
    run: string,
    storage: Storage,
    welcome: RecorderWelcome,
    events: WriterEvents & WriterPort,
  ): ReturnType<CameraPort['openWriter']>;
  readMarker(libraryDir: string): Promise<string | null>;
  /** Where outages wait that the hub does not know yet. */
  readonly outageFile: OutageFile;
  /** Where it is kept when this recorder last lived. */
  readonly signFile: SignFile;
  acknowledge(spoolPath: string): Promise<void>;
  /** Room on the disk that holds this folder; undefined when it is not there. */
  measure(dir: string): Promise<DiskRoom | undefined>;
}

export interface RecorderLife {
  /** Aborts when the process should finish. */
  readonly signal: AbortSignal;
  /** Aborts when the process that has started this one is gone; absent when there is none. */
  readonly parentGone?: AbortSignal;
  /** How long to go on without parent and without hub. */
  readonly orphanMs: number;
}

export class Recorder {
  readonly #options: RecorderOptions;
  /** Of this process. */
  readonly #instance = randomUUID();
  readonly #port: RecorderPort;
  readonly #log: Log;
  readonly #outbox: Outbox;
  readonly #held = new Map<string, HeldCamera>();
  /** Lost cameras that still write their last segment. */
  readonly #stopping = new Map<HeldCamera, Promise<void>>();
  readonly #released = new Set<string>();
  readonly #hold = new HoldOrder();
  readonly #outages = new OutageBook();
  readonly #steps: StepWatch;
  readonly #sign: SignOfLife;
  /** UTC ms before which the clock of this machine cannot be right. */
  #notBefore: number | undefined;
  readonly #began: number;
  readonly #teller: OutageTeller;
  #welcome: RecorderWelcome | undefined;
  #storage: Storage | undefined;
  #lastContact = 0;
  #finishing = false;
  #draining = false;
  /** Ends the pause between two heartbeats. */
  #wake: (() => void) | undefined;
  #nudged = false;
  #fatal: UserError | undefined;

  constructor(options: RecorderOptions, port: RecorderPort) {
    this.#options = options;
    this.#port = port;
    this.#log = port.log;
    this.#steps = new StepWatch(port.clock);
    this.#sign = new SignOfLife(port.signFile);
    this.#began = port.clock.monotonic();
    this.#hold.watchClock(port.clock.wall(), 0);
    const { clock } = port;
    this.#teller = new OutageTeller({
      book: this.#outages,
      tell: (batch) => this.#tellOutages(batch),
      file: port.outageFile,
      clock,
      log: port.log,
    });
    this.#outbox = new Outbox({
      log: port.log,
      sleep: port.sleep,
      port: {
        report: (reports, signal) => this.#report(reports, signal),
        upload: (finished, signal) => this.#upload(finished, signal),
        acknowledge: (spoolPath) => port.acknowledge(spoolPath),
      },
    });
  }

  /** The feed of a track that this recorder holds. */
  feedOf(cameraId: string, track: string): LiveFeed | undefined {
    return this.#held.get(cameraId)?.feed(track);
  }

  get counters(): Counters {
    return {
      tracks: [...this.#held.values(), ...this.#stopping.keys()].flatMap((camera) => camera.counters),
      segmentsFinished: this.#outbox.finished,
      segmentsAcknowledged: this.#outbox.acknowledged,
    };
  }

  /** The hub has orders: the next heartbeat goes out now. */
  nudge(): void {
    this.#nudged = true;
    this.#wake?.();
  }

  /** From the next key frames on new runs are written, where the storage now says. */
  renewRuns(): void {
    for (const camera of this.#held.values()) camera.renewRuns();
  }

  /** To be called about once a second. */
  tick(): void {
    for (const camera of this.#held.values()) camera.tick();
    this.#watchClock();
    this.#teller.tick();
    const dir = this.#storage?.dir;
    if (dir === undefined) return;
    const silentMs = this.#port.clock.monotonic() - this.#lastContact;
    this.#hold
      .tick(silentMs, () => this.#port.measure(dir), this.#welcome?.reserveBytes)
      .catch((error: unknown) => {
        this.#log.warn('the disk cannot be asked for its room', { reason: messageOf(error) });
      });
  }

  /**
   * Runs until the signal aborts, or parent and hub have been gone for too long; then finishes what is open.
   *
   * @throws UserError when the hub refuses the very first registration of a recorder that has no parent, or the spool
   * cannot be had
   */
  async run(life: RecorderLife): Promise<void> {
    const sending = new AbortController();
    this.#lastContact = this.#port.clock.monotonic();
    await this.#teller.start();
    await this.#readSign();
    const outbox = this.#outbox.run(sending.signal);
    try {
      await this.#serve(life);
      if (life.signal.aborted) await this.#drain();
    } finally {
      await this.#finish();
      sending.abort();
      await outbox;
    }
  }

  #watchClock(): void {
    const { clock } = this.#port;
    const byMs = this.#steps.check();
    if (byMs !== undefined) {
      this.#log.warn('the clock of this machine was set', { byMs });
      this.#outages.stepped({ id: randomUUID(), at: clock.wall(), byMs });
      for (const camera of this.#held.values()) camera.clockStepped(byMs);
    }
    // Afterwards: what waited for the clock has its time of day by then.
    this.#hold.watchClock(clock.wall(), clock.monotonic() - this.#began, this.#notBefore);
    if (this.#hold.isClockless) return;
    this.#sign.sign(clock.wall(), clock.monotonic()).catch((error: unknown) => {
      this.#log.debug('the sign of life could not be written', { reason: messageOf(error) });
    });
  }

  async #readSign(): Promise<void> {
    const { clock } = this.#port;
    try {
      this.#notBefore = await this.#sign.start();
    } catch (error) {
      this.#log.warn('the sign of life of an earlier recorder cannot be read', { reason: messageOf(error) });
    }
    this.#hold.watchClock(clock.wall(), clock.monotonic() - this.#began, this.#notBefore);
    if (this.#notBefore !== undefined && this.#hold.isClockless)
      this.#log.warn('the clock of this machine is behind what was recorded last; it is waited for', {
        behindMs: Math.round(this.#notBefore - clock.wall()),
      });
  }

  async #serve(life: RecorderLife): Promise<void> {
    const { clock, sleep } = this.#port;
    let failures = 0;
    let registered = false;
    while (!life.signal.aborted && !this.#isAbandoned(life)) {
      const began = clock.monotonic();
      try {
        if (!registered) await this.#register(life.signal);
        registered = true;
        await this.#beat(life.signal);
        this.#lastContact = clock.monotonic();
        this.#teller.hubAnswers();
        if (failures > 0) this.#log.info('the hub answers again', { holding: this.#held.size });
        failures = 0;
        const pause = (this.#welcome?.heartbeatMs ?? 500) - (clock.monotonic() - began);
        await this.#pause(pause, life.signal);
      } catch (error) {
        if (life.signal.aborted) return;
        if (this.#fatal !== undefined) throw this.#fatal;
        const refused = error instanceof UserError;
        if (refused && this.#welcome === undefined && life.parentGone === undefined) throw error;
        if (failures === 0 || failures % 60 === 0)
          this.#log.warn('the hub cannot be asked; recording goes on', {
            reason: messageOf(error),
            holding: this.#held.size,
            ...(refused || error instanceof Unavailable ? {} : { error }),
          });
        registered = false;
        failures += 1;
        const step = REGISTER_RETRY_MS[Math.min(failures, REGISTER_RETRY_MS.length) - 1] ?? 1000;
        await sleep(refused && failures > 3 ? REFUSED_RETRY_MS : step, life.signal);
      }
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#nudged || signal.aborted || ms <= 0) {
      this.#nudged = false;
      return;
    }
    const pause = new AbortController();
    const wake = (): void => pause.abort();
    signal.addEventListener('abort', wake, { once: true });
    this.#wake = wake;
    await this.#port.sleep(ms, pause.signal);
    this.#wake = undefined;
    this.#nudged = false;
    signal.removeEventListener('abort', wake);
  }

  /** Others take over its cameras, overlapping, as long as the hub sees to it and for {@link DRAIN_MS} at most. */
  async #drain(): Promise<void> {
    this.#draining = true;
    if (this.#welcome === undefined || this.#held.size === 0) return;
    const { clock } = this.#port;
    const deadline = AbortSignal.timeout(DRAIN_MS);
    const began = clock.monotonic();
    const cameras = this.#held.size;
    try {
      for (let wait = true; wait && this.#held.size > 0 && !deadline.aborted; ) {
        wait = (await this.#beat(deadline)).wait;
        if (wait) await this.#pause(this.#welcome.heartbeatMs, deadline);
      }
    } catch (error) {
      this.#log.info('its cameras could not all be handed over', {
        reason: messageOf(error),
        holding: this.#held.size,
      });
    }
    this.#log.info('drained', { cameras, left: this.#held.size, ms: Math.round(clock.monotonic() - began) });
  }

  #isAbandoned(life: RecorderLife): boolean {
    if (life.parentGone?.aborted !== true) return false;
    const alone = this.#port.clock.monotonic() - this.#lastContact;
    if (alone < life.orphanMs) return false;
    this.#log.warn('no hub for too long; finishing', { aloneMs: Math.round(alone) });
    return true;
  }

  async #register(signal: AbortSignal): Promise<void> {
    const { id, libraryDir, capacity } = this.#options;
    const seen = libraryDir === null ? null : await this.#port.readMarker(libraryDir);
    const welcome = await this.#port.hub.call(
      routes.recorderRegister,
      { body: { id, instance: this.#instance, host: hostname(), pid: process.pid, capacity, library: seen } },
      { timeoutMs: CALL_TIMEOUT_MS, signal },
    );
    const storage = chooseStorage(this.#options, seen, welcome);
    const moved = !sameStorage(this.#storage, storage);
    if (moved) await this.#prepare(storage);
    this.#welcome = welcome;
    this.#storage = storage;
    for (const camera of this.#held.values()) {
      camera.forgetTold();
      if (moved) camera.renewRuns();
    }
    this.#log.info('registered', { library: storage.library, publish: storage.publish, holding: this.#held.size });
  }

  async #prepare(storage: Storage): Promise<void> {
    try {
      await this.#port.prepare(storage, (finished) => this.#outbox.add(finished));
    } catch (error) {
      // Another recorder has the spool: waiting for it would only hide that.
      if (error instanceof UserError) this.#fatal = error;
      throw error;
    }
  }

  async #beat(signal: AbortSignal): Promise<RecorderOrders> {
    const telling: (() => void)[] = [];
    const holding = [...this.#held.values()].map((camera) => {
      const { id, token, revision } = camera.leased;
      const news = camera.stateToTell();
      if (news !== undefined) telling.push(news.told);
      return { cameraId: id, token, revision, ...(news === undefined ? {} : { state: news.state }) };
    });
    const open = [...this.#held.values(), ...this.#stopping.keys()].flatMap((camera) => camera.extents);
    const released = [...this.#released];
    const orders = await this.#port.hub.call(
      routes.recorderHeartbeat,
      { body: { id: this.#options.id, instance: this.#instance, holding, open, released, draining: this.#draining } },
      { timeoutMs: CALL_TIMEOUT_MS, signal },
    );
    for (const told of telling) told();
    for (const cameraId of released) this.#released.delete(cameraId);
    this.#obey(orders);
    return orders;
  }

  #obey(orders: RecorderOrders): void {
    if (this.#finishing) return;
    this.#hold.order(orders.hold);
    const leased = new Set(orders.leases.map((lease) => lease.cameraId));
    const leaving = new Set(orders.leaving);
    for (const [cameraId, camera] of this.#held)
      if (!leased.has(cameraId) && !leaving.has(cameraId)) this.#lose(cameraId, camera);
    for (const camera of orders.cameras) {
      if (!leased.has(camera.id)) continue;
      const held = this.#held.get(camera.id);
      if (held === undefined) {
        this.#log.info('camera leased', { camera: camera.name, token: camera.token });
        this.#held.set(camera.id, new HeldCamera(camera, this.#cameraPort()));
      } else if (held.leased.token !== camera.token || held.leased.revision !== camera.revision) {
        this.#log.info('camera changed', { camera: camera.name, token: camera.token, revision: camera.revision });
        held.change(camera);
      }
    }
    for (const { cameraId, track } of orders.closeEarly) this.#held.get(cameraId)?.closeEarly(track);
  }

  #lose(cameraId: string, camera: HeldCamera): void {
    this.#log.info('camera is not leased any more', { camera: camera.leased.name, token: camera.leased.token });
    this.#held.delete(cameraId);
    const stopping = camera.stop('stop').finally(() => this.#stopping.delete(camera));
    this.#stopping.set(camera, stopping);
  }

  #cameraPort(): CameraPort {
    const port = this.#port;
    return {
      ...port,
      outages: this.#outages,
      openWriter: (camera, track, run, events) => {
        const welcome = this.#welcome;
        const storage = this.#storage;
        if (welcome === undefined || storage === undefined) throw new Error('a camera was leased before the welcome');
        const onFinished = (finished: Finished): void => this.#outbox.add(finished);
        const hold = (): string | null => this.#hold.reason;
        const isFinishing = (): boolean => this.#finishing;
        const tell: WriterPort = { onFinished, hold, isFinishing };
        return port.openWriter(camera, track, run, storage, welcome, { ...events, ...tell });
      },
    };
  }

  async #tellOutages({ outages, clockSteps }: OutageBatch): Promise<void> {
    const body = { recorder: this.#options.id, outages: [...outages], clockSteps: [...clockSteps] };
    await this.#port.hub.call(routes.recorderOutages, { body }, { timeoutMs: CALL_TIMEOUT_MS });
  }

  #report(reports: SegmentReport[], signal: AbortSignal): Promise<SegmentReceipts> {
    const body = { recorder: this.#options.id, reports };
    return this.#port.hub.call(routes.recorderSegments, { body }, { timeoutMs: REPORT_TIMEOUT_MS, signal });
  }

  async #upload(finished: Finished, signal: AbortSignal): Promise<void> {
    const { key, bytes, sha256 } = finished.report;
    const slot = await this.#port.hub.call(
      routes.recorderUpload,
      { body: { recorder: this.#options.id, key, bytes, sha256 } },
      { timeoutMs: CALL_TIMEOUT_MS, signal },
    );
    await this.#port.hub.put(slot.url, finished.spoolPath, bytes, signal);
  }

  /** Ends all segments, tells the hub if it answers, and gives the leases back. */
  async #finish(): Promise<void> {
    this.#finishing = true;
    const cameras = [...this.#held.values()];
    for (const camera of cameras) this.#released.add(camera.leased.id);
    for (const [cameraId, camera] of this.#held) this.#lose(cameraId, camera);
    const written = await within(FINISH_MS, Promise.all(this.#stopping.values()));
    if (!written)
      this.#log.error('the disk has not taken the last segments in time; they are completed at the next start');
    if (this.#welcome === undefined) return;
    const told = await within(GOODBYE_MS, this.#outbox.drained());
    const unreported = this.#outbox.waiting;
    await within(GOODBYE_MS, this.#teller.finish());
    const goodbye = this.#beat(AbortSignal.timeout(GOODBYE_MS)).catch((error: unknown) => {
      this.#log.warn('the leases could not be given back; they run out by themselves', { reason: messageOf(error) });
    });
    await within(GOODBYE_MS, goodbye);
    this.#log.info('finished', { cameras: cameras.length, unreported: told ? 0 : unreported });
  }
}

/** Whether it was done in time; its failure is thrown. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  try {
    return await Promise.race([work.then(() => true), promise]);
  } finally {
    clearTimeout(timer);
  }
}
