/**
 * Plays recorded footage of one track, from any moment on and across gaps.
 *
 * The hub answers with fragments whose times are seconds after an `origin`; they all go into one buffer, so that
 * `currentTime` is wall time minus origin, and a gap in the footage is a gap in the buffer. A change of codec, or a jump
 * of more than a day, starts a new source.
 */
import { Problem } from '../../../../src/contract/system.ts';
import { type Span, spanAfter, spanAt } from '../timeline/spans.ts';
import { atStall, bufferedUntil, evictions, nextFetch, rangeAt, STARVED_SLACK } from './buffer-policy.ts';
import { backOff } from './latency.ts';
import { canPlay, mimeOf, type Opened, openSource, rangesOf, settled } from './source.ts';

export type RecordedStatus =
  | { readonly kind: 'idle' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready' }
  /** Nothing was recorded here; `next` is where footage begins again. */
  | { readonly kind: 'gap'; readonly next: number | undefined }
  | { readonly kind: 'unplayable'; readonly codec: string }
  /** Played up to the newest picture that is being recorded. */
  | { readonly kind: 'live' }
  | { readonly kind: 'end' }
  | { readonly kind: 'failed'; readonly message: string };

export interface RecordedOptions {
  readonly video: HTMLVideoElement;
  readonly spans: () => readonly Span[];
  readonly now: () => number;
  /** Address of the footage of a stretch; all in UTC milliseconds. `every`: key frames alone, so many seconds apart at least. */
  readonly address: (from: number, to: number, origin: number, every: number | undefined) => string;
  readonly fetch: typeof fetch;
  readonly onStatus: (status: RecordedStatus) => void;
  /** The hub has no footage where it was expected: what is known of it is out of date. */
  readonly onOutdated: () => void;
  /** The playhead jumped over a stretch without footage. */
  readonly onSkipped: (from: number, to: number) => void;
  /** False: it stands still in a gap, because others that play beside it go on. */
  readonly skipsGaps?: boolean;
}

const HOUR = 3_600_000;
/** Faster than this only key frames are sent and decoded. */
const FASTEST_WHOLE = 4;
/** A source reaches this far from its origin. */
const REACH = 24 * HOUR;

export class RecordedPlayer {
  readonly #options: RecordedOptions;
  #opened: Opened | undefined;
  /** What the source was opened for, by what the timeline says. */
  #mime = '';
  /** What the buffer expects now. */
  #sent = '';
  #origin = 0;
  /** Where the playhead is, or is going; UTC milliseconds. */
  #target: number | undefined;
  #next = 0;
  #fresh = true;
  #life: AbortController | undefined;
  #pumping = false;
  #speed = 1;
  #wantsPlay = true;
  #status: RecordedStatus = { kind: 'idle' };
  #tick: ReturnType<typeof setInterval> | undefined;
  #failures = 0;
  /** How many looks in a row found no next picture. */
  #hungry = 0;
  /** Media time of the picture on screen, seconds. */
  #shownTime: number | undefined;
  #frameCallback: number | undefined;

  constructor(options: RecordedOptions) {
    this.#options = options;
    options.video.addEventListener('seeked', this.#arrived);
    options.video.addEventListener('playing', this.#arrived);
    options.video.addEventListener('loadeddata', this.#arrived);
    this.#followFrames();
  }

  /** Wall time of the picture on screen, UTC milliseconds. */
  get wall(): number | undefined {
    if (this.#target !== undefined) return this.#target;
    return this.#opened ? this.#origin + this.#options.video.currentTime * 1000 : undefined;
  }

  get paused(): boolean {
    return !this.#wantsPlay;
  }

  play(): void {
    this.#wantsPlay = true;
    if (this.#status.kind === 'gap' && this.#status.next !== undefined) {
      if (this.#target !== undefined) this.#options.onSkipped(this.#target, this.#status.next);
      this.seek(this.#status.next);
      return;
    }
    this.#run();
    this.#watch();
  }

  pause(): void {
    this.#wantsPlay = false;
    this.#options.video.pause();
  }

  set speed(speed: number) {
    const before = this.#keysOnly;
    this.#speed = speed;
    this.#options.video.playbackRate = speed;
    const { wall } = this;
    if (this.#keysOnly === before || wall === undefined || !this.#life) void this.#pump();
    else {
      // Other bytes for the same time: nothing that is buffered counts.
      this.#opened = undefined;
      this.seek(wall);
    }
  }

  /** A little faster or slower than the speed, to stay beside others. @param factor about 1 */
  nudge(factor: number): void {
    const rate = this.#speed * factor;
    if (this.#options.video.playbackRate !== rate) this.#options.video.playbackRate = rate;
  }

  /** Stands still for a moment, whatever is wanted. */
  hold(): void {
    this.#options.video.pause();
  }

  /** Goes on after {@link hold}. */
  release(): void {
    this.#run();
  }

  /** A picture is on screen, and the next ones are there. */
  get flowing(): boolean {
    return this.#target === undefined && this.#options.video.readyState >= 3 && !this.#options.video.seeking;
  }

  /** Shows the next picture, or the one before, and stands still. @returns where that is, UTC milliseconds */
  stepFrame(direction: 1 | -1, fps: number): number | undefined {
    this.pause();
    const { video } = this.#options;
    const { wall } = this;
    if (wall === undefined || !this.#opened || this.#keysOnly) return undefined;
    // The time of the picture on screen, which begins before the playhead; its middle is a safe place.
    const shown = this.#shownTime ?? video.currentTime;
    const near = Math.abs(shown - video.currentTime) < 1.5 / fps ? shown : video.currentTime;
    const time = near + (direction > 0 ? 1.5 : -0.5) / fps;
    const to = this.#origin + time * 1000;
    if (rangeAt(rangesOf(this.#opened.buffer.buffered), time, 0)) {
      // Until the browser tells: from the middle of a picture, half of one back would be the same picture.
      this.#shownTime = time - 0.5 / fps;
      video.currentTime = time;
    } else this.seek(to);
    return to;
  }

  get #keysOnly(): boolean {
    return this.#speed > FASTEST_WHOLE;
  }

  #mimeOf(span: Span): string {
    return mimeOf(span.codec, this.#keysOnly ? undefined : span.audioCodec);
  }

  /** Follows which picture is on screen, where the browser tells. */
  #followFrames(): void {
    const { video } = this.#options;
    if (typeof video.requestVideoFrameCallback !== 'function') return;
    const seen: VideoFrameRequestCallback = (_now, frame) => {
      this.#shownTime = frame.mediaTime;
      this.#frameCallback = video.requestVideoFrameCallback(seen);
    };
    this.#frameCallback = video.requestVideoFrameCallback(seen);
  }

  /** Goes to a moment. Outside of what is buffered, whatever is being fetched is given up. */
  seek(wall: number): void {
    const span = spanAt(this.#options.spans(), wall);
    this.#tick ??= setInterval(() => this.#watch(), 200);
    this.#failures = 0;
    if (!span) {
      this.#halt(wall);
      this.#say({ kind: 'gap', next: spanAfter(this.#options.spans(), wall)?.start });
      return;
    }
    const mime = this.#mimeOf(span);
    if (!canPlay(mime)) {
      this.#halt(wall);
      this.#say({ kind: 'unplayable', codec: span.codec });
      return;
    }
    const { video } = this.#options;
    const usable = this.#opened && mime === this.#mime && Math.abs(wall - this.#origin - REACH / 2) < REACH / 2;
    const time = (wall - this.#origin) / 1000;
    const range = usable && this.#opened ? rangeAt(rangesOf(this.#opened.buffer.buffered), time) : undefined;
    if (usable && range) {
      this.#target = undefined;
      video.currentTime = Math.max(time, range.start);
      const until = this.#origin + range.end * 1000;
      if (Math.abs(this.#next - until) > 500 || !this.#pumping) this.#restart(until, false);
      this.#run();
      return;
    }
    this.#target = wall;
    this.#say({ kind: 'loading' });
    if (usable) {
      video.currentTime = time;
      this.#restart(wall, true);
    } else void this.#open(mime, wall);
  }

  /** Something new is known of the footage. */
  refresh(): void {
    if (this.#status.kind === 'gap' && this.#target !== undefined && spanAt(this.#options.spans(), this.#target))
      this.seek(this.#target);
    else void this.#pump();
  }

  /** Stops and forgets the place; the last picture stays. */
  stop(): void {
    clearInterval(this.#tick);
    this.#tick = undefined;
    this.#halt(undefined);
    this.#say({ kind: 'idle' });
  }

  close(): void {
    this.stop();
    const { video } = this.#options;
    video.removeEventListener('seeked', this.#arrived);
    video.removeEventListener('playing', this.#arrived);
    video.removeEventListener('loadeddata', this.#arrived);
    if (this.#frameCallback !== undefined) video.cancelVideoFrameCallback(this.#frameCallback);
    this.#opened = undefined;
    video.removeAttribute('src');
    video.load();
  }

  #halt(wall: number | undefined): void {
    this.#life?.abort();
    this.#life = undefined;
    this.#target = wall;
    this.#options.video.pause();
  }

  readonly #arrived = (): void => {
    const { video } = this.#options;
    if (video.readyState < 2 || video.seeking || !this.#life) return;
    this.#target = undefined;
    this.#say({ kind: 'ready' });
  };

  async #open(mime: string, wall: number): Promise<void> {
    this.#life?.abort();
    const life = new AbortController();
    this.#life = life;
    this.#opened = undefined;
    this.#mime = mime;
    this.#sent = mime;
    this.#origin = Math.floor((wall - REACH / 2) / HOUR) * HOUR;
    try {
      const opened = await openSource(this.#options.video, mime, life.signal);
      // Without a length a browser would not let the playhead go beyond what is buffered.
      opened.source.duration = (2 * REACH) / 1000;
      this.#opened = opened;
      const target = this.#target ?? wall;
      this.#options.video.currentTime = (target - this.#origin) / 1000;
      this.#options.video.playbackRate = this.#speed;
      this.#restart(target, true);
    } catch (error) {
      if (!life.signal.aborted) this.#say({ kind: 'failed', message: String(error) });
    }
  }

  #restart(next: number, fresh: boolean): void {
    this.#life?.abort();
    this.#life = new AbortController();
    this.#next = next;
    this.#fresh = fresh;
    this.#pumping = false;
    void this.#pump();
  }

  /** Fetches and appends until there is enough ahead. */
  async #pump(): Promise<void> {
    const life = this.#life;
    const opened = this.#opened;
    if (this.#pumping || !life || !opened || life.signal.aborted) return;
    this.#pumping = true;
    try {
      while (!life.signal.aborted) {
        const { spans } = this.#options;
        const fetch = nextFetch(spans(), this.#next, this.wall ?? this.#next, this.#speed, this.#fresh);
        if (!fetch || this.#mimeOf(fetch.span) !== this.#mime) break;
        if (fetch.to - this.#origin > 2 * REACH - HOUR) break;
        const answer = await this.#download(fetch.from, fetch.to, life.signal);
        if (life.signal.aborted) return;
        if (answer) {
          // The answer knows better than the timeline what it holds.
          if (answer.mime !== undefined && answer.mime !== this.#sent && canPlay(answer.mime)) {
            await settled(opened.buffer);
            opened.buffer.changeType(answer.mime);
            this.#sent = answer.mime;
          }
          await this.#append(opened, answer.bytes, life.signal);
        }
        if (life.signal.aborted) return;
        this.#failures = 0;
        const reached = answer?.end ?? fetch.to;
        this.#next = reached > fetch.from ? reached : fetch.to;
        this.#fresh = false;
        this.#settle();
      }
    } catch (error) {
      if (life.signal.aborted) return;
      if (++this.#failures > 4)
        this.#say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
      else {
        await new Promise((resolve) => setTimeout(resolve, backOff(this.#failures)));
        if (!life.signal.aborted) setTimeout(() => void this.#pump());
      }
    } finally {
      if (life === this.#life) this.#pumping = false;
    }
  }

  async #download(
    from: number,
    to: number,
    signal: AbortSignal,
  ): Promise<{ bytes: ArrayBuffer; end: number | undefined; mime: string | undefined } | undefined> {
    const response = await this.#options.fetch(
      this.#options.address(from, to, this.#origin, this.#keysOnly ? this.#speed / 8 : undefined),
      { signal },
    );
    if (response.status === 404) {
      this.#options.onOutdated();
      return undefined;
    }
    if (!response.ok) {
      const problem = Problem.safeParse(await response.json().catch(() => undefined));
      throw new Error(problem.data?.message ?? `The hub answered ${response.status}.`);
    }
    const header = response.headers.get('x-vidette-end');
    const end = header === null ? Number.NaN : /^\d+$/.test(header) ? Number(header) : Date.parse(header);
    const type = response.headers.get('content-type') ?? '';
    return {
      bytes: await response.arrayBuffer(),
      end: Number.isFinite(end) ? end : undefined,
      mime: type.includes('codecs') ? type : undefined,
    };
  }

  async #append(opened: Opened, bytes: ArrayBuffer, signal: AbortSignal): Promise<void> {
    const { buffer } = opened;
    await settled(buffer);
    for (const range of evictions(rangesOf(buffer.buffered), this.#options.video.currentTime)) {
      if (signal.aborted) return;
      buffer.remove(range.start, range.end);
      await settled(buffer);
    }
    if (signal.aborted || opened.source.readyState !== 'open') return;
    try {
      buffer.appendBuffer(bytes);
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'QuotaExceededError') throw error;
      // The browser's own bound is lower than ours: keep only what is needed next.
      buffer.remove(0, Math.max(0.1, this.#options.video.currentTime - 2));
      await settled(buffer);
      buffer.appendBuffer(bytes);
    }
    await settled(buffer);
  }

  /** Footage that begins a little after the place that was asked for: go there. */
  #settle(): void {
    const { video } = this.#options;
    if (!this.#opened) return;
    const ranges = rangesOf(this.#opened.buffer.buffered);
    if (!rangeAt(ranges, video.currentTime, 0)) {
      const soon = ranges.find((range) => range.start > video.currentTime && range.start < video.currentTime + 1);
      if (soon) video.currentTime = soon.start + 0.001;
    }
    this.#run();
  }

  #run(): void {
    const { video } = this.#options;
    if (!this.#wantsPlay || !video.paused || !this.#opened || !this.#life) return;
    video.playbackRate = this.#speed;
    video.play().catch((error: unknown) => {
      // A new jump ends the promise of the play before it; that is no fault.
      if (!(error instanceof DOMException && error.name === 'AbortError')) console.info('Playing has to wait.', error);
    });
  }

  #watch(): void {
    const { video, spans, now } = this.#options;
    if (!this.#opened || !this.#life) return;
    void this.#pump();
    if (this.#target !== undefined || video.seeking || !this.#wantsPlay) return;
    const ranges = rangesOf(this.#opened.buffer.buffered);
    const wall = this.#origin + video.currentTime * 1000;
    this.#hungry = video.readyState < 3 ? this.#hungry + 1 : 0;
    const starved = this.#hungry >= 3;
    const stall = atStall(ranges, spans(), video.currentTime, wall, now(), starved);
    switch (stall.kind) {
      case 'jump':
        if (this.#options.skipsGaps === false) {
          this.#halt(wall);
          this.#say({ kind: 'gap', next: this.#origin + stall.to * 1000 });
          return;
        }
        this.#options.onSkipped(wall, this.#origin + stall.to * 1000);
        video.currentTime = stall.to;
        return;
      case 'live':
        this.#say({ kind: 'live' });
        return;
      case 'end':
        this.#say({ kind: 'end' });
        return;
      case 'wait': {
        const left = bufferedUntil(ranges, video.currentTime) - video.currentTime;
        if (left > (starved ? STARVED_SLACK : 0.2)) return;
        const following = nextFetch(spans(), this.#next, wall, this.#speed, false);
        if (following && this.#mimeOf(following.span) !== this.#mime) {
          if (this.#options.skipsGaps === false && following.from - wall > 1000) {
            this.#halt(wall);
            this.#say({ kind: 'gap', next: following.from });
            return;
          }
          if (following.from - wall > 1000) this.#options.onSkipped(wall, following.from);
          this.seek(following.from);
          return;
        }
        if (video.readyState < 3 && this.#status.kind === 'ready') this.#say({ kind: 'loading' });
      }
    }
  }

  #say(status: RecordedStatus): void {
    if (status.kind === this.#status.kind && status.kind !== 'gap') return;
    this.#status = status;
    this.#options.onStatus(status);
  }
}
