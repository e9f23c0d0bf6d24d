/** The connection that requests, answers and interleaved media go over: TCP, or TLS above it. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { Unavailable, UserError } from '../../../base/errors.ts';
import type { TlsCheck } from './address.ts';
import { rest } from './rest.ts';

export interface Wire {
  write(bytes: string | Uint8Array): void;
  /** Bytes that the camera has not taken yet. */
  readonly unsent: number;
  /** The address at the other end, once connected. */
  readonly remote: string | undefined;
  /** Says the last words and closes. False when they cannot be said any more. */
  end(last: string): boolean;
  destroy(): void;
}

export interface WireEvents {
  /** The bytes are valid during the call; they may be overwritten. */
  data(chunk: Buffer): void;
  /** Asked after each read: may bytes gather in the kernel for a while? */
  mayRest(count: number, room: number): boolean;
  /** `broken`: the error's code. Nothing comes after. */
  ended(broken: string | undefined): void;
  /** It never came about. */
  failed(error: Error): void;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Undefined: no TLS. */
  readonly tls: TlsCheck | undefined;
}

export function openWire(endpoint: Endpoint, events: WireEvents): Wire {
  const socket = openSocket(endpoint, events.data, (count, room) => events.mayRest(count, room));
  let connected = false;
  socket.once(endpoint.tls ? 'secureConnect' : 'connect', () => {
    connected = true;
  });
  socket.on('end', () => events.ended(undefined));
  socket.on('close', () => events.ended(undefined));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (connected) events.ended(error.code ?? 'error');
    else events.failed(explain(error));
  });
  return {
    write: (bytes) => socket.write(bytes),
    get unsent() {
      return socket.writableLength;
    },
    get remote() {
      return socket.remoteAddress;
    },
    end: (last) => endSocket(socket, last),
    destroy: () => socket.destroy(),
  };
}

/**
 * Room for what is read at once, of all sockets: one after the other is read, and done with before the next. What a camera sends while its
 * socket rests fits, and stays in the processor's cache.
 */
const ROOM = Buffer.allocUnsafeSlow(512 << 10);
/** Tells Node where to put what it reads: beyond the socket's own `data` events it costs no object and no copy. */
interface OnRead {
  readonly buffer: Uint8Array;
  callback(count: number): boolean;
}

export function openSocket(
  { host, port, tls }: Endpoint,
  data: (chunk: Buffer) => void,
  mayRest: (count: number, room: number) => boolean,
): Socket {
  const onread: OnRead = {
    buffer: ROOM,
    callback: (count) => {
      data(ROOM.subarray(0, count));
      if (!mayRest(count, ROOM.length)) return true;
      rest(socket);
      return false;
    },
  };
  const socket: Socket = tls
    ? connectTls(tlsOptions(host, port, tls, onread))
    : connectTcp({ host, port, noDelay: true, onread });
  if (tls) socket.setNoDelay(true);
  return socket;
}

function tlsOptions(host: string, port: number, check: TlsCheck, onread: OnRead): ConnectionOptions {
  return {
    host,
    port,
    // Cameras of ten years ago are still on walls; what they speak is better than nothing.
    minVersion: check === 'any' ? 'TLSv1' : 'TLSv1.2',
    ...(check === 'any' ? { ciphers: 'DEFAULT:@SECLEVEL=0' } : {}),
    rejectUnauthorized: check === 'verify',
    ...(isIP(host) === 0 ? { servername: host } : {}),
    // Node takes it here as for TCP (documentation of tls.connect); its types do not say so.
    ...({ onread } as object),
  };
}

export function endSocket(socket: Socket, last: string): boolean {
  if (!socket.writable || socket.connecting) {
    socket.destroy();
    return false;
  }
  socket.end(last);
  const patience = setTimeout(() => socket.destroy(), 500);
  socket.once('close', () => clearTimeout(patience));
  return true;
}

const CERTIFICATE = /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/;

/** Why a connection did not come about, for a person. */
export function explain(error: NodeJS.ErrnoException): Error {
  const code = error.code ?? 'error';
  if (CERTIFICATE.test(code))
    return new UserError(
      `The certificate of the camera cannot be trusted (${code}).`,
      'Give the camera a certificate that this machine knows, or put #tls=any behind its address: then it is encrypted, but not certain whom it is with.',
      { code: 'certificate', cause: error },
    );
  if (code.startsWith('ERR_SSL'))
    return new Unavailable(`The camera does not speak TLS on this port (${code}).`, 5000, { cause: error });
  return new Unavailable(`The camera cannot be reached (${code}).`, 5000, { cause: error });
}
