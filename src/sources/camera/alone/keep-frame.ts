/**
 * Keeps the newest picture of a stream in a file, and says when it is no longer new.
 */
import type { Clock } from '../../../base/clock.ts';
import { messageOf, Unavailable } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import type { Picture, PictureTrack } from '../decoder/picture-track.ts';
import { Pictures } from '../decoder/pictures.ts';
import { type FollowOptions, followStream, type StreamAddress } from './follow.ts';
import type { FrameFile, FrameStatus } from './frame-file.ts';

export interface FrameWish {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly quality: number;
}

export interface KeepOptions {
  readonly rate: 'every' | 'key' | 'once';
  readonly wish: FrameWish;
  /** What happens to the file when nothing new comes. */
  readonly stale: 'remove' | 'keep' | 'mark';
  /** Nothing new for so long is stale, ms; at least a group of pictures and a second. */
  readonly staleAfterMs: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Told in words what changes. */
  readonly say: (words: string) => void;
  readonly readers?: FollowOptions['readers'];
}

const LOOK_MS = 1000;
const ONCE_MS = 60_000;
/** Any age: the picture that is marked is an old one. */
const ANY_AGE = Number.MAX_SAFE_INTEGER;

/**
 * Until the signal aborts; with `once`, until one picture is written.
 * @throws with `once`: UserError, InputError, Unavailable when there is none; and when the file cannot be written at the very beginning
 */
export async function keepFrame(address: StreamAddress, file: FrameFile, options: KeepOptions): Promise<void> {
  await file.prepare();
  const pictures = new Pictures(options.clock, options.log);
  try {
    const keeper = new Keeper(file, pictures.track(), options);
    await keeper.tell();
    await (options.rate === 'once' ? keeper.once(address) : keeper.forEver(address));
  } finally {
    pictures.close();
  }
}

class Keeper {
  readonly #file: FrameFile;
  readonly #track: PictureTrack;
  readonly #o: KeepOptions;
  #sequence = 0;
  #last: Picture | undefined;
  /** A newer picture that waits for the one before to be written. */
  #next: Picture | undefined;
  #writing = false;
  #state: FrameStatus['state'] = 'waiting';
  #reason: string | null = null;
  #failing = false;

  constructor(file: FrameFile, track: PictureTrack, options: KeepOptions) {
    this.#file = file;
    this.#track = track;
    this.#o = options;
  }

