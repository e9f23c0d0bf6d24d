/**
 * The recorder's one WebSocket to the hub: the hub asks for tracks, and gets their live pictures.
 */
import { WebSocket } from 'ws';
import { z } from 'zod';
import { systemClock } from '../../../base/clock.ts';
import { messageOf } from '../../../base/errors.ts';
import type { Log } from '../../../base/log.ts';
import { HubNudge, HubToRecorder, LIVE_INIT, type RecorderToHub } from '../../../contract/recorder.ts';
import { routes } from '../../../contract/routes.ts';
import type { LiveFeed, LiveKind, LiveViewer } from './live-feed.ts';
import { PictureOrders } from './picture-orders.ts';

/** With more than this waiting to be sent, a viewer skips to the next key frame. */
const MAX_BUFFERED_BYTES = 4_000_000;
/** Orders of the hub are short. */
const MAX_ORDER_BYTES = 64_000;
const Order = z.union([HubToRecorder, HubNudge]);
const PING_MS = 10_000;
const CONNECT_TIMEOUT_MS = 5000;
const RETRY_MS = [300, 500, 1000, 2000] as const;
/** Most tracks watched at a time: what a hub needs, and no more memory than that. */
const MAX_CHANNELS = 2000;

export interface LiveSocketOptions {
  /** The hub's address, with its sub-path. */
  readonly hub: string;
  readonly token: string;
  readonly id: string;
  /** The hub has orders that should not wait for the next heartbeat. */
  readonly onNudge?: () => void;
  readonly feedOf: (cameraId: string, track: string) => LiveFeed | undefined;
  readonly log: Log;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Keeps the connection until the signal aborts. Never throws. */
export async function serveLive(options: LiveSocketOptions, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const { opened, reason } = await connectOnce(options, signal);
    if (signal.aborted) return;
    failures = opened ? 0 : failures + 1;
    options.log.debug('live connection has ended', { reason });
    await options.sleep(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 2000, signal);
  }
}

function connectOnce(options: LiveSocketOptions, signal: AbortSignal): Promise<{ opened: boolean; reason: string }> {
  const { promise, resolve } = Promise.withResolvers<{ opened: boolean; reason: string }>();
  const base = options.hub.endsWith('/') ? options.hub.slice(0, -1) : options.hub;
  const socket = new WebSocket(`${base.replace(/^http/, 'ws')}${routes.recorderSocket.path}`, {
    headers: { authorization: `Bearer ${options.token}` },
    handshakeTimeout: CONNECT_TIMEOUT_MS,
    maxPayload: MAX_ORDER_BYTES,
    perMessageDeflate: false,
    skipUTF8Validation: true,
  });
  const channels = new Map<number, () => void>();
  let opened = false;
  let alive = true;
  let reason = 'closed by the hub';

  const ping = setInterval(() => {
    if (!alive) {
      reason = 'the hub does not answer';
      return socket.terminate();
    }
    alive = false;
    if (opened) socket.ping();
  }, PING_MS);
  const stop = (): void => socket.terminate();
  signal.addEventListener('abort', stop, { once: true });

  const say = (message: RecorderToHub): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
  };
  const unwatch = (channel: number): void => {
    channels.get(channel)?.();
    channels.delete(channel);
  };
  const watch = (channel: number, cameraId: string, track: string): void => {
    unwatch(channel);
    const feed = channels.size < MAX_CHANNELS ? options.feedOf(cameraId, track) : undefined;
    if (feed === undefined) {
      say({ type: 'ended', channel, reason: 'This track is not recorded here.' });
      return;
    }
    const viewer: LiveViewer = {
      begin: (mime) => say({ type: 'live', channel, mime }),
      send: (kind, piece) => sendPiece(socket, channel, kind, piece),
      end: (why) => {
        channels.delete(channel);
        say({ type: 'ended', channel, reason: why });
      },
    };
    // The feed may begin to send before `watch` returns, and may not be left without an owner then.
    channels.set(channel, () => undefined);
    channels.set(channel, feed.watch(viewer));
  };
  const pictures = new PictureOrders({
    tracks: (cameraId, track) => options.feedOf(cameraId, track)?.pictures,
    clock: systemClock,
    say,
    send: (message) => {
      if (socket.readyState !== WebSocket.OPEN || socket.bufferedAmount > MAX_BUFFERED_BYTES) return false;
      socket.send(message);
      return true;
    },
  });

  socket.on('open', () => {
    opened = true;
    say({ type: 'hello', id: options.id });
  });
  socket.on('pong', () => {
    alive = true;
  });
  socket.on('message', (data, isBinary) => {
    alive = true;
    const order = isBinary ? undefined : parseOrder(data.toString());
    if (order === undefined) options.log.warn('the hub sent something on the live connection that is no order');
    else if (order.type === 'beat') options.onNudge?.();
    else if (order.type === 'watch') watch(order.channel, order.cameraId, order.track);
    else if (order.type === 'picture') pictures.one(order);
    else if (order.type === 'pictures') pictures.watch(order);
    else {
      unwatch(order.channel);
      pictures.unwatch(order.channel);
    }
  });
  socket.on('error', (error) => {
    reason = messageOf(error);
  });
  socket.on('close', () => {
    clearInterval(ping);
    signal.removeEventListener('abort', stop);
    for (const channel of [...channels.keys()]) unwatch(channel);
    pictures.close();
    resolve({ opened, reason });
  });
  if (signal.aborted) stop();
  return promise;
}

/** One WebSocket message: kind, channel, piece. */
function sendPiece(socket: WebSocket, channel: number, kind: LiveKind, piece: readonly Uint8Array[]): boolean {
  if (socket.readyState !== WebSocket.OPEN) return false;
  if (socket.bufferedAmount > MAX_BUFFERED_BYTES && kind !== LIVE_INIT) return false;
  const size = piece.reduce((sum, part) => sum + part.length, 0);
  const message = Buffer.allocUnsafe(5 + size);
  message[0] = kind;
  message.writeUInt32BE(channel, 1);
  let at = 5;
  for (const part of piece) {
    message.set(part, at);
    at += part.length;
  }
  socket.send(message);
  return true;
}

function parseOrder(text: string): HubToRecorder | HubNudge | undefined {
  try {
    return Order.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
