/**
 * One live conversion at a worker: pieces of a track come over a WebSocket of the hub, go through a process that converts them, and
 * go back on the same socket. It ends when the hub closes the socket.
 */
import { WebSocket } from 'ws';
import { Unavailable } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { mediaTime, wallMs } from '../base/units.ts';
import { LIVE_DELTA, LIVE_INIT, LIVE_KEY } from '../contract/recorder.ts';
import { TranscodeHead, type TranscodeJob } from '../contract/worker.ts';
import type { VideoConfig } from '../media/access-unit.ts';
import { liveFragment } from '../media/mp4/fragment.ts';
import { initSegment } from '../media/mp4/init.ts';
import { LivePieces } from '../media/transcode/live-pieces.ts';
import type { CodedPicture } from '../media/transcode/messages.ts';
import { TranscodeProcess } from '../media/transcode/transcode-process.ts';

export interface ConvertOptions {
  readonly job: TranscodeJob;
  /** `ws:` or `wss:`, signed. */
  readonly address: string;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const CONNECT_MS = 5000;
/** A key frame of a very large picture is far below. */
const MOST_PIECE = 32_000_000;
/** With more than this unsent, what is made is left out up to its next key frame. */
const MOST_UNSENT = 4_000_000;
/** How the hub says that nobody watches any more. */
const NORMAL = 1000;

/** @throws what kept it from going on, or the signal's reason */
export function convertLive({ job, address, log, signal }: ConvertOptions): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address, {
      handshakeTimeout: CONNECT_MS,
      maxPayload: MOST_PIECE,
      perMessageDeflate: false,
    });
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', abort);
      process.close();
      socket.terminate();
      finish();
    };
    const fail = (error: unknown): void => settle(() => reject(error));
    const abort = (): void => fail(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    const muxer = new Muxer((kind, piece) => {
      if (kind === LIVE_INIT) socket.send(JSON.stringify(headOf(muxer.codec)));
      else if (socket.bufferedAmount > MOST_UNSENT) return false;
      socket.send(Buffer.concat([Buffer.of(kind), ...piece]));
      return true;
    });
    const process = new TranscodeProcess(job, {
      begin: (config) => muxer.begin(config),
      picture: (picture) => muxer.picture(picture),
      end: fail,
    });
    let pieces: LivePieces | undefined;
    let begins = false;
    socket.on('message', (data, isBinary) => {
      const bytes = Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
      try {
        if (!isBinary) begins = TranscodeHead.safeParse(JSON.parse(bytes.toString('utf8'))).success;
        else if (begins) {
          begins = false;
          pieces = new LivePieces(bytes);
          process.begin(pieces.stream);
          log.debug('A stream to convert begins.', { codec: pieces.stream.codec });
        } else for (const picture of pieces?.pictures(bytes) ?? []) process.push(picture);
      } catch (error) {
        fail(error);
      }
    });
    socket.on('error', (cause) =>
      fail(new Unavailable('The hub cannot be reached for the conversion.', 1000, { cause })),
    );
    socket.on('close', (code) =>
      code === NORMAL ? settle(resolve) : fail(new Unavailable('The hub has ended the connection.', 1000)),
    );
  });
}

function headOf(codec: string): TranscodeHead {
  return { type: 'live', mime: `video/mp4; codecs="${codec}"` };
}

/** Coded pictures to live pieces. */
class Muxer {
  codec = '';
  readonly #send: (kind: number, piece: readonly Uint8Array[]) => boolean;
  #sequence = 0;
  #last: number | undefined;
  #duration = 6000;
  #skipping = true;

  /** @param send false: it cannot take more now */
  constructor(send: (kind: number, piece: readonly Uint8Array[]) => boolean) {
    this.#send = send;
  }

  begin(config: VideoConfig): void {
    this.codec = config.codecString;
    this.#skipping = true;
    this.#send(LIVE_INIT, [initSegment({ video: config })]);
  }

  picture({ key, pts, data }: CodedPicture): void {
    if (this.#last !== undefined && pts > this.#last) this.#duration = Math.min(pts - this.#last, 90_000);
    this.#last = pts;
    if (this.#skipping && !key) return;
    this.#sequence += 1;
    const time = mediaTime(pts);
    const arrival = wallMs(Date.now());
    const unit = { kind: 'video' as const, data: [data], size: data.length, key, pts: time, dts: time, arrival };
    this.#skipping = !this.#send(key ? LIVE_KEY : LIVE_DELTA, liveFragment(unit, this.#duration, this.#sequence));
  }
}