  async once(address: StreamAddress): Promise<void> {
    const { signal, clock, wish, readers } = this.#o;
    const done = new AbortController();
    const either = AbortSignal.any([signal, done.signal]);
    const late = AbortSignal.any([either, AbortSignal.timeout(ONCE_MS)]);
    const reading = followStream(address, this.#sink(), {
      clock,
      signal: late,
      once: true,
      ...(readers === undefined ? {} : { readers }),
    });
    try {
      const picture = await Promise.race([this.#track.newest(wish, { signal: late }), reading]);
      if (picture === undefined) throw new Unavailable('No picture has come.', 0);
      await this.#write(picture);
      this.#state = 'stopped';
      await this.tell();
    } finally {
      done.abort();
      await reading.catch((error: unknown) => {
        if (!late.aborted) throw error;
      });
    }
  }

  async forEver(address: StreamAddress): Promise<void> {
    const { signal, clock, wish, rate, readers } = this.#o;
    const leave =
      rate === 'every' ? this.#track.watch(wish, 60, (picture) => void this.#take(picture)) : (): void => undefined;
    if (rate === 'key') this.#track.mode = 'key';
    const looking = setInterval(() => void this.#look(), LOOK_MS);
    try {
      await followStream(address, this.#sink(), { clock, signal, ...(readers === undefined ? {} : { readers }) });
    } finally {
      leave();
      clearInterval(looking);
      this.#state = 'stopped';
      // A file that nobody keeps fresh must not look as if somebody did.
      await this.#age();
      await this.tell();
    }
  }

  /** Writes how things are. */
  async tell(): Promise<void> {
    const now = this.#o.clock.wall();
    const last = this.#last;
    const status: FrameStatus = {
      state: this.#state,
      sequence: this.#sequence,
      time: last === undefined ? null : new Date(last.arrival).toISOString(),
      age: last === undefined ? null : Math.max(0, now - last.arrival) / 1000,
      width: last?.width ?? null,
      height: last?.height ?? null,
      bytes: last?.data.length ?? null,
      reason: this.#reason,
      written: new Date(now).toISOString(),
    };
    await this.#file.status(status);
  }

  #sink(): Parameters<typeof followStream>[1] {
    return {
      onConfig: ({ video }) => this.#track.start(video),
      onUnit: (unit) => {
        this.#track.push(unit);
        if (unit.kind === 'video' && unit.key && this.#o.rate === 'key') void this.#ask();
      },
      onEnd: (reason, retryMs) => {
        this.#track.stop();
        const isNew = reason !== this.#reason;
        this.#reason = reason;
        if (isNew) this.#o.say(`${reason} Trying again in ${(retryMs / 1000).toFixed(0)} s.`);
      },
      hurried: () => this.#o.rate !== 'key',
    };
  }

  /** For the key frame that has just come. */
  async #ask(): Promise<void> {
    const patience = AbortSignal.timeout(this.#o.staleAfterMs);
    try {
      this.#take(await this.#track.newest(this.#o.wish, { signal: patience }));
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      this.#reason = error.message;
    }
  }

  #take(picture: Picture): void {
    if (picture.id === this.#last?.id || picture.id === this.#next?.id) return;
    this.#next = picture;
    if (!this.#writing) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    for (let picture = this.#next; picture !== undefined; picture = this.#next) {
      this.#next = undefined;
      try {
        await this.#write(picture);
        if (this.#failing) this.#o.say('The file can be written again.');
        this.#failing = false;
      } catch (error) {
        if (!this.#failing) this.#o.say(`The file cannot be written: ${messageOf(error)}`);
        this.#failing = true;
      }
    }
    this.#writing = false;
  }

  async #write(picture: Picture): Promise<void> {
    // What says that it is frozen stays until something new comes.
    if (this.#state === 'frozen' && this.#track.frozenSince !== undefined && this.#o.stale !== 'keep') return;
    await this.#file.picture(picture.data, picture.arrival);
    this.#last = picture;
    this.#sequence += 1;
    if (this.#track.frozenSince !== undefined) return;
    this.#reason = null;
    if (this.#state !== 'fresh') this.#o.say(`Pictures come: ${picture.width}×${picture.height}.`);
    this.#state = 'fresh';
    await this.tell();
  }

  /** Each second. */
  async #look(): Promise<void> {
    try {
      const now = this.#o.clock.wall();
      const limit = Math.max(this.#o.staleAfterMs, this.#track.gopMs + LOOK_MS);
      const isOld = this.#last !== undefined && now - this.#last.arrival > limit;
      const state = this.#track.frozenSince !== undefined ? 'frozen' : isOld ? 'stale' : this.#state;
      if (state === 'frozen') this.#reason = 'The picture does not change.';
      if (state !== this.#state && (state === 'stale' || state === 'frozen')) {
        this.#state = state;
        this.#o.say(
          state === 'stale'
            ? `No new picture for ${(limit / 1000).toFixed(0)} s.`
            : 'The picture does not change any more.',
        );
        await this.#age();
      }
      await this.tell();
    } catch (error) {
      if (!this.#failing) this.#o.say(`The file cannot be written: ${messageOf(error)}`);
      this.#failing = true;
    }
  }

  /** Makes the file say that it is old. */
  async #age(): Promise<void> {
    const last = this.#last;
    if (last === undefined || this.#o.stale === 'keep') return;
    if (this.#o.stale === 'remove') return this.#file.remove();
    try {
      const marked = await this.#track.newest(
        { ...this.#o.wish, mark: true },
        { maxAge: ANY_AGE, signal: AbortSignal.timeout(5000) },
      );
      await this.#file.picture(marked.data, last.arrival);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      // Not even the old picture can be had: then none.
      await this.#file.remove();
    }
  }
}
