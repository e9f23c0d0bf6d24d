/**
 * Plays the clips of one camera beside a common clock. All go into one buffer on the axis of the event: `currentTime` is wall time minus
 * origin, a gap in the footage is a gap in the buffer, and what comes after a gap is there before the clock is.
 */
import { messageOf } from '../../../../src/base/errors.ts';
import { backOff } from '../player/latency.ts';
import { canPlay, mimeOf } from '../player/source.ts';
import { align } from '../player/sync.ts';
import { ClipBuffer } from './clip-buffer.ts';
import { ClipShelf } from './clip-shelf.ts';
import { bytesOf, fragmentOf, keyBefore, pieceFrom } from './fragment.ts';
import type { WallClip } from './wall-clips.ts';

export type CameraState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'shown' }
  /** Nothing was filmed here; `next` is where it goes on, UTC milliseconds. */
  | { readonly kind: 'gap'; readonly next: number | undefined }
  | { readonly kind: 'unplayable'; readonly clip: WallClip; readonly why: string };

/** What the clock does: it goes on, it will as soon as everybody is there, or somebody has stopped it. */
export type Pace = 'goes' | 'waits' | 'stands';

interface Options {
  readonly video: HTMLVideoElement;
  /** In order of time. */
  readonly clips: readonly WallClip[];
  /** Where the axis begins; UTC milliseconds. */
  readonly origin: number;
  /** Pictures until here, UTC milliseconds. */
  readonly end: number;
  readonly fetch: typeof fetch;
  readonly onState: (state: CameraState) => void;
  /** A picture has come on screen: the middle of its time, UTC milliseconds. */
  readonly onPicture: (wall: number) => void;
}

/** Milliseconds to have ahead of the clock at normal speed; longer than the gaps that a car leaves. */
const AHEAD = 12_000;
/** The first piece after a jump is short, so that a picture is there soon. Seconds. */
const FIRST = 0.5;
const PIECE = 2;
const MOST_BYTES = 6 << 20;
/** So far off is another picture: too much where somebody looks at it, and little where the clock only waits. Seconds. */
const OFF = { stands: 0.012, waits: 0.045 } as const;
/**
 * A video takes a moment to begin, so it is told before the first picture: as long as it took before, and half of the time between two looks at the clock.
 * Milliseconds.
 */
const START = { first: 60, least: 10, most: 200 } as const;
const HALF_TICK = 20;
/** Behind a gap a picture is shown when it is no farther than this from the clock, or after so long in any case. Milliseconds. */
const IN_STEP = 60;
const OUT_OF_STEP = 500;
/** One of 36 a second. Milliseconds. */
const PICTURE = 28;
/** A decoder that falls back so far cannot follow just now. Milliseconds. */
const LATE = 60;
const MOST_FAILURES = 3;
/** Fetched so often for one moment, and still not to be shown: it cannot be. */
const MOST_AIMS = 5;

export class CameraPlayer {
  readonly #options: Options;
  readonly #shelf: ClipShelf;
  readonly #buffer: ClipBuffer;
  /** What is fetched next: a moment, and once its clip is open the sample. */
  #next: { wall: number; sample: number | undefined } | undefined;
  #fresh = true;
  #life = new AbortController();
  #pumping = false;
  #failures = 0;
  #aims = 0;
  #wall = 0;
  #speed = 1;
  #callback: number | undefined;
  /** How long it takes from `play` to the first picture that moves; and the `play` that is being measured. */
  #startLag: number = START.first;
  #told: { readonly at: number; readonly time: number; readonly rate: number } | undefined;
  /** The newest on screen; UTC ms, and the page's own clock. */
  #picture: { readonly wall: number; readonly at: number } | undefined;
  /** Since when a picture that is not shown yet has been there for the clock. */
  #arrivedAt: number | undefined;
  #state: CameraState = { kind: 'loading' };

