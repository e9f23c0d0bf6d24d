/**
 * The pictures of all tracks that a process reads, and the decoder that they share.
 */
import type { Clock } from '../../../base/clock.ts';
import type { Log } from '../../../base/log.ts';
import { DecoderProcess, type DecoderTimes } from './decoder-process.ts';
import { PictureTrack } from './picture-track.ts';

export class Pictures {
  readonly #clock: Clock;
  readonly #decoder: DecoderProcess;
  #next = 1;

  constructor(clock: Clock, log: Log, times: Partial<DecoderTimes> = {}) {
    this.#clock = clock;
    this.#decoder = new DecoderProcess(log, times);
  }

  /** Process id of the decoder; 0 while none is needed. */
  get decoder(): number {
    return this.#decoder.pid;
  }

  /** A new track; its owner pushes what it reads, and closes it. */
  track(): PictureTrack {
    return new PictureTrack(this.#next++, this.#decoder, this.#clock);
  }

  close(): void {
    this.#decoder.close();
  }
}
