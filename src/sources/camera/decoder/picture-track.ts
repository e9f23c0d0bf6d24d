/**
 * One track's newest pictures: holds the coded ones since the last key frame, and has decoded what somebody waits for.
 */
import type { Clock } from '../../../base/clock.ts';
import { Unavailable } from '../../../base/errors.ts';
import type { WallMs } from '../../../base/units.ts';
import type { AccessUnit, VideoConfig } from '../../../media/access-unit.ts';
import { AskingHabit, sameWish } from './asking-habit.ts';
import { joined, showSame } from './coded-picture.ts';
import type { DecoderClient, DecoderProcess } from './decoder-process.ts';
import type { DecoderAnswer, DecoderOrder, PictureWish } from './messages.ts';
import { PictureGroup } from './picture-group.ts';
import { Stillness } from './stillness.ts';

/** Which pictures are decoded although nobody asks. */
export type LatestMode = 'off' | 'key' | 'every';

export interface Picture {
  /** The same for the same picture of the same track, whatever its size. */
  readonly id: string;
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** When it arrived, by this machine's calendar. */
  readonly arrival: WallMs;
}

export interface Newest {
  readonly id: string;
  readonly arrival: WallMs;
}

interface Waiter {
  readonly wish: PictureWish;
  /** Ms; undefined: one group of pictures and a second. */
  readonly maxAge: number | undefined;
  readonly asked: WallMs;
  resolve(picture: Picture): void;
  reject(error: Error): void;
}

interface Viewing {
  readonly wish: PictureWish;
  readonly everyMs: number;
  due: number;
  lastSerial: number;
  onPicture(picture: Picture): void;
}

/** What a picture may be older than the group of pictures it belongs to. */
const GRACE_MS = 1000;
/** Pictures that wait longer than this are not decoded any more. */
const MOST_BEHIND_MS = 1500;
/** More pictures than this are not decoded for one that is newer than the key frame. */
const MOST_CATCH_UP = 120;

export class PictureTrack implements DecoderClient {
  readonly stream: number;
  /** Told when somebody begins or ceases to wait. */
  onWanted: () => void = () => undefined;
  readonly #decoder: DecoderProcess;
  readonly #clock: Clock;
  readonly #group = new PictureGroup();
  readonly #waiters = new Set<Waiter>();
  readonly #viewings = new Set<Viewing>();
  readonly #still = new Stillness();
  readonly #stillDecoded = new Stillness();
  readonly #habit = new AskingHabit();
  /** The newest that was encoded, for who asks for the same. */
  #made: { readonly wish: PictureWish; readonly serial: number; readonly picture: Picture } | undefined;
  readonly #run: string;
  #config: VideoConfig | undefined;
  #mode: LatestMode = 'off';
  /** Of the child that holds {@link #decoded}. */
  #generation = 0;
  /** The newest picture that the child was given, and whether it can go on from there. */
  #decoded: { readonly serial: number; readonly open: boolean } | undefined;
  /** Serial of the newest picture that has come out of it. */
  #newestDecoded = -1;
  /** A key frame after which pictures are left out, because the decoder did not keep up. */
  #leftOut: number | undefined;
  /** A key frame that could not be decoded. */
  #badKey: number | undefined;
  #asked: Asked | undefined;
  /** When the pictures arrived that may still come out of the decoder. */
  #times = new Map<number, WallMs>();

  constructor(stream: number, decoder: DecoderProcess, clock: Clock) {
    this.stream = stream;
    this.#decoder = decoder;
    this.#clock = clock;
    this.#run = clock.wall().toString(36);
  }

  set mode(mode: LatestMode) {
    this.#mode = mode;
  }

  /** Pictures must come as they arrive, not a third of a second later. */
  get hurried(): boolean {
    return this.urgent || this.#mode === 'every';
  }

  get urgent(): boolean {
    return this.#waiters.size > 0 || this.#viewings.size > 0;
  }

  /** Since when nothing has changed, for ten seconds or more. */
  get frozenSince(): WallMs | undefined {
    return this.#still.frozenSince ?? this.#stillDecoded.frozenSince;
  }

