/**
 * The recorders as a pool: who shall hold which camera, what happens when one dies, comes or goes. Every camera has one lease; while it
 * changes hands both record, and fencing tokens say whose footage is shown.
 */
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { RecorderHeartbeat } from '../../contract/recorder.ts';
import type { CameraStates } from './camera-states.ts';
import type { Extents } from './extents.ts';
import { type HandOver, HandOvers } from './hand-overs.ts';
import { type Move, type PoolMember, planMoves } from './plan-moves.ts';
import type { KnownRecorder, Roster } from './roster.ts';

export interface Lease {
  readonly cameraId: string;
  readonly token: number;
  readonly revision: number;
}

export interface Leases {
  heartbeat(request: {
    recorderId: string;
    holding: readonly { cameraId: string; token: number }[];
    released: readonly string[];
    limit: number;
    alive?: readonly string[];
  }): Promise<readonly Lease[]>;
  /** From one recorder to another; the new token, or undefined when the first does not hold it. */
  move(cameraId: string, from: string, to: string): Promise<number | undefined>;
  /** All that a dead recorder holds. */
  release(recorderId: string): Promise<void>;
  invalidate(): void;
}

/** What changes hands. */
export interface HandsWatch {
  held(cameraId: string, recorder: string, token: number, changed: boolean): void;
  dropped(cameraId: string): void;
}

export interface PoolOptions {
  readonly leases: Leases;
  readonly roster: Roster;
  readonly extents: Pick<Extents, 'hasBegun'>;
  readonly states: CameraStates;
  readonly clock: Clock;
  readonly log: Log;
  /** No footage can arrive just now, so nothing is handed over. */
  readonly isPaused: () => boolean;
  /** Asks a recorder for a heartbeat at once, where it can be asked. */
  readonly hurry: (recorder: string) => void;
  readonly watch: HandsWatch;
}

/** What a heartbeat is answered. */
export interface PoolAnswer {
  readonly held: readonly Lease[];
  readonly leaving: readonly string[];
  readonly wait: boolean;
}

/** A recorder is counted on for balance when it has been there so long. */
const STEADY_MS = 3000;
const PLAN_EVERY_MS = 1000;
/** Hand-overs at a time: each opens a second connection to a camera for a moment. */
const MOST_BALANCING = 4;
const MOST_DRAINING = 32;
/** A recorder whose connection has broken off gets so long to speak before it counts as dead. */
const DOUBT_MS = 900;
/** A recorder that nobody could stand in for gets longer. */
const ALONE_MS = 3000;
/** A hub that was itself stopped for so long does not hold it against the recorders that they were silent. */
const STALL_MS = 1000;

export class Pool {
  readonly #o: PoolOptions;
  readonly #handOvers = new HandOvers();
  /** Silent recorders whose cameras were taken from them. */
  readonly #lost = new Set<string>();
  #enabled = 0;
  #planAt = 0;
  #planning: Promise<void> | undefined;
  #swept: number | undefined;
  #closing = false;

  constructor(options: PoolOptions) {
    this.#o = options;
  }

  /** How many cameras are to be recorded. */
  set enabled(count: number) {
    this.#enabled = count;
  }

  /** The hub is about to end: nothing is handed over any more. */
  close(): void {
    this.#closing = true;
  }

