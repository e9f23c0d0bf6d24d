/** What some seconds of a stream say about it. */
import { VIDEO_TIMESCALE } from '../../../base/units.ts';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';

/** So many whole groups of pictures are enough. */
const ENOUGH_GROUPS = 2;

export class StreamSample {
  #config: StreamConfig | undefined;
  #key: AccessUnit | undefined;
  #first: number | undefined;
  #last = 0;
  #frames = 0;
  #bytes = 0;
  #keys: number[] = [];

  config(config: StreamConfig): void {
    this.#config = config;
  }

  push(unit: AccessUnit): void {
    this.#bytes += unit.size;
    if (unit.kind !== 'video') return;
    this.#first ??= unit.dts;
    this.#last = unit.dts;
    this.#frames++;
    if (!unit.key) return;
    this.#keys.push(unit.dts);
    this.#key = { ...unit, data: unit.data.map((piece) => Uint8Array.from(piece)) };
  }

  get streamConfig(): StreamConfig | undefined {
    return this.#config;
  }
  /** The newest key frame, in memory of its own. */
  get keyFrame(): AccessUnit | undefined {
    return this.#key;
  }
  get frames(): number {
    return this.#frames;
  }
  get enough(): boolean {
    return this.#keys.length > ENOUGH_GROUPS && this.#seconds >= 2;
  }

  /** Media from the first picture to the last. */
  get #seconds(): number {
    return this.#first === undefined ? 0 : (this.#last - this.#first) / VIDEO_TIMESCALE;
  }

  /** Pictures a second, bits a second, and seconds between key frames; each only where enough came to say it. */
  get rates(): { fps?: number; bitrate?: number; keyFrameEvery?: number } {
    const seconds = this.#seconds;
    const [first, last] = [this.#keys[0], this.#keys.at(-1)];
    const groups = this.#keys.length - 1;
    return {
      ...(seconds >= 0.5
        ? {
            fps: Math.round(((this.#frames - 1) / seconds) * 100) / 100,
            bitrate: Math.round((this.#bytes * 8) / seconds),
          }
        : {}),
      ...(groups > 0 && first !== undefined && last !== undefined
        ? { keyFrameEvery: Math.round(((last - first) / VIDEO_TIMESCALE / groups) * 100) / 100 }
        : {}),
    };
  }
}