  /** From key frame to key frame, in ms. */
  get gopMs(): number {
    return this.#group.gopMs;
  }

  start(config: VideoConfig): void {
    this.#config = config;
    this.#group.clear();
    this.#forgetDecoded();
    this.#still.reset();
    this.#stillDecoded.reset();
  }

  /** The stream has ended; another may follow. */
  stop(): void {
    this.#still.reset();
    this.#stillDecoded.reset();
  }

  push(unit: AccessUnit): void {
    if (unit.kind !== 'video' || this.#config === undefined) return;
    if (unit.key) {
      const before = this.#group.key;
      this.#still.seen(before !== undefined && showSame(this.#config.codec, before.unit, unit), unit.arrival);
    }
    this.#group.push(unit);
    const expected = unit.key && this.#expected() !== undefined;
    if (unit.key && !expected) this.#made = undefined;
    const eager = this.#mode === 'every' || (this.#mode === 'key' && unit.key) || this.#viewings.size > 0 || expected;
    if (eager || this.#waiters.size > 0) this.#decoder.wake(this);
  }

  /** What {@link newest} would answer now; undefined when it would wait. @param maxAge ms */
  peek(maxAge?: number): Newest | undefined {
    const chosen = this.#choose(maxAge);
    return chosen && { id: this.#id(chosen.serial), arrival: chosen.arrival };
  }

  /**
   * The newest picture, not older than `maxAge` (ms; by default a group of pictures and a second); waits for one.
   * @throws Unavailable when none can be had before the signal aborts
   */
  newest(wish: PictureWish, options: { maxAge?: number | undefined; signal: AbortSignal }): Promise<Picture> {
    const { maxAge, signal } = options;
    this.#habit.asked(wish, this.#clock.monotonic());
    const made = this.#made;
    if (made !== undefined && sameWish(made.wish, wish) && made.serial === this.#choose(maxAge)?.serial)
      return Promise.resolve(made.picture);
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(this.#nothing());
      const gone = (): void => waiter.reject(this.#nothing());
      const settle = (): void => {
        if (this.#waiters.delete(waiter)) this.onWanted();
        signal.removeEventListener('abort', gone);
      };
      const waiter: Waiter = {
        wish,
        maxAge,
        asked: this.#clock.wall(),
        resolve: (picture) => {
          settle();
          resolve(picture);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      signal.addEventListener('abort', gone, { once: true });
      this.#waiters.add(waiter);
      this.onWanted();
      if (this.#choose(maxAge) !== undefined) this.#decoder.wake(this);
    });
  }

  /** Every picture, at most `fps` a second; what cannot be decoded in time is left out. @returns how to stop */
  watch(wish: PictureWish, fps: number, onPicture: (picture: Picture) => void): () => void {
    const viewing: Viewing = { wish, everyMs: 1000 / fps, due: 0, lastSerial: -1, onPicture };
    this.#viewings.add(viewing);
    this.onWanted();
    this.#decoder.wake(this);
    return () => {
      if (this.#viewings.delete(viewing)) this.onWanted();
    };
  }

  close(): void {
    for (const waiter of [...this.#waiters])
      waiter.reject(new Unavailable('This camera is not read here any more.', 1000));
    this.#viewings.clear();
    this.#decoder.forget(this);
    this.#group.clear();
    this.#config = undefined;
  }

  nextOrder(generation: number): DecoderOrder | undefined {
    if (this.#config === undefined) return undefined;
    if (generation !== this.#generation) this.#forgetDecoded();
    this.#generation = generation;
    const waiter = this.#firstWaiter();
    const everything = this.#mode === 'every' || this.#viewings.size > 0;
    const work = everything ? this.#goOn() : this.#keyOr(waiter);
    const more = work.units.length > 0;
    const wish = waiter?.wish ?? this.#dueWish(more) ?? (more && !everything ? this.#expected() : undefined) ?? null;
    if (work.units.length === 0 && wish === null) return undefined;
    const times = new Map(this.#times);
    for (const { serial, unit } of work.units) times.set(serial, unit.arrival);
    this.#asked = { wish, times, units: work.units.length, hasKey: work.units.some(({ unit }) => unit.key) };
    return {
      stream: this.stream,
      config: this.#config,
      units: work.units.map(({ serial, unit }) => ({ serial, key: unit.key, data: joined(unit) })),
      drain: work.drain,
      wish,
    };
  }

  answered({ serial, jpeg, same, failed }: DecoderAnswer): void {
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked === undefined) return;
    const arrival = serial === undefined ? undefined : asked.times.get(serial);
    if (serial !== undefined && arrival !== undefined) {
      this.#newestDecoded = serial;
      this.#times = new Map([...asked.times].filter(([known]) => known >= serial));
      if (asked.units > 0) this.#stillDecoded.seen(same === true, arrival);
      if (jpeg !== undefined && asked.wish !== null) {
        const picture = { id: this.#id(serial), ...jpeg, arrival };
        this.#made = { wish: asked.wish, serial, picture };
        this.#give(asked.wish, picture, serial);
      }
    } else if (failed === undefined && !asked.hasKey) this.#forgetDecoded();
    if (failed !== undefined) this.#failed(asked, failed);
    // A decoder that holds a picture back gives it with the next one that comes.
    const holdsBack = serial === undefined && failed === undefined && asked.units > 0;
    if (!holdsBack && (this.urgent || this.#isEager)) this.#decoder.wake(this);
  }

  get #isEager(): boolean {
    return this.#mode !== 'off' || this.#expected() !== undefined;
  }

  #expected(): PictureWish | undefined {
    return this.#habit.expected(this.#clock.monotonic());
  }

  /** The one whose picture is there to be decoded; those that need no decoder are served on the way. */
  #firstWaiter(): Waiter | undefined {
    for (const waiter of [...this.#waiters])
      if (this.#choose(waiter.maxAge, waiter.asked) !== undefined && !this.#passThrough(waiter)) return waiter;
    return undefined;
  }

  /** To where the child is; everything that came since. Too far behind, the key frame alone, and nothing more until the next. */
  #goOn(): Work {
    const { key, entries } = this.#group;
    if (key === undefined || key.serial === this.#badKey || key.serial === this.#leftOut) return NOTHING;
    const from = this.#decoded?.open === true && this.#decoded.serial >= key.serial ? this.#decoded.serial : -1;
    const units = entries.filter(({ serial }) => serial > from);
    const [first, last] = [units[0], units.at(-1)];
    if (first === undefined || last === undefined) return NOTHING;
    const isLate = last.unit.arrival - first.unit.arrival > MOST_BEHIND_MS;
    if (isLate) this.#leftOut = key.serial;
    if (isLate && from >= key.serial) return NOTHING;
    const work = isLate ? [key] : units;
    this.#decoded = { serial: work.at(-1)?.serial ?? key.serial, open: !isLate };
    return { units: work, drain: isLate };
  }

  /** The key frame, if the child does not have it; for whom that is too old, all that came after it too. */
  #keyOr(waiter: Waiter | undefined): Work {
    const { key, entries } = this.#group;
    if (key === undefined || (waiter === undefined && (!this.#isEager || key.serial === this.#badKey))) return NOTHING;
    const chosen = waiter === undefined ? key : this.#choose(waiter.maxAge, waiter.asked);
    if (chosen === undefined || (this.#decoded?.serial ?? -1) >= chosen.serial) return NOTHING;
    this.#decoded = { serial: chosen.serial, open: false };
    return { units: entries.filter(({ serial }) => serial <= chosen.serial), drain: true };
  }

  /** The picture that was new enough when it was asked for, or has come since, at the least cost. */
  #choose(maxAge: number | undefined, asked = this.#clock.wall()): { serial: number; arrival: WallMs } | undefined {
    const { key, entries } = this.#group;
    const newest = entries.at(-1);
    if (key === undefined || newest === undefined) return undefined;
    const now = this.#clock.wall();
    const limit = maxAge ?? this.gopMs + GRACE_MS;
    // A calendar that was stepped back makes nothing new, and nothing old.
    const isNew = (arrival: WallMs): boolean => Math.min(asked, now) - arrival <= limit && arrival - now <= GRACE_MS;
    if (isNew(key.unit.arrival)) return { serial: key.serial, arrival: key.unit.arrival };
    if (isNew(newest.unit.arrival) && entries.length <= MOST_CATCH_UP)
      return { serial: newest.serial, arrival: newest.unit.arrival };
    return undefined;
  }

  /** JPEG needs no decoder where its size is right. @returns whether that was so */
  #passThrough(waiter: Waiter): boolean {
    const { key } = this.#group;
    if (key === undefined || !fitsAsItIs(this.#config, waiter.wish)) return false;
    const { width, height } = this.#config ?? { width: 0, height: 0 };
    const { arrival } = key.unit;
    waiter.resolve({ id: this.#id(key.serial), data: joined(key.unit), width, height, arrival });
    return true;
  }

  /** @param more whether this order decodes something new */
  #dueWish(more: boolean): PictureWish | undefined {
    const now = this.#clock.monotonic();
    for (const viewing of this.#viewings)
      if (viewing.due <= now && (more || viewing.lastSerial < this.#newestDecoded)) return viewing.wish;
    return undefined;
  }

  #give(wish: PictureWish, picture: Picture, serial: number): void {
    const now = this.#clock.monotonic();
    for (const waiter of [...this.#waiters]) {
      const limit = waiter.maxAge ?? this.gopMs + GRACE_MS;
      if (!sameWish(waiter.wish, wish)) continue;
      // The age when it was asked for counts: decoding takes time, and what somebody else waited for may be older.
      // A calendar that was stepped back since makes nothing old.
      if (Math.min(waiter.asked, this.#clock.wall()) - picture.arrival <= limit) waiter.resolve(picture);
      // What is newer is left out, see `#goOn`.
      else if (this.#leftOut === this.#group.key?.serial && this.#choose(waiter.maxAge, waiter.asked) !== undefined)
        waiter.reject(new Unavailable('The decoder does not keep up with this camera.', this.gopMs));
    }
    for (const viewing of this.#viewings) {
      if (!sameWish(viewing.wish, wish) || viewing.due > now || viewing.lastSerial >= serial) continue;
      viewing.lastSerial = serial;
      viewing.due = Math.max(viewing.due + viewing.everyMs, now);
      viewing.onPicture(picture);
    }
  }

  #failed({ wish, units }: Asked, reason: string): void {
    this.#forgetDecoded();
    // Tried again only if somebody asks; by itself not before the next key frame.
    if (units > 0) this.#badKey = this.#group.key?.serial;
    for (const waiter of [...this.#waiters])
      if (wish !== null && sameWish(waiter.wish, wish))
        waiter.reject(new Unavailable(`The picture cannot be decoded: ${reason}.`, this.gopMs));
  }

  #forgetDecoded(): void {
    this.#decoded = undefined;
    this.#newestDecoded = -1;
  }

  #nothing(): Unavailable {
    const newest = this.#group.entries.at(-1);
    if (newest === undefined) return new Unavailable('There is no picture of this camera yet.', 1000);
    const age = Math.max(0, this.#clock.wall() - newest.unit.arrival) / 1000;
    return new Unavailable(`The newest picture of this camera is ${age.toFixed(1)} s old.`, 1000);
  }

  #id(serial: number): string {
    return `${this.#run}-${this.stream}-${serial}`;
  }
}

type Entry = PictureGroup['entries'][number];

interface Work {
  readonly units: readonly Entry[];
  readonly drain: boolean;
}

const NOTHING: Work = { units: [], drain: false };

interface Asked {
  readonly wish: PictureWish | null;
  readonly times: ReadonlyMap<number, WallMs>;
  readonly units: number;
  readonly hasKey: boolean;
}

/** Motion JPEG in a size that nobody asked to make smaller. */
function fitsAsItIs(config: VideoConfig | undefined, wish: PictureWish): boolean {
  if (config?.codec !== 'mjpeg' || wish.mark === true) return false;
  return config.width <= (wish.width ?? config.width) && config.height <= (wish.height ?? config.height);
}
