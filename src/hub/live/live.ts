/**
 * Live pictures: asks the recorder that holds a camera once for each watched track, and fans out to any number of viewers.
 */
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import {
  type HubNudge,
  type HubToRecorder,
  LIVE_PICTURE,
  PictureHead,
  RecorderToHub,
} from '../../contract/recorder.ts';
import { Feed, type ViewerSocket } from './feed.ts';

/** What is needed of the recorder's WebSocket. */
export interface RecorderSocket {
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

export interface LiveOptions {
  readonly log: Log;
  /** A track nobody watches any more is asked for this much longer: a reload of the page does not start it anew. */
  readonly lingerMs?: number;
  /** A recorder that ended a track is asked again after this long, as long as somebody watches. */
  readonly askAgainMs?: number;
  /** The connection to a recorder has broken off. */
  readonly onBroken?: (recorder: string) => void;
  /** Id of the recorder that holds a camera now. */
  readonly holderOf: (cameraId: string) => string | undefined;
}

interface Watch {
  readonly cameraId: string;
  readonly track: string;
  readonly feed: Feed;
  /** The recorder that was asked, and the channel on its socket. */
  asked: { recorder: string; channel: number } | undefined;
  linger: NodeJS.Timeout | undefined;
}

/** Who has opened a channel for pictures. */
export interface ChannelEars {
  picture(head: PictureHead, jpeg: Uint8Array): void;
  said(message: Extract<RecorderToHub, { type: 'ended' | 'same' }>): void;
  /** The recorder has gone. Nothing more will come. */
  lost(reason: string): void;
}

/** Most bytes of one live piece; a key frame of a very large picture is far below. */
const PIECE_BYTES = 32_000_000;

export class Live {
  readonly #options: LiveOptions;
  readonly #recorders = new Map<string, RecorderSocket>();
  readonly #watches = new Map<string, Watch>();
  readonly #channels = new Map<number, Watch>();
  readonly #ears = new Map<number, { readonly recorder: string; readonly ears: ChannelEars }>();
  #nextChannel = 1;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  /** One viewer of one track. @returns what to call when it has gone. */
  watch(cameraId: string, track: string, viewer: ViewerSocket): () => void {
    const name = `${cameraId}/${track}`;
    const found = this.#watches.get(name);
    const watch = found ?? { cameraId, track, feed: new Feed(), asked: undefined, linger: undefined };
    if (!found) this.#watches.set(name, watch);
    clearTimeout(watch.linger);
    watch.linger = undefined;
    watch.feed.join(viewer);
    this.#ask(watch);
    if (watch.asked === undefined)
      viewer.send(JSON.stringify({ type: 'ended', reason: 'This camera is not being recorded just now.' }));
    return () => {
      watch.feed.leave(viewer);
      if (watch.feed.viewers > 0 || watch.linger !== undefined || this.#watches.get(name) !== watch) return;
      watch.linger = setTimeout(() => {
        this.#unask(watch);
        this.#watches.delete(name);
      }, this.#options.lingerMs ?? 10_000);
      watch.linger.unref();
    };
  }

  /** Open live views. */
  get viewers(): number {
    let viewers = 0;
    for (const { feed } of this.#watches.values()) viewers += feed.viewers;
    return viewers;
  }

  /**
   * A recorder's socket has been opened and has said who it is.
   * @returns what to call with each message of it, and when it has closed
   */
  connect(
    recorder: string,
    socket: RecorderSocket,
  ): { message(data: Buffer, isBinary: boolean): void; closed(): void } {
    const before = this.#recorders.get(recorder);
    this.#recorders.set(recorder, socket);
    if (before) {
      this.#lose(recorder, 'The recorder has connected again.');
      before.close(1000, 'replaced');
    }
    for (const watch of this.#watches.values()) this.#ask(watch);
    return {
      message: (data, isBinary) => {
        if (isBinary) this.#piece(recorder, data);
        else this.#text(recorder, socket, data);
      },
      closed: () => {
        if (this.#recorders.get(recorder) !== socket) return;
        this.#recorders.delete(recorder);
        this.#lose(recorder, 'The recorder has gone.');
        this.#options.onBroken?.(recorder);
      },
    };
  }

  /**
   * A channel of one's own to the recorder that holds a camera.
   * @param order what is asked on it
   * @returns how to close it; undefined when nobody holds the camera, or its recorder is not connected
   */
  open(cameraId: string, order: (channel: number) => HubToRecorder, ears: ChannelEars): (() => void) | undefined {
    const recorder = this.#options.holderOf(cameraId);
    const socket = recorder === undefined ? undefined : this.#recorders.get(recorder);
    if (recorder === undefined || socket === undefined) return undefined;
    const channel = this.#nextChannel++;
    this.#ears.set(channel, { recorder, ears });
    this.#send(socket, order(channel));
    return () => {
      if (this.#ears.delete(channel) && this.#recorders.get(recorder) === socket)
        this.#send(socket, { type: 'unwatch', channel });
    };
  }

  /** Asks a recorder for its heartbeat at once; without a connection it comes when it is due. */
  nudge(recorder: string): void {
    const message: HubNudge = { type: 'beat' };
    this.#recorders.get(recorder)?.send(JSON.stringify(message));
  }

  /** The holder of a camera has changed: watched tracks are asked for where it is now. */
  moved(cameraId: string): void {
    for (const watch of this.#watches.values()) if (watch.cameraId === cameraId) this.#ask(watch);
  }

  /** Stops everything; sockets are closed by their owner. */
  close(): void {
    for (const watch of this.#watches.values()) {
      clearTimeout(watch.linger);
      watch.feed.end('The hub is stopping.');
    }
    this.#watches.clear();
    this.#channels.clear();
  }

  #ask(watch: Watch): void {
    const holder = this.#options.holderOf(watch.cameraId);
    if (watch.asked !== undefined && watch.asked.recorder === holder) return;
    this.#unask(watch);
    if (watch.feed.viewers === 0 || holder === undefined) return;
    const socket = this.#recorders.get(holder);
    if (!socket) return;
    const channel = this.#nextChannel++;
    watch.asked = { recorder: holder, channel };
    this.#channels.set(channel, watch);
    this.#send(socket, { type: 'watch', channel, cameraId: watch.cameraId, track: watch.track });
  }

  #unask(watch: Watch): void {
    const { asked } = watch;
    if (!asked) return;
    watch.asked = undefined;
    this.#channels.delete(asked.channel);
    const socket = this.#recorders.get(asked.recorder);
    if (socket) this.#send(socket, { type: 'unwatch', channel: asked.channel });
    watch.feed.end('The camera is recorded elsewhere now.');
  }

  #lose(recorder: string, reason: string): void {
    for (const [channel, { recorder: owner, ears }] of this.#ears) {
      if (owner !== recorder) continue;
      this.#ears.delete(channel);
      ears.lost(reason);
    }
    for (const watch of this.#watches.values()) {
      if (watch.asked?.recorder !== recorder) continue;
      this.#channels.delete(watch.asked.channel);
      watch.asked = undefined;
      watch.feed.end(reason);
    }
  }

  #piece(recorder: string, data: Buffer): void {
    if (data.length < 6 || data.length > PIECE_BYTES) return;
    const watch = this.#channels.get(data.readUInt32BE(1));
    if (data.readUInt8(0) === LIVE_PICTURE) this.#picture(recorder, data);
    else if (watch?.asked?.recorder === recorder) watch.feed.piece(data.readUInt8(0), data.subarray(5));
  }

  #picture(recorder: string, data: Buffer): void {
    const found = this.#ears.get(data.readUInt32BE(1));
    if (found?.recorder !== recorder || data.length < 8) return;
    const end = 7 + data.readUInt16BE(5);
    const head = end < data.length ? parseHead(data.subarray(7, end)) : undefined;
    if (head !== undefined) found.ears.picture(head, data.subarray(end));
  }

  #text(recorder: string, socket: RecorderSocket, data: Buffer): void {
    let message: RecorderToHub;
    try {
      message = RecorderToHub.parse(JSON.parse(data.toString('utf8')));
    } catch (error) {
      this.#options.log.warn('A recorder sent what is no live message; its socket is closed.', {
        recorder,
        error: messageOf(error),
      });
      socket.close(1008, 'not a live message');
      return;
    }
    if (message.type === 'hello') return;
    const own = this.#ears.get(message.channel);
    if (own !== undefined) {
      if (own.recorder !== recorder || message.type === 'live') return;
      this.#ears.delete(message.channel);
      own.ears.said(message);
      return;
    }
    const watch = this.#channels.get(message.channel);
    if (watch?.asked?.recorder !== recorder) return;
    if (message.type === 'live') watch.feed.begin(message.mime);
    else if (message.type === 'ended') this.#ended(watch, message.reason);
  }

  /** The recorder has closed the channel, e.g. because it has not yet heard that the camera is its own. */
  #ended(watch: Watch, reason: string): void {
    if (watch.asked) this.#channels.delete(watch.asked.channel);
    watch.asked = undefined;
    watch.feed.end(reason);
    setTimeout(() => {
      if (this.#watches.get(`${watch.cameraId}/${watch.track}`) === watch) this.#ask(watch);
    }, this.#options.askAgainMs ?? 1000).unref();
  }

  #send(socket: RecorderSocket, message: HubToRecorder): void {
    socket.send(JSON.stringify(message));
  }
}

function parseHead(bytes: Buffer): PictureHead | undefined {
  try {
    return PictureHead.safeParse(JSON.parse(bytes.toString('utf8'))).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
