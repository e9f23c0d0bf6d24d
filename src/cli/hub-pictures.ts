/**
 * A camera of a hub as a stream of JPEGs, so that `vidette frame` keeps it as it keeps any other.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { messageOf, Unavailable, UserError } from '../base/errors.ts';
import { mediaTime, wallMs } from '../base/units.ts';
import { pathOf } from '../contract/client.ts';
import { routes } from '../contract/routes.ts';
import { Problem } from '../contract/system.ts';
import type { AccessUnit } from '../media/access-unit.ts';
import { jpegVideoConfig } from '../media/bitstream/jpeg.ts';
import { jpegSize } from '../media/bitstream/jpeg-size.ts';
import type { ReadOptions, StreamEnd, StreamReader } from '../sources/camera/recorder/stream-reader.ts';
import { cameraCalled } from './camera-called.ts';
import { findHub, type OwnHub } from './own-hub.ts';

export interface HubWish {
  readonly camera: string;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly quality: number;
  readonly every: boolean;
}

const ASK_EVERY_MS = 500;
const ANSWER_MS = 20_000;
/** Pictures a second with `--every`; what the hub gives at most. */
const FPS = 15;
/** Of a `pictures` socket without a width of its own. */
const WIDEST = 1920;

/** @throws (by the reader) UserError when the hub knows no such camera, Unavailable when it does not answer */
export function hubPictures(wish: HubWish): StreamReader {
  return async (options) => {
    const hub = await findHub();
    const id = await cameraCalled(wish.camera, hub, options.signal);
    const deliver = delivery(options);
    return wish.every ? watch(hub, id, wish, options, deliver) : poll(hub, id, wish, options, deliver);
  };
}

/** Hands JPEGs on as units of a motion JPEG stream. */
function delivery({ onConfig, onUnit }: ReadOptions): (jpeg: Uint8Array, arrival: number) => void {
  let size: string | undefined;
  let count = 0;
  return (jpeg, arrival) => {
    const { width, height } = jpegSize(jpeg);
    if (size !== `${width}×${height}`) {
      size = `${width}×${height}`;
      onConfig({ video: jpegVideoConfig(width, height) });
    }
    const at = mediaTime(count++ * 90_000);
    const unit: AccessUnit = {
      kind: 'video',
      data: [jpeg],
      size: jpeg.length,
      key: true,
      pts: at,
      dts: at,
      arrival: wallMs(arrival),
    };
    onUnit(unit);
  };
}

async function poll(
  hub: OwnHub,
  id: string,
  { width, height, quality }: HubWish,
  { signal }: ReadOptions,
  deliver: (jpeg: Uint8Array, arrival: number) => void,
): Promise<StreamEnd> {
  let etag: string | undefined;
  for (;;) {
    const response = await fetch(hub.base + pathOf(routes.latest, { id }, { width, height, quality }), {
      headers: { authorization: `Bearer ${hub.token}`, ...(etag === undefined ? {} : { 'if-none-match': etag }) },
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    }).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new Unavailable('The hub does not answer.', 1000, { cause });
    });
    if (response.status === 200) {
      etag = response.headers.get('etag') ?? undefined;
      const time = Date.parse(response.headers.get('x-vidette-frame-time') ?? '');
      deliver(new Uint8Array(await response.arrayBuffer()), Number.isFinite(time) ? time : Date.now());
    } else if (response.status !== 304) {
      const problem = Problem.safeParse(await response.json().catch(() => undefined)).data;
      const words = problem?.message ?? `The hub answered ${response.status}.`;
      if (response.status >= 500) throw new Unavailable(words, 1000);
      throw new UserError(words, problem?.remedy ?? '', { code: problem?.error ?? 'invalid' });
    } else await response.body?.cancel();
    await sleep(ASK_EVERY_MS, undefined, { signal });
  }
}

function watch(
  hub: OwnHub,
  id: string,
  { width = WIDEST, quality }: HubWish,
  { signal }: ReadOptions,
  deliver: (jpeg: Uint8Array, arrival: number) => void,
): Promise<StreamEnd> {
  const path = pathOf(routes.live, { id, track: 'main' }, { as: 'pictures', width, quality, fps: FPS });
  const socket = new WebSocket(hub.base.replace(/^http/, 'ws') + path, {
    headers: { authorization: `Bearer ${hub.token}` },
    maxPayload: 32_000_000,
    perMessageDeflate: false,
  });
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      socket.terminate();
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) return;
      try {
        deliver(Uint8Array.from(data), Date.now());
      } catch (error) {
        reject(error);
      }
    });
    socket.on('error', (cause) =>
      reject(new Unavailable(`The hub does not answer: ${messageOf(cause)}.`, 1000, { cause })),
    );
    socket.on('close', () => {
      signal.removeEventListener('abort', stop);
      resolve({ reason: 'the hub has ended it' });
    });
  });
}
