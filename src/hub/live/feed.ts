/**
 * One watched track: what came last, and who looks on. Knows nothing of recorders or HTTP.
 */
import { LIVE_DELTA, LIVE_INIT, LIVE_KEY } from '../../contract/recorder.ts';

/** What a feed needs of a WebSocket. */
export interface ViewerSocket {
  readonly bufferedAmount: number;
  send(data: string | Uint8Array): void;
}

/** A viewer with more than this unsent skips to the next key frame. */
export const SLOW_BYTES = 2_000_000;
/** Bounds of the kept GOP; a longer one is not kept, and a new viewer then waits for its next key frame. */
const GOP_BYTES = 16_000_000;
const GOP_PIECES = 1200;

/** What a viewer can take next: everything from a new init on, from the next key frame on, or each piece. */
type Phase = 'init' | 'key' | 'flow';

export class Feed {
  readonly #viewers = new Map<ViewerSocket, Phase>();
  #mime: string | undefined;
  #init: Uint8Array | undefined;
  #gop: Uint8Array[] = [];
  #gopBytes = 0;

  get viewers(): number {
    return this.#viewers.size;
  }

  /** The recorder names the type of what follows; an init segment comes next. */
  begin(mime: string): void {
    this.#mime = mime;
    this.#init = undefined;
    this.#forgetGop();
    for (const viewer of this.#viewers.keys()) this.#viewers.set(viewer, 'init');
  }

  /** One binary piece of the recorder. @param kind `LIVE_INIT`, `LIVE_KEY` or `LIVE_DELTA` */
  piece(kind: number, data: Uint8Array): void {
    if (kind === LIVE_INIT) {
      this.#init = data;
      this.#forgetGop();
      for (const viewer of this.#viewers.keys()) this.#greet(viewer);
    } else if (kind === LIVE_KEY) {
      this.#gop = [data];
      this.#gopBytes = data.length;
      for (const [viewer, phase] of this.#viewers) {
        if (phase === 'init') continue;
        if (viewer.bufferedAmount > SLOW_BYTES) this.#viewers.set(viewer, 'key');
        else {
          this.#viewers.set(viewer, 'flow');
          viewer.send(data);
        }
      }
    } else if (kind === LIVE_DELTA) {
      this.#keep(data);
      for (const [viewer, phase] of this.#viewers) {
        if (phase !== 'flow') continue;
        if (viewer.bufferedAmount > SLOW_BYTES) this.#viewers.set(viewer, 'key');
        else viewer.send(data);
      }
    }
  }

  /** The pictures have stopped; viewers stay and get a new beginning when they return. */
  end(reason: string): void {
    const wasOn = this.#mime !== undefined;
    this.#mime = undefined;
    this.#init = undefined;
    this.#forgetGop();
    const text = JSON.stringify({ type: 'ended', reason });
    for (const viewer of this.#viewers.keys()) {
      this.#viewers.set(viewer, 'init');
      if (wasOn) viewer.send(text);
    }
  }

  join(viewer: ViewerSocket): void {
    this.#viewers.set(viewer, 'init');
    if (this.#init === undefined) return;
    this.#greet(viewer);
    for (const piece of this.#gop) viewer.send(piece);
    if (this.#gop.length > 0) this.#viewers.set(viewer, 'flow');
  }

  leave(viewer: ViewerSocket): void {
    this.#viewers.delete(viewer);
  }

  #greet(viewer: ViewerSocket): void {
    if (this.#init === undefined || this.#mime === undefined) return;
    viewer.send(JSON.stringify({ type: 'live', mime: this.#mime }));
    viewer.send(this.#init);
    this.#viewers.set(viewer, 'key');
  }

  #keep(data: Uint8Array): void {
    if (this.#gop.length === 0) return;
    this.#gop.push(data);
    this.#gopBytes += data.length;
    if (this.#gopBytes > GOP_BYTES || this.#gop.length > GOP_PIECES) this.#forgetGop();
  }

  #forgetGop(): void {
    this.#gop = [];
    this.#gopBytes = 0;
  }
}
