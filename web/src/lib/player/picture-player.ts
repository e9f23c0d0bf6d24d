/**
 * Shows a live track as single pictures: a WebSocket that sends one text frame `{"type":"pictures"}`, then a JPEG in each binary frame.
 * For tracks that the browser cannot play.
 */
import { backOff } from './latency.ts';
import type { LiveStatus } from './live-player.ts';

export interface PictureOptions {
  readonly canvas: HTMLCanvasElement;
  readonly address: string;
  readonly onStatus: (status: LiveStatus) => void;
}

const SILENT_MS = 6000;
const DEAD_MS = 30_000;

export class PicturePlayer {
  readonly #options: PictureOptions;
  #socket: WebSocket | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #lastData = 0;
  #status: LiveStatus['kind'] | undefined;
  /** The newest that has come while another is being decoded. */
  #waiting: Blob | undefined;
  #drawing = false;

  constructor(options: PictureOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#watch !== undefined) return;
    this.#watch = setInterval(() => this.#look(), 500);
    this.#connect();
  }

  stop(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
    clearTimeout(this.#retry);
    this.#disconnect();
  }

  #connect(): void {
    this.#say({ kind: 'connecting' });
    this.#lastData = performance.now();
    const socket = new WebSocket(this.#options.address);
    this.#socket = socket;
    socket.binaryType = 'blob';
    socket.onmessage = (message: MessageEvent<string | Blob>) => {
      if (socket !== this.#socket) return;
      if (typeof message.data === 'string') {
        if (message.data.includes('"ended"')) this.#say({ kind: 'silent' });
        return;
      }
      this.#lastData = performance.now();
      this.#waiting = message.data;
      if (!this.#drawing) void this.#draw();
    };
    socket.onclose = () => {
      if (socket === this.#socket) this.#lost();
    };
  }

  #lost(): void {
    this.#disconnect();
    if (this.#watch === undefined) return;
    this.#say({ kind: 'lost' });
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#connect(), backOff(this.#attempt++));
  }

  #disconnect(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket?.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
    else socket?.close();
  }

  /** One at a time; what came meanwhile but for the newest is left out. */
  async #draw(): Promise<void> {
    this.#drawing = true;
    try {
      while (this.#waiting && this.#watch !== undefined) {
        const blob = this.#waiting;
        this.#waiting = undefined;
        const picture = await createImageBitmap(new Blob([blob], { type: 'image/jpeg' }));
        const { canvas } = this.#options;
        if (canvas.width !== picture.width) canvas.width = picture.width;
        if (canvas.height !== picture.height) canvas.height = picture.height;
        canvas.getContext('2d')?.drawImage(picture, 0, 0);
        picture.close();
        this.#attempt = 0;
        this.#say({ kind: 'playing' });
      }
    } catch (error) {
      console.info('A live picture could not be read.', error);
    } finally {
      this.#drawing = false;
    }
  }

  #look(): void {
    const quiet = performance.now() - this.#lastData;
    if (this.#socket && quiet > DEAD_MS) this.#lost();
    else if (quiet > SILENT_MS && this.#status === 'playing') this.#say({ kind: 'silent' });
  }

  #say(status: LiveStatus): void {
    if (status.kind === this.#status) return;
    this.#status = status.kind;
    this.#options.onStatus(status);
  }
}
