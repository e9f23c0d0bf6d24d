/**
 * Pictures one after the other, for viewers that cannot play the video: one order for all viewers of one size.
 */
import type { ViewerSocket } from '../live/feed.ts';
import type { Live } from '../live/live.ts';

export interface StreamRequest {
  readonly cameraId: string;
  readonly track: string;
  readonly width: number;
  readonly quality: number;
  readonly fps: number;
}

export interface StreamOptions {
  readonly live: Pick<Live, 'open'>;
  readonly holderOf: (cameraId: string) => string | undefined;
  /** Why nothing comes, when the camera's state says it. */
  readonly reasonOf: (cameraId: string) => string | undefined;
  /** Looked this often whether the camera is in other hands. */
  readonly lookMs?: number;
}

interface Watch {
  readonly request: StreamRequest;
  readonly viewers: Set<ViewerSocket>;
  open: { readonly holder: string | undefined; readonly close: () => void } | undefined;
  newest: Uint8Array | undefined;
  told: string | undefined;
  looking: NodeJS.Timeout;
}

/** Sizes that are made; what a viewer asks for is rounded up (quality to tens, pictures a second to whole ones), so that many viewers share one. */
const WIDTHS = [320, 480, 640, 960, 1280, 1920] as const;
/** A viewer that has more than this unsent misses a picture. */
const SLOW_BYTES = 500_000;
const LOOK_MS = 500;

export class PictureStreams {
  readonly #options: StreamOptions;
  readonly #watches = new Map<string, Watch>();

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  get viewers(): number {
    return [...this.#watches.values()].reduce((sum, watch) => sum + watch.viewers.size, 0);
  }

  /** `{"type":"pictures"}`, then a binary frame for each JPEG; `{"type":"ended","reason"}` when none come for now. @returns how to leave */
  watch(asked: StreamRequest, viewer: ViewerSocket): () => void {
    const request = {
      ...asked,
      width: WIDTHS.find((width) => width >= asked.width) ?? 1920,
      quality: Math.ceil(asked.quality / 10) * 10,
      fps: Math.ceil(asked.fps),
    };
    const name = Object.values(request).join('/');
    const watch = this.#watches.get(name) ?? this.#begin(name, request);
    watch.viewers.add(viewer);
    viewer.send(JSON.stringify({ type: 'pictures' }));
    if (watch.newest !== undefined) viewer.send(watch.newest);
    else if (watch.told !== undefined) viewer.send(watch.told);
    return () => {
      if (!watch.viewers.delete(viewer) || watch.viewers.size > 0) return;
      clearInterval(watch.looking);
      watch.open?.close();
      this.#watches.delete(name);
    };
  }

  close(): void {
    for (const watch of this.#watches.values()) clearInterval(watch.looking);
    this.#watches.clear();
  }

  #begin(name: string, request: StreamRequest): Watch {
    const looking = setInterval(() => this.#look(watch), this.#options.lookMs ?? LOOK_MS);
    looking.unref();
    const watch: Watch = { request, viewers: new Set(), open: undefined, newest: undefined, told: undefined, looking };
    this.#watches.set(name, watch);
    // After the viewer is among those that are told.
    queueMicrotask(() => this.#look(watch));
    return watch;
  }

  /** Asks the recorder that holds the camera now, if it has not been asked. */
  #look(watch: Watch): void {
    const { cameraId } = watch.request;
    const holder = this.#options.holderOf(cameraId);
    if (watch.viewers.size === 0 || (watch.open !== undefined && watch.open.holder === holder)) return;
    watch.open?.close();
    const ended = (reason: string): void => {
      watch.open = undefined;
      this.#end(watch, reason);
    };
    const close = this.#options.live.open(cameraId, (channel) => ({ type: 'pictures', channel, ...watch.request }), {
      picture: (_head, jpeg) => this.#give(watch, Uint8Array.from(jpeg)),
      said: (message) => ended(message.type === 'ended' ? message.reason : ''),
      lost: ended,
    });
    watch.open = close && { holder, close };
    if (close === undefined) this.#end(watch, 'This camera is not being recorded just now.');
  }

  #give(watch: Watch, jpeg: Uint8Array): void {
    watch.newest = jpeg;
    watch.told = undefined;
    for (const viewer of watch.viewers) if (viewer.bufferedAmount <= SLOW_BYTES) viewer.send(jpeg);
  }

  #end(watch: Watch, reason: string): void {
    const words = this.#options.reasonOf(watch.request.cameraId) ?? reason;
    const told = JSON.stringify({ type: 'ended', reason: words });
    watch.newest = undefined;
    if (watch.told === told) return;
    watch.told = told;
    for (const viewer of watch.viewers) viewer.send(told);
  }
}
