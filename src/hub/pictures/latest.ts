/**
 * The newest picture of a camera: asked of its recorder once for all who want the same at the same time.
 */
import { Unavailable } from '../../base/errors.ts';
import type { PictureHead } from '../../contract/recorder.ts';
import type { Live } from '../live/live.ts';

export interface PictureRequest {
  readonly cameraId: string;
  readonly track: string;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly quality: number;
  /** Ms; undefined: one group of pictures and a second. */
  readonly maxAge: number | undefined;
}

export interface LatestPicture {
  readonly id: string;
  readonly jpeg: Uint8Array;
  /** When the recorder had received it, by its calendar; UTC ms. */
  readonly takenAt: number;
  readonly ageMs: number;
}

interface Kept {
  readonly head: PictureHead;
  readonly jpeg: Uint8Array;
  /** On the hub's own clock that never steps. */
  readonly taken: number;
}

export interface LatestOptions {
  readonly live: Pick<Live, 'open'>;
  /** Why there is no picture, when the camera's state says it. */
  readonly reasonOf: (cameraId: string) => string | undefined;
  /** Ms on a clock that never steps. */
  readonly now: () => number;
  /** A newer picture is waited for this long. */
  readonly waitMs?: number;
  /** Beyond that, for the decoder to work and the network to bring it. */
  readonly graceMs?: number;
}

const WAIT_MS = 5000;
const GRACE_MS = 10_000;
const MOST_KEPT_BYTES = 64_000_000;
/** Orders that recorders work on; more callers are told to come again. */
const MOST_ASKED = 256;

export class LatestPictures {
  readonly #options: LatestOptions;
  /** By camera, track and size; the one used least lately is first. */
  readonly #kept = new Map<string, Kept>();
  readonly #asking = new Map<string, Promise<Kept>>();
  #bytes = 0;

  constructor(options: LatestOptions) {
    this.#options = options;
  }

  /** @throws Unavailable with the reason when there is no picture so new, and none comes in time */
  async newest(request: PictureRequest): Promise<LatestPicture> {
    const name = nameOf(request);
    const question = `${name} ${request.maxAge}`;
    let asking = this.#asking.get(question);
    if (asking === undefined) {
      if (this.#asking.size >= MOST_ASKED) throw new Unavailable('Too many pictures are asked for at once.', 1000);
      asking = this.#ask(request, name).finally(() => this.#asking.delete(question));
      this.#asking.set(question, asking);
    }
    const { head, jpeg, taken } = await asking;
    return { id: head.id, jpeg, takenAt: head.at, ageMs: Math.max(0, this.#options.now() - taken) };
  }

  #ask(request: PictureRequest, name: string): Promise<Kept> {
    const { live, now, waitMs = WAIT_MS, graceMs = GRACE_MS } = this.#options;
    const { cameraId, track, width, height, quality, maxAge } = request;
    const kept = this.#kept.get(name);
    return new Promise((resolve, reject) => {
      const give = (reason: string): void => {
        clearTimeout(late);
        // What is known may still be new enough, when the one who asks is not particular.
        const limit = maxAge ?? (kept?.head.gopMs ?? 0) + 1000;
        if (kept !== undefined && now() - kept.taken <= limit) resolve(kept);
        else reject(new Unavailable(this.#options.reasonOf(cameraId) ?? reason, 1000));
      };
      const late = setTimeout(() => {
        close?.();
        give('The recorder has not sent a picture in time.');
      }, waitMs + graceMs);
      const close = live.open(
        cameraId,
        (channel) => ({
          type: 'picture',
          channel,
          cameraId,
          track,
          width,
          height,
          quality,
          maxAgeMs: maxAge === undefined ? null : Math.round(maxAge),
          waitMs,
          have: kept?.head.id ?? null,
        }),
        {
          picture: (head, bytes) => {
            clearTimeout(late);
            close?.();
            // The bytes are a part of a larger message.
            const fresh = { head, jpeg: Uint8Array.from(bytes), taken: now() - head.ageMs };
            this.#keep(name, fresh);
            resolve(fresh);
          },
          said: (message) => {
            if (message.type === 'ended' || kept === undefined)
              return give(message.type === 'ended' ? message.reason : '');
            clearTimeout(late);
            const fresh = { ...kept, taken: now() - message.ageMs };
            this.#keep(name, fresh);
            resolve(fresh);
          },
          lost: give,
        },
      );
      if (close === undefined) give('This camera is not being recorded just now.');
    });
  }

  #keep(name: string, picture: Kept): void {
    this.#drop(name);
    this.#kept.set(name, picture);
    this.#bytes += picture.jpeg.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= MOST_KEPT_BYTES || oldest === name) break;
      this.#drop(oldest);
    }
  }

  #drop(name: string): void {
    this.#bytes -= this.#kept.get(name)?.jpeg.length ?? 0;
    this.#kept.delete(name);
  }
}

function nameOf({ cameraId, track, width, height, quality }: PictureRequest): string {
  return `${cameraId}/${track}/${width ?? ''}×${height ?? ''}/${quality}`;
}
