/** A camera that says what a test tells it to say, and a reading of it that keeps what came. */
import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import { systemClock } from '../../src/base/clock.ts';
import type { AccessUnit, StreamConfig } from '../../src/media/access-unit.ts';
import { type RtspEnd, type RtspOptions, readRtsp } from '../../src/sources/camera/rtsp/client.ts';
import { Splitter } from '../../src/sources/camera/rtsp/interleaved.ts';
import type { CameraMemory } from '../../src/sources/camera/rtsp/memory.ts';
import { formatMessage, header, type RtspRequest } from '../../src/sources/camera/rtsp/message.ts';

// Parameter sets of a 640×360 stream.
export const SPS = Buffer.from('67640016acb405017fcb08000003000800000300f078b175', 'hex');
export const PPS = Buffer.from('68ef3cb0', 'hex');
export const SDP = `v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 sprop-parameter-sets=${SPS.toString('base64')},${PPS.toString('base64')}\r\na=control:trackID=0\r\n`;

export type Answer = (
  request: RtspRequest,
  socket: Socket,
) => {
  status?: string;
  headers?: Record<string, string>;
  body?: string;
  /** All of it, as the camera writes it; `#` stands for the number of the request. */
  raw?: string;
};

export const servers: { server: Server; sockets: Set<Socket> }[] = [];
/** To be called after each test. */
export function closeScripted(): void {
  for (const { server, sockets } of servers.splice(0)) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
}

/** A server that says what the test tells it to say. */
export async function scripted(answer: Answer): Promise<{ url: string; requests: RtspRequest[] }> {
  const requests: RtspRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    const splitter = new Splitter({
      packet: () => undefined,
      message: (message) => {
        if (message.kind !== 'request') return;
        requests.push(message);
        const { status = '200 OK', headers = {}, body = '', raw } = answer(message, socket);
        if (raw !== undefined) {
          socket.write(Buffer.from(raw.replace('#', header(message, 'cseq') ?? ''), 'latin1'));
          return;
        }
        socket.write(formatMessage(`RTSP/1.0 ${status}`, { CSeq: header(message, 'cseq') ?? '', ...headers }, body));
      },
    });
    socket.on('data', (chunk) => splitter.push(chunk));
  });
  servers.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return { url: `rtsp://127.0.0.1:${address.port}/live`, requests };
}

/** A camera that behaves. */
export const plain: Answer = (request) => {
  if (request.method === 'DESCRIBE') return { body: SDP };
  if (request.method === 'SETUP') return { headers: { Session: '12345;timeout=60' } };
  return {};
};

export function packet(channel: number, sequence: number, rtp: number, marker: boolean, payload: Uint8Array): Buffer {
  const out = Buffer.alloc(16 + payload.length);
  out[0] = 0x24;
  out[1] = channel;
  out.writeUInt16BE(12 + payload.length, 2);
  out[4] = 0x80;
  out[5] = 96 | (marker ? 0x80 : 0);
  out.writeUInt16BE(sequence, 6);
  out.writeUInt32BE(rtp, 8);
  out.set(payload, 16);
  return out;
}
export const KEY = Uint8Array.from([0x65, 0x88, 1, 2]);
export const DELTA = Uint8Array.from([0x41, 0x9a, 3]);

export interface Seen {
  configs: StreamConfig[];
  units: AccessUnit[];
  notes: string[];
  end: RtspEnd;
}

/** Reads until the session ends, or `enough` says so. */
export async function read(
  url: string,
  options: Partial<RtspOptions> = {},
  enough: (seen: Seen) => boolean = () => false,
  memory?: CameraMemory,
): Promise<Seen> {
  const stop = new AbortController();
  const seen: Seen = { configs: [], units: [], notes: [], end: { reason: '', cause: 'stopped' } };
  const look = (): void => {
    if (enough(seen)) stop.abort();
  };
  const all = {
    url,
    clock: systemClock,
    signal: stop.signal,
    onConfig: (config: StreamConfig) => {
      seen.configs.push(config);
      look();
    },
    onUnit: (unit: AccessUnit) => {
      seen.units.push(unit);
      look();
    },
    onNote: (note: { kind: string }) => {
      seen.notes.push(note.kind);
    },
    ...options,
  } satisfies RtspOptions;
  seen.end = await readRtsp(all, memory);
  return seen;
}
