/** The pictures of one camera in the browser, on the axis of the event: media time is seconds after its origin. */
import { type Range, rangeAt } from '../player/buffer-policy.ts';
import { mimeOf, type Opened, openSource, rangesOf, settled } from '../player/source.ts';
import { headOf } from './fragment.ts';
import type { MovieIndex } from './movie-index.ts';
import type { WallClip } from './wall-clips.ts';

/** Seconds to keep behind the clock, and ahead of it where somebody was before. */
const BEHIND = 20;
const FAR = 90;
/** A hole that no browser stops at. Seconds. */
const SLACK = 0.03;

export class ClipBuffer {
  readonly #video: HTMLVideoElement;
  /** UTC milliseconds. */
  readonly #origin: number;
  readonly #end: number;
  #opened: Opened | undefined;
  #mime = '';
  /** The clip that the buffer expects pictures of. */
  #headOf = '';

  /** @param origin,end of the axis, UTC milliseconds */
  constructor(video: HTMLVideoElement, origin: number, end: number) {
    this.#video = video;
    this.#origin = origin;
    this.#end = end;
  }

  timeOf(wall: number): number {
    return (wall - this.#origin) / 1000;
  }

  wallOf(time: number): number {
    return this.#origin + time * 1000;
  }

  /** The stretch in one piece that holds a media time. */
  rangeAt(time: number): Range | undefined {
    return this.#opened && rangeAt(rangesOf(this.#opened.buffer.buffered), time, SLACK);
  }

  /** What comes next may be of another clip, or of another place of the same. */
  restart(): void {
    this.#headOf = '';
  }

  /** Forgets everything; the video is as new. */
  drop(): void {
    this.#opened = undefined;
    this.#headOf = '';
    this.#video.removeAttribute('src');
    this.#video.load();
  }

  /** @param at media time of the clock @param speed of the clock */
  async append(
    clip: WallClip,
    index: MovieIndex,
    fragment: Uint8Array<ArrayBuffer>,
    { at, speed }: { readonly at: number; readonly speed: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { source, buffer } = await this.#ready(mimeOf(index.codec, undefined), signal);
    for (const { start, end } of rangesOf(buffer.buffered)) {
      if (start < at - BEHIND - 5) buffer.remove(start, Math.min(end, at - BEHIND));
      else if (start > at + FAR * Math.max(1, speed)) buffer.remove(start, end);
      await settled(buffer);
      if (signal.aborted) return;
    }
    if (signal.aborted || source.readyState !== 'open') return;
    if (this.#headOf !== clip.id) {
      buffer.abort();
      buffer.timestampOffset = this.timeOf(clip.start);
      buffer.appendBuffer(headOf(index));
      await settled(buffer);
      if (signal.aborted) return;
      this.#headOf = clip.id;
    }
    try {
      buffer.appendBuffer(fragment);
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'QuotaExceededError') throw error;
      // The browser's own bound is lower than ours: keep only what is needed next.
      buffer.remove(0, Math.max(0.1, this.#video.currentTime - 2));
      await settled(buffer);
      if (signal.aborted) return;
      buffer.appendBuffer(fragment);
    }
    await settled(buffer);
  }

  async #ready(mime: string, signal: AbortSignal): Promise<Opened> {
    const opened = this.#opened ?? (await openSource(this.#video, mime, signal));
    if (!this.#opened) {
      // Without a length a browser would not let the playhead go beyond what is buffered.
      opened.source.duration = this.timeOf(this.#end) + 60;
      this.#opened = opened;
      this.#mime = mime;
    }
    await settled(opened.buffer);
    if (this.#mime !== mime && !signal.aborted) {
      opened.buffer.changeType(mime);
      this.#mime = mime;
    }
    return opened;
  }
}
