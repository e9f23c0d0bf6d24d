/**
 * Plays a live track: a WebSocket that sends one text frame `{"type":"live","mime"}`, then an init segment and
 * fragments. A new such frame begins a new stream on the same socket; `{"type":"ended"}` says that the camera has stopped.
 */
import { backOff, KEEP, pace } from './latency.ts';
import { canPlay, type Opened, openSource, rangesOf } from './source.ts';

export type LiveStatus =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'playing' }
  /** The connection stands, but the camera sends nothing. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'lost' }
  /** The hub will not send it, and says why. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unplayable'; readonly mime: string };

/** Waiting fragments beyond this are dropped with the connection: the browser does not keep up. */
const MAX_QUEUE = 24_000_000;
const SILENT_MS = 4000;
const DEAD_MS = 20_000;
const UNPLAYABLE_MS = 30_000;

export interface LiveOptions {
  readonly video: HTMLVideoElement;
  readonly address: string;
  readonly onStatus: (status: LiveStatus) => void;
  /** The picture is about to go black for a moment: whoever shows it may keep a still. */
  readonly onReset: () => void;
}

export class LivePlayer {
  readonly #options: LiveOptions;
  #socket: WebSocket | undefined;
  #stream: AbortController | undefined;
  #opened: Opened | undefined;
  #queue: ArrayBuffer[] = [];
  #queued = 0;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #lastData = 0;
  #status: LiveStatus['kind'] | undefined;
  /** The camera has stopped; what is buffered may not count as a picture. */
  #ended = false;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#watch !== undefined) return;
    this.#watch = setInterval(() => this.#keepPace(), 150);
    this.#connect();
  }

  /** Stops receiving; the last picture stays. */
  stop(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
    clearTimeout(this.#retry);
    this.#disconnect();
    this.#options.video.pause();
  }

  #connect(): void {
    // What cannot be played stays said, until something else comes.
    if (this.#status !== 'unplayable') this.#say({ kind: 'connecting' });
    this.#lastData = performance.now();
    const socket = new WebSocket(this.#options.address);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onmessage = (message: MessageEvent<string | ArrayBuffer>) => {
      if (socket !== this.#socket) return;
      this.#lastData = performance.now();
      if (typeof message.data === 'string') this.#begin(message.data);
      else this.#take(message.data);
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#lost();
    };
  }

  #lost(): void {
    this.#disconnect();
    if (this.#watch === undefined) return;
    if (this.#status !== 'unplayable') this.#say({ kind: 'lost' });
    clearTimeout(this.#retry);
    const wait = this.#status === 'unplayable' ? UNPLAYABLE_MS : backOff(this.#attempt++);
    this.#retry = setTimeout(() => this.#connect(), wait);
  }

  #disconnect(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    // Closing one that is still being opened makes the browser complain: close it as soon as it is.
    if (socket?.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
    else socket?.close();
    this.#stream?.abort();
    this.#stream = undefined;
    this.#opened = undefined;
    this.#queue = [];
    this.#queued = 0;
  }

  #begin(text: string): void {
    const head = headOf(text);
    if (head === undefined) return;
    if (typeof head === 'object') {
      // Nothing follows; whoever shows it goes another way.
      this.stop();
      this.#say({ kind: 'refused', reason: head.refused });
      return;
    }
    this.#ended = head === 'ended';
    if (this.#ended) {
      this.#say({ kind: 'silent' });
      return;
    }
    this.#stream?.abort();
    this.#opened = undefined;
    this.#queue = [];
    this.#queued = 0;
    if (!canPlay(head)) {
      this.#say({ kind: 'unplayable', mime: head });
      // Nothing to do with what follows; asked again after a while, when the camera may send something else.
      this.#lost();
      return;
    }
    const stream = new AbortController();
    this.#stream = stream;
    this.#options.onReset();
    openSource(this.#options.video, head, stream.signal).then(
      (opened) => {
        if (stream.signal.aborted) return;
        this.#opened = opened;
        opened.buffer.addEventListener('updateend', () => this.#append());
        opened.buffer.addEventListener('error', () => this.#lost());
        this.#append();
      },
      (error: unknown) => {
        if (stream.signal.aborted) return;
        console.warn('The live picture cannot be opened.', error);
        this.#lost();
      },
    );
  }

  #take(piece: ArrayBuffer): void {
    if (!this.#stream) return;
    this.#queue.push(piece);
    this.#queued += piece.byteLength;
    if (this.#queued > MAX_QUEUE) this.#lost();
    else this.#append();
  }

  #append(): void {
    const opened = this.#opened;
    if (!opened || opened.buffer.updating || opened.source.readyState !== 'open') return;
    const { buffer } = opened;
    const { video } = this.#options;
    const first = buffer.buffered.length > 0 ? buffer.buffered.start(0) : 0;
    try {
      if (buffer.buffered.length > 0 && video.currentTime - first > KEEP + 5) {
        buffer.remove(0, video.currentTime - KEEP);
        return;
      }
      if (this.#queue.length === 0) return;
      const piece = this.#queue.length === 1 ? this.#queue[0] : joined(this.#queue);
      this.#queue = [];
      this.#queued = 0;
      if (piece) buffer.appendBuffer(piece);
    } catch (error) {
      console.warn('The live picture cannot go on.', error);
      this.#lost();
    }
  }

  #keepPace(): void {
    const silent = performance.now() - this.#lastData;
    if (this.#socket && silent > DEAD_MS) {
      this.#lost();
      return;
    }
    const opened = this.#opened;
    const { video } = this.#options;
    const range = opened ? rangesOf(opened.buffer.buffered).at(-1) : undefined;
    if (!opened || !range) return;
    const step = pace(video.currentTime, range.start, range.end);
    if (this.#ended || silent > SILENT_MS) {
      this.#say({ kind: 'silent' });
      return;
    }
    if (step.kind === 'jump') video.currentTime = step.to;
    else if (video.playbackRate !== step.rate) video.playbackRate = step.rate;
    if (video.paused)
      video.play().catch((error: unknown) => console.info('The browser does not let the picture start yet.', error));
    if (video.readyState >= 2 && !video.seeking) {
      this.#attempt = 0;
      this.#say({ kind: 'playing' });
    }
  }

  #say(status: LiveStatus): void {
    if (status.kind === this.#status) return;
    this.#status = status.kind;
    this.#options.onStatus(status);
  }
}

/** The MIME type of what follows, or that nothing does, for now or at all. */
function headOf(text: string): string | { readonly refused: string } | undefined {
  try {
    const head: unknown = JSON.parse(text);
    if (typeof head !== 'object' || head === null) return undefined;
    if ('mime' in head && typeof head.mime === 'string') return head.mime;
    if ('type' in head && head.type === 'ended') return 'ended';
    if ('type' in head && head.type === 'refused' && 'reason' in head && typeof head.reason === 'string')
      return { refused: head.reason };
  } catch (error) {
    console.warn('The hub sent a live header that this page cannot read.', error);
  }
  return undefined;
}

function joined(pieces: readonly ArrayBuffer[]): ArrayBuffer {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(new Uint8Array(piece), at);
    at += piece.byteLength;
  }
  return whole.buffer;
}
