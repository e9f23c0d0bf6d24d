/**
 * Single pictures of recorded footage, quickly one after the other: what is shown while somebody scrubs. The hub sends one key frame at a
 * time; they go into a buffer of their own, so that a place that was shown once is shown again without asking.
 */
import { type Span, spanAt } from '../timeline/spans.ts';
import { canPlay, mimeOf, type Opened, openSource, rangesOf, settled } from './source.ts';

export interface KeyPicturesOptions {
  readonly video: HTMLVideoElement;
  readonly spans: () => readonly Span[];
  /** Address of the key frame at or before a moment; all in UTC milliseconds. */
  readonly address: (at: number, origin: number) => string;
  readonly fetch: typeof fetch;
  /** A picture is on screen. */
  readonly onShown: (wall: number) => void;
}

const HOUR = 3_600_000;
const REACH = 24 * HOUR;
/** A picture that has not come by then does not come. */
const AT_MOST_MS = 5000;
/** Stretches in the buffer; with more it is emptied. */
const MOST_RANGES = 200;

export class KeyPictures {
  readonly #options: KeyPicturesOptions;
  #opened: Opened | undefined;
  #mime = '';
  #origin = 0;
  #wish: number | undefined;
  #busy = false;
  readonly #life = new AbortController();

  constructor(options: KeyPicturesOptions) {
    this.#options = options;
    options.video.addEventListener('seeked', this.#seeked);
  }

  /** Shows the picture at a moment as soon as it can; a newer wish takes the place of an older one. */
  show(wall: number): void {
    this.#wish = wall;
    if (!this.#busy) void this.#work();
  }

  /** Shows the picture at a moment and resolves when it is there; false: there is none. One call at a time. */
  async at(wall: number): Promise<boolean> {
    const { video } = this.#options;
    try {
      const came = new Promise<boolean>((resolve) => {
        const seeked = (): void => resolve(true);
        video.addEventListener('seeked', seeked, { once: true });
        setTimeout(() => {
          video.removeEventListener('seeked', seeked);
          resolve(false);
        }, AT_MOST_MS);
      });
      return (await this.#bring(wall)) && (await came) && video.readyState >= 2;
    } catch (error) {
      if (!this.#life.signal.aborted) console.info('A small picture could not be loaded.', error);
      this.#opened = undefined;
      return false;
    }
  }

  close(): void {
    this.#life.abort();
    const { video } = this.#options;
    video.removeEventListener('seeked', this.#seeked);
    video.removeAttribute('src');
    video.load();
  }

  readonly #seeked = (): void => this.#options.onShown(this.#origin + this.#options.video.currentTime * 1000);

  async #work(): Promise<void> {
    this.#busy = true;
    try {
      while (this.#wish !== undefined && !this.#life.signal.aborted) {
        const wall = this.#wish;
        this.#wish = undefined;
        await this.#bring(wall);
      }
    } catch (error) {
      // A picture less while scrubbing; the next wish tries anew.
      if (!this.#life.signal.aborted) console.info('A preview could not be loaded.', error);
      this.#opened = undefined;
    } finally {
      this.#busy = false;
    }
  }

  /** Whether there is a picture, and the playhead is on its way there. */
  async #bring(wall: number): Promise<boolean> {
    const span = spanAt(this.#options.spans(), wall);
    if (!span) return false;
    const mime = mimeOf(span.codec, undefined);
    if (!canPlay(mime)) return false;
    const opened = await this.#open(mime, wall);
    const time = (wall - this.#origin) / 1000;
    const ranges = rangesOf(opened.buffer.buffered);
    if (!ranges.some((range) => range.start <= time && time < range.end)) {
      const response = await this.#options.fetch(this.#options.address(wall, this.#origin), {
        signal: this.#life.signal,
      });
      if (!response.ok) return false;
      const bytes = await response.arrayBuffer();
      await settled(opened.buffer);
      if (ranges.length > MOST_RANGES) {
        opened.buffer.remove(0, Number.POSITIVE_INFINITY);
        await settled(opened.buffer);
      }
      opened.buffer.appendBuffer(bytes);
      await settled(opened.buffer);
    }
    this.#options.video.currentTime = time;
    return true;
  }

  async #open(mime: string, wall: number): Promise<Opened> {
    const near = Math.abs(wall - this.#origin - REACH / 2) < REACH / 2;
    if (this.#opened && mime === this.#mime && near && this.#opened.source.readyState === 'open') return this.#opened;
    this.#origin = Math.floor((wall - REACH / 2) / HOUR) * HOUR;
    this.#mime = mime;
    const opened = await openSource(this.#options.video, mime, this.#life.signal);
    opened.source.duration = (2 * REACH) / 1000;
    this.#opened = opened;
    return opened;
  }
}
