/** A process of test cameras that can be killed and comes back at the same address, counting on as if it had gone on. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FIXTURES, type FixtureName } from '../../fixtures/video.ts';
import { type CameraProcess, startCameraProcess } from '../../rtsp/camera-process.ts';
import type { Fault } from '../../rtsp/faults.ts';
import type { NumberRange } from './ledger.ts';

export interface SourceOptions {
  readonly fixture: FixtureName;
  readonly cameras: number;
  readonly alternative?: FixtureName;
}

export class Source {
  readonly fps: number;
  readonly gopMs: number;
  /** How far a frame's place in the order of sending is from that in the order of showing. */
  readonly reordered: number;
  readonly #options: SourceOptions;
  readonly #before: NumberRange[][];
  #process: CameraProcess;

  private constructor(options: SourceOptions, process: CameraProcess) {
    this.#options = options;
    this.#process = process;
    const { fps, gop, bFrames } = FIXTURES[options.fixture];
    this.reordered = bFrames;
    this.fps = fps;
    this.gopMs = (1000 * gop) / fps;
    this.#before = Array.from({ length: options.cameras }, () => []);
  }

  static async start(options: SourceOptions): Promise<Source> {
    return new Source(options, await startCameraProcess({ ...options, stagger: true }));
  }

  url(index: number): string {
    const url = this.#process.urls[index];
    if (url === undefined) throw new RangeError(`there is no camera ${index}`);
    return url;
  }

  fault(fault: Fault, index: number): Promise<void> {
    return this.#process.fault(fault, index);
  }

  /** Which frames it has sent on a mount, over all its lives. */
  async sent(index: number): Promise<NumberRange[]> {
    return [...(this.#before[index] ?? []), ...(await this.#sentNow(index))];
  }

  /** Numbers of the frames of which it has left out packets on a mount. */
  async damaged(index: number): Promise<ReadonlySet<number>> {
    const { cameras } = await this.#process.state();
    return new Set(cameras[index]?.damaged);
  }

  /** `kill -9`, and again at the same port after a while. */
  async reboot(afterMs: number): Promise<void> {
    const { cameras } = await this.#process.state();
    const died = Date.now();
    for (const index of this.#before.keys()) this.#before[index]?.push(...(await this.#sentNow(index)));
    const next = Math.max(...cameras.map(({ nextFrame }) => Number(nextFrame)));
    await this.#process.stop();
    await sleep(afterMs);
    const port = Number(new URL(this.url(0)).port);
    const missed = Math.ceil(((Date.now() - died) / 1000) * this.fps);
    this.#process = await startCameraProcess({
      ...this.#options,
      stagger: true,
      port,
      firstNumber: BigInt(next + missed),
    });
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }

  async #sentNow(index: number): Promise<NumberRange[]> {
    const { cameras } = await this.#process.state();
    return (cameras[index]?.sent ?? []).map(({ from, to }) => ({ from: Number(from), to: Number(to) }));
  }
}