  constructor(options: Options) {
    this.#options = options;
    const { video, clips, origin, end } = options;
    this.#shelf = new ClipShelf(clips, options.fetch, (codec) => canPlay(mimeOf(codec, undefined)));
    this.#buffer = new ClipBuffer(video, origin, end);
    // Older browsers do not tell; then the clock looks itself.
    if (typeof video.requestVideoFrameCallback !== 'function') return;
    const seen: VideoFrameRequestCallback = (_now, { mediaTime, expectedDisplayTime }) => {
      this.#presented(mediaTime, expectedDisplayTime);
      options.onPicture(this.#buffer.wallOf(mediaTime) + PICTURE / 2);
      this.#callback = video.requestVideoFrameCallback(seen);
    };
    this.#callback = video.requestVideoFrameCallback(seen);
  }

  /** Jumps: what is being fetched is given up unless it is of use there. */
  seek(wall: number): void {
    this.#wall = wall;
    this.#failures = 0;
    this.#aims = 0;
    this.#shelf.forgive();
    this.#options.video.pause();
    this.#aim(wall);
  }

  /**
   * Goes along with the clock; to be called many times a second.
   * @returns whether there is a picture for this moment that is not here yet
   */
  follow(wall: number, pace: Pace, speed: number): boolean {
    this.#wall = wall;
    this.#speed = speed;
    if (!this.#next) this.#aim(wall);
    void this.#pump();
    const { video } = this.#options;
    const early = (this.#startLag + HALF_TICK) * speed;
    const clip = this.#shelf.at(wall) ?? (pace === 'goes' ? this.#shelf.at(wall + early) : undefined);
    const why = clip && this.#shelf.whyNot(clip);
    if (!clip || why !== undefined) {
      const next = this.#shelf.after(wall);
      this.#standAt(next?.start);
      this.#say(clip && why !== undefined ? { kind: 'unplayable', clip, why } : { kind: 'gap', next: next?.start });
      return false;
    }
    const time = this.#buffer.timeOf(Math.max(wall, clip.start));
    const range = this.#buffer.rangeAt(time);
    if (!range) {
      const fed = this.#next?.wall ?? wall;
      if (fed > wall + 200 || fed < wall - AHEAD * Math.max(1, speed)) this.#aimAgain(clip, wall);
      if (!video.paused) video.pause();
      this.#say({ kind: 'loading' });
      return true;
    }
    return this.#beside(Math.max(time, range.start), range.end, pace);
  }

  /** A moment inside of the next picture, or of the one before; undefined where this camera has none. */
  pictureBeside(wall: number, direction: 1 | -1): number | undefined {
    const clip = this.#shelf.at(wall);
    const index = clip && this.#shelf.indexOf(clip);
    if (!clip || !index) return undefined;
    const { samples, timescale } = index;
    const ticks = ((wall - clip.start) / 1000) * timescale;
    let here = 0;
    while (here + 1 < samples.count && (samples.times[here + 1] ?? 0) <= ticks) here += 1;
    const next = here + direction;
    if (next < 0 || next >= samples.count) return undefined;
    return clip.start + (((samples.times[next] ?? 0) + (samples.durations[next] ?? 0) / 2) / timescale) * 1000;
  }

  close(): void {
    this.#life.abort();
    const { video } = this.#options;
    if (this.#callback !== undefined) video.cancelVideoFrameCallback(this.#callback);
    video.pause();
    this.#buffer.drop();
  }

  /** How far its picture has come since the clock stood at a moment, milliseconds; undefined where it shows none. */
  advanced(wall: number): number | undefined {
    return this.#state.kind === 'shown'
      ? (this.#options.video.currentTime - this.#buffer.timeOf(wall)) * 1000
      : undefined;
  }

  /** Stands still at once. */
  hold(): void {
    this.#options.video.pause();
  }

  /** @param time where the clock is in the buffer, seconds @param end of what is there in one piece */
  #beside(time: number, end: number, pace: Pace): boolean {
    const { video } = this.#options;
    if (video.seeking) return true;
    const ahead = (video.currentTime - time) * 1000;
    // The last pictures before a gap: no next one comes, and none is missing.
    const hungry = video.readyState < 3 && end - time > 0.15;
    if (pace !== 'goes') {
      if (!video.paused) video.pause();
      if (Math.abs(ahead) > OFF[pace] * 1000) {
        video.currentTime = time;
        return true;
      }
      if (video.readyState < 2) return true;
      this.#aims = 0;
      this.#say({ kind: 'shown' });
      return hungry;
    }
    const step = align(ahead, this.#speed, true);
    if (step.kind === 'seek') {
      video.currentTime = time;
      return true;
    }
    if (hungry && ahead < -LATE * Math.max(1, this.#speed)) return true;
    const rate = this.#speed * step.factor;
    if (video.playbackRate !== rate) video.playbackRate = rate;
    if (video.paused && end - time > 0.06) {
      this.#told = { at: performance.now(), time: video.currentTime, rate };
      video.play().catch((error: unknown) => {
        // The next jump ends the promise of a play; that is no fault.
        if (!(error instanceof DOMException && error.name === 'AbortError'))
          console.info('Playing has to wait.', error);
      });
    }
    this.#aims = 0;
    if (this.#state.kind === 'shown' || this.#isInStep()) this.#say({ kind: 'shown' });
    return false;
  }

  /** Whether what comes into view shows the moment of the clock; true after a while in any case. */
  #isInStep(): boolean {
    const now = performance.now();
    this.#arrivedAt ??= now;
    if (now - this.#arrivedAt > OUT_OF_STEP) return true;
    const { video } = this.#options;
    if (this.#callback === undefined) return video.currentTime > (this.#told?.time ?? 0);
    // It says that it moves before a picture does.
    if (this.#told !== undefined || !this.#picture) return false;
    const { wall, at } = this.#picture;
    return Math.abs(wall + (now - at) * this.#speed - this.#wall) <= IN_STEP * Math.max(1, this.#speed);
  }

  /** A picture is on screen. The first that moves says how long the start took. */
  #presented(mediaTime: number, at: number): void {
    const told = this.#told;
    this.#picture = { wall: this.#buffer.wallOf(mediaTime), at };
    if (!told || mediaTime <= told.time) return;
    this.#told = undefined;
    const lag = at - told.at - ((mediaTime - told.time) * 1000) / told.rate;
    this.#startLag = Math.min(START.most, Math.max(START.least, (this.#startLag + lag) / 2));
  }

  /** Waits at a picture that is to come, so that it is decoded when its moment comes. */
  #standAt(wall: number | undefined): void {
    const { video } = this.#options;
    if (!video.paused) video.pause();
    if (wall === undefined || video.seeking) return;
    const time = this.#buffer.timeOf(wall);
    const range = this.#buffer.rangeAt(time + 0.01);
    if (!range) return;
    const place = Math.max(time, range.start);
    if (Math.abs(video.currentTime - place) > 0.005) video.currentTime = place;
  }

  #aimAgain(clip: WallClip, wall: number): void {
    this.#aims += 1;
    if (this.#aims > MOST_AIMS) this.#shelf.refuse(clip, 'Its pictures cannot be shown.');
    else this.#aim(wall);
  }

  #aim(wall: number): void {
    const range = this.#buffer.rangeAt(this.#buffer.timeOf(wall));
    this.#life.abort();
    this.#life = new AbortController();
    this.#pumping = false;
    this.#buffer.restart();
    this.#fresh = !range;
    this.#next = { wall: range ? this.#buffer.wallOf(range.end) : wall, sample: undefined };
    void this.#pump();
  }

  /** Fetches and appends until there is enough ahead. */
  async #pump(): Promise<void> {
    const { signal } = this.#life;
    if (this.#pumping || signal.aborted || this.#failures > MOST_FAILURES) return;
    this.#pumping = true;
    const current = this.#life;
    try {
      while (!signal.aborted && (await this.#feed(signal)));
      if (!signal.aborted) this.#failures = 0;
    } catch (error) {
      if (signal.aborted) return;
      this.#failures += 1;
      if (this.#failures > MOST_FAILURES) {
        const clip = this.#shelf.from(this.#next?.wall ?? this.#wall);
        if (clip) this.#shelf.refuse(clip, messageOf(error), true);
        this.#failures = 0;
      } else await new Promise((resolve) => setTimeout(resolve, backOff(this.#failures)));
    } finally {
      if (current === this.#life) this.#pumping = false;
    }
  }

  /** One piece. @returns whether another may be wanted */
  async #feed(signal: AbortSignal): Promise<boolean> {
    const next = this.#next;
    const clip = next && this.#shelf.from(next.wall);
    if (!next || !clip) return false;
    if (this.#options.video.error) {
      // A decoder that has failed takes nothing any more; what it failed at is left out.
      this.#shelf.refuse(this.#shelf.at(this.#wall) ?? clip, 'Its pictures cannot be decoded.');
      this.#buffer.drop();
      this.#next = { wall: this.#wall, sample: undefined };
      return true;
    }
    const from = Math.max(next.wall, clip.start);
    if (from - this.#wall > AHEAD * Math.max(1, this.#speed)) return false;
    const file = await this.#shelf.open(clip, signal);
    if (!file || signal.aborted) return !signal.aborted;
    const { index } = file;
    const wallOf = (sample: number): number =>
      clip.start + ((index.samples.times[sample] ?? 0) / index.timescale) * 1000;
    const sample = next.sample ?? keyBefore(index, Math.ceil(((from - clip.start) / 1000) * index.timescale));
    const piece = pieceFrom(index, sample, (this.#fresh ? FIRST : PIECE) * index.timescale, MOST_BYTES);
    const { start, end } = bytesOf(index, piece);
    const bytes = await file.read(start, end, signal);
    const now = { at: this.#buffer.timeOf(this.#wall), speed: this.#speed };
    await this.#buffer.append(clip, index, fragmentOf(index, piece, bytes, start), now, signal);
    if (signal.aborted) return false;
    this.#fresh = false;
    const whole = piece.to >= index.samples.count;
    // After the last picture, whatever was said of the length: the next clip begins later.
    this.#next = whole
      ? { wall: Math.max(this.#shelf.endOf(clip), next.wall), sample: undefined }
      : { wall: wallOf(piece.to), sample: piece.to };
    return true;
  }

  #say(state: CameraState): void {
    if (state.kind === 'shown') this.#arrivedAt = undefined;
    const before = this.#state;
    const same =
      state.kind === before.kind &&
      (state.kind !== 'gap' || (before.kind === 'gap' && state.next === before.next)) &&
      (state.kind !== 'unplayable' || (before.kind === 'unplayable' && state.clip.id === before.clip.id));
    if (same) return;
    this.#state = state;
    this.#options.onState(state);
  }
}