  /** @throws Unavailable while the database is away (the recorder keeps what it has) */
  async heartbeat(recorder: KnownRecorder, beat: RecorderHeartbeat): Promise<PoolAnswer> {
    const { leases, roster, states, clock } = this.#o;
    const now = clock.monotonic();
    this.#lost.delete(beat.id);
    const goodbye = beat.holding.length === 0 && (beat.released.length > 0 || beat.draining);
    if (goodbye) roster.remove(beat.id);
    if (beat.draining && !recorder.draining) this.#planAt = 0;
    recorder.draining = beat.draining;
    const leaving = new Set(this.#handOvers.leaving(beat.id).map(({ cameraId }) => cameraId));
    const held = await leases.heartbeat({
      recorderId: beat.id,
      holding: beat.holding.filter(({ cameraId }) => !leaving.has(cameraId)),
      released: beat.released,
      limit: goodbye ? 0 : roster.limitOf(beat.id, this.#enabled, now),
      alive: roster.speaking(now).map(({ id }) => id),
    });
    if (goodbye) {
      await this.#lose(beat.id);
      return { held: [], leaving: [], wait: false };
    }
    this.#settle(beat.id, held, leaving);
    if (beat.draining) this.#plan(now);
    return {
      held,
      leaving: this.#handOvers.leaving(beat.id).map(({ cameraId }) => cameraId),
      wait: beat.draining && !this.#closing && states.camerasOf(beat.id).length > 0 && this.#canMove(beat.id, now),
    };
  }

  /** A recorder's process is known to have ended. */
  async gone(id: string): Promise<void> {
    if (this.#o.roster.get(id) === undefined) return;
    this.#o.roster.remove(id);
    await this.#lose(id);
  }

  /** A recorder's connection has broken off: it may have died. */
  doubt(id: string): void {
    this.#o.roster.doubt(id, this.#o.clock.monotonic(), DOUBT_MS);
  }

  /** To be called a few times a second. */
  sweep(): void {
    const { clock, roster } = this.#o;
    const now = clock.monotonic();
    if (this.#swept !== undefined && now - this.#swept > STALL_MS) roster.forgive(now - this.#swept);
    this.#swept = now;
    const anybody = roster.takers(now).length > 0;
    for (const { id, seen } of roster.silent(now)) {
      if (this.#lost.has(id) || (!anybody && now - seen < ALONE_MS)) continue;
      this.#lost.add(id);
      this.#inBackground(this.#lose(id, anybody));
    }
    for (const handOver of this.#handOvers.overdue(now)) this.#overdue(handOver, now);
    if (now >= this.#planAt) this.#plan(now);
  }

  /** For people and for what scales by it. */
  get places(): { recorders: number; capacity: number } {
    const takers = this.#o.roster.takers(this.#o.clock.monotonic());
    return { recorders: takers.length, capacity: takers.reduce((sum, { capacity }) => sum + capacity, 0) };
  }

  /** Who holds what after a heartbeat. */
  #settle(recorder: string, held: readonly Lease[], leaving: ReadonlySet<string>): void {
    const { states, extents } = this.#o;
    const mine = new Set(held.map((lease) => lease.cameraId));
    for (const cameraId of states.camerasOf(recorder))
      if (!mine.has(cameraId) && !leaving.has(cameraId)) this.#drop(cameraId, recorder);
    for (const { cameraId, token } of held) {
      const handOver = this.#handOvers.of(cameraId);
      if (handOver?.to === recorder) {
        // Until its first footage is there the camera is shown as the old one's.
        if (!extents.hasBegun(cameraId, recorder, handOver.after, this.#o.clock.monotonic())) continue;
        this.#handOvers.end(cameraId);
        this.#o.hurry(handOver.from);
      }
      this.#hold(cameraId, recorder, token);
    }
  }

  #hold(cameraId: string, recorder: string, token: number): void {
    const changed = this.#o.states.hold(cameraId, recorder, token);
    this.#o.watch.held(cameraId, recorder, token, changed);
  }

  #drop(cameraId: string, recorder: string): void {
    if (this.#o.states.drop(cameraId, recorder, this.#o.clock.wall())) this.#o.watch.dropped(cameraId);
  }

  /** A recorder is silent, dead or has said goodbye: what it had is free at once, or stays with who has it in part already. */
  async #lose(id: string, release = true): Promise<void> {
    const { states, log, leases } = this.#o;
    for (const handOver of this.#handOvers.all) {
      if (handOver.from === id) this.#handOvers.end(handOver.cameraId);
      else if (handOver.to === id) await this.#giveBack(handOver);
    }
    const cameras = states.camerasOf(id);
    if (cameras.length > 0)
      log.warn('A recorder has ended or is silent; its cameras are free for others.', {
        recorder: id,
        cameras: cameras.length,
      });
    for (const cameraId of cameras) this.#drop(cameraId, id);
    // With nobody to take them it keeps its leases: it may only be slow, and goes on under the same tokens then.
    if (release) await leases.release(id);
    if (cameras.length === 0 || this.#closing) return;
    for (const taker of this.#o.roster.takers(this.#o.clock.monotonic())) this.#o.hurry(taker.id);
  }

  #overdue(handOver: HandOver, now: number): void {
    const { roster, log } = this.#o;
    const { cameraId, from, to } = handOver;
    const staying = roster.takers(now).some(({ id }) => id === from);
    log.warn('A camera could not be handed over in time.', { camera: cameraId, from, to, staying });
    if (staying) this.#inBackground(this.#giveBack(handOver));
    else this.#handOvers.failed(cameraId, now);
  }

  /** The old recorder keeps it, under a new token. */
  async #giveBack({ cameraId, from, to }: HandOver): Promise<void> {
    try {
      await this.#o.leases.move(cameraId, to, from);
    } finally {
      this.#handOvers.failed(cameraId, this.#o.clock.monotonic());
      this.#o.hurry(from);
    }
  }

  #plan(now: number): void {
    this.#planAt = now + PLAN_EVERY_MS;
    if (this.#closing || this.#o.isPaused() || this.#planning !== undefined) return;
    const members = this.#members(now);
    if (members.length < 2) return;
    const draining = new Set(members.filter((member) => member.draining).map(({ id }) => id));
    const going = this.#handOvers.all;
    const moves = planMoves(
      members,
      (cameraId) =>
        this.#handOvers.of(cameraId) === undefined &&
        (draining.has(this.#o.states.holderOf(cameraId) ?? '') || !this.#handOvers.isResting(cameraId, now)),
      {
        draining: MOST_DRAINING - going.filter(({ from }) => draining.has(from)).length,
        balancing: MOST_BALANCING - going.length,
      },
    );
    if (moves.length === 0) return;
    this.#planning = this.#move(moves).finally(() => {
      this.#planning = undefined;
    });
    this.#inBackground(this.#planning);
  }

  async #move(moves: readonly Move[]): Promise<void> {
    const { states, leases, clock, log, hurry } = this.#o;
    for (const { cameraId, from, to } of moves) {
      const after = states.tokenOf(cameraId, from);
      if (after === undefined || !this.#takes(to)) continue;
      // What is not being recorded needs no overlap. Noted before the lease changes, so that the old one is not told to stop in between.
      const overlaps = states.isRecording(cameraId);
      if (overlaps) this.#handOvers.begin({ cameraId, from, to, after, since: clock.monotonic() });
      let token: number | undefined;
      try {
        token = await leases.move(cameraId, from, to);
      } finally {
        if (token === undefined) this.#handOvers.end(cameraId);
      }
      if (token === undefined) continue;
      const handOver = this.#handOvers.of(cameraId);
      // Meanwhile it may have ended or have been told to.
      if (handOver !== undefined && !this.#takes(to)) {
        await this.#giveBack(handOver);
        continue;
      }
      log.info('A camera is handed over.', { camera: cameraId, from, to, overlaps });
      hurry(to);
    }
  }

  #takes(id: string): boolean {
    return this.#o.roster.takers(this.#o.clock.monotonic()).some((taker) => taker.id === id);
  }

  #members(now: number): PoolMember[] {
    const { roster, states } = this.#o;
    const going = this.#handOvers.all;
    return roster.speaking(now).map(({ id, capacity, draining, since }) => {
      const leaving = new Set(going.filter(({ from }) => from === id).map(({ cameraId }) => cameraId));
      const held = states.camerasOf(id).filter((cameraId) => !leaving.has(cameraId));
      for (const { to, cameraId } of going) if (to === id) held.push(cameraId);
      return { id, capacity, held, draining, steady: now - since >= STEADY_MS };
    });
  }

  /** Whether anybody could take what a draining recorder has. */
  #canMove(id: string, now: number): boolean {
    if (this.#handOvers.leaving(id).length > 0) return true;
    return this.#members(now).some((other) => !other.draining && other.held.length < other.capacity);
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#o.log.debug('Leases could not be changed; they run out by themselves.', { error: messageOf(error) });
    });
  }
}
