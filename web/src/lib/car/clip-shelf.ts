/** The clips of one camera: which holds a moment, and what turned out about them when they were opened. */
import { ClipFile } from './clip-file.ts';
import type { MovieIndex } from './movie-index.ts';
import { clipAt, type WallClip } from './wall-clips.ts';

export class ClipShelf {
  readonly #clips: readonly WallClip[];
  readonly #fetch: typeof fetch;
  readonly #files = new Map<string, Promise<ClipFile>>();
  readonly #indexes = new Map<string, MovieIndex>();
  /** Clips that turned out not to be playable → why, and whether it may be otherwise another time. */
  readonly #refused = new Map<string, { readonly why: string; readonly forNow: boolean }>();
  /** Clips that turned out to be shorter than was said → where they end. */
  readonly #ends = new Map<string, number>();

  readonly #plays: (codec: string) => boolean;

  /** @param clips in order of time @param plays whether this browser can, by RFC 6381 */
  constructor(clips: readonly WallClip[], send: typeof fetch, plays: (codec: string) => boolean) {
    this.#clips = clips;
    this.#fetch = send;
    this.#plays = plays;
  }

  /** The clip that holds a moment. */
  at(wall: number): WallClip | undefined {
    const clip = clipAt(this.#clips, wall);
    return clip && wall < this.endOf(clip) ? clip : undefined;
  }

  /** The first one that begins at a moment or later and can be played. */
  after(wall: number): WallClip | undefined {
    return this.#clips.find((clip) => clip.start >= wall && this.whyNot(clip) === undefined);
  }

  /** The clip that holds a moment and can be played, or the next one that can. */
  from(wall: number): WallClip | undefined {
    const here = this.at(wall);
    return here && this.whyNot(here) === undefined ? here : this.after(wall);
  }

  endOf(clip: WallClip): number {
    return this.#ends.get(clip.id) ?? clip.end;
  }

  /** Why it cannot be played; undefined when it can, as far as is known. */
  whyNot(clip: WallClip): string | undefined {
    return clip.why ?? this.#refused.get(clip.id)?.why;
  }

  /** @param forNow the next jump tries it again */
  refuse(clip: WallClip, why: string, forNow = false): void {
    this.#refused.set(clip.id, { why, forNow });
  }

  /** Tries again what failed for now. */
  forgive(): void {
    for (const [id, { forNow }] of this.#refused) if (forNow) this.#refused.delete(id);
  }

  /** Undefined until it has been opened. */
  indexOf(clip: WallClip): MovieIndex | undefined {
    return this.#indexes.get(clip.id);
  }

  /** @returns undefined when it turned out not to be playable @throws Error when the hub does not answer as it should */
  async open(clip: WallClip, signal: AbortSignal): Promise<ClipFile | undefined> {
    const opening = this.#files.get(clip.id) ?? ClipFile.open(clip.address, 'This clip', this.#fetch, signal);
    this.#files.set(clip.id, opening);
    try {
      const file = await opening;
      const { samples, timescale, codec } = file.index;
      this.#indexes.set(clip.id, file.index);
      const last = samples.count - 1;
      const length = ((samples.times[last] ?? 0) + (samples.durations[last] ?? 0)) / timescale;
      this.#ends.set(clip.id, Math.min(clip.end, clip.start + length * 1000));
      if (last >= 0 && this.#plays(codec)) return file;
      this.refuse(clip, last < 0 ? 'It has no pictures.' : 'This browser cannot play how it is coded.');
      return undefined;
    } catch (error) {
      this.#files.delete(clip.id);
      if (signal.aborted) return undefined;
      if (!(error instanceof Error && error.name === 'InputError')) throw error;
      this.refuse(clip, `${error.message}.`);
      return undefined;
    }
  }
}
