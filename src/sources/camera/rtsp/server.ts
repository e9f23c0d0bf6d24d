/** A small RTSP 1.0 server, fed with access units: the demo camera and the test camera. */
import { randomBytes } from 'node:crypto';
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { InputError, Unavailable } from '../../../base/errors.ts';
import type { StreamConfig } from '../../../media/access-unit.ts';
import { type Credentials, verifyAuthorization } from './auth.ts';
import { Splitter } from './interleaved.ts';
import { formatMessage, header, type RtspRequest } from './message.ts';
import { type Mount, type Player, type Route, StreamMount, type TrackKind } from './mount.ts';
import { datagramTransport, interleavedTransport } from './transport.ts';
import { familyOf, UdpPair } from './udp.ts';

export type { Mount } from './mount.ts';

const MOST_CONNECTIONS = 1024;
/** A client that asks and does not read is let go beyond this; what plays is kept below by its mount. */
const MOST_UNSENT = 8_000_000;
const SESSION_SECONDS = 60;

export interface RtspServer {
  readonly port: number;
  /** Makes a stream at `rtsp://host:port/<name>`. */
  mount(name: string, config: StreamConfig): Mount;
  /** Ends all connections. */
  close(): Promise<void>;
}

export interface RtspServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** How it sends; both by default. What it does not, it answers with 461. */
  readonly transports?: readonly ('tcp' | 'udp')[];
  /** Speaks TLS (rtsps://) with this key and certificate, both PEM. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly auth?: Credentials & { readonly kind: 'basic' | 'digest'; readonly algorithm?: 'MD5' | 'SHA-256' };
}

/** @throws Unavailable when the port cannot be opened */
export async function startRtspServer(options: RtspServerOptions): Promise<RtspServer> {
  const mounts = new Map<string, StreamMount>();
  const sockets = new Set<Socket>();
  const accept = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(socket, mounts, options);
  };
  const server = options.tls
    ? createTlsServer({ ...options.tls, noDelay: true }, accept)
    : createServer({ noDelay: true }, accept);
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Unavailable(`The RTSP server cannot listen on ${options.host}:${options.port}.`, 5000, { cause })),
    );
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : options.port;
  return {
    port,
    mount(name, config) {
      const mount = new StreamMount(name, config);
      mounts.set(name, mount);
      return mount;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

interface Session {
  readonly id: string;
  readonly mount: StreamMount;
  readonly routes: Map<TrackKind, Route>;
  readonly pairs: UdpPair[];
  player: Player | undefined;
}

/** Serves one connection until it ends. A client that speaks nonsense loses it. */
function serve(socket: Socket, mounts: ReadonlyMap<string, StreamMount>, options: RtspServerOptions): void {
  const connection = new Connection(socket, mounts, options);
  const splitter = new Splitter({
    packet: () => undefined,
    message: (message) => {
      if (message.kind === 'request') connection.answer(message);
    },
  });
  socket.on('data', (chunk) => {
    try {
      splitter.push(chunk);
    } catch (error) {
      if (!(error instanceof InputError) && !(error instanceof URIError)) throw error;
      socket.destroy();
    }
  });
  // A client that goes away is no news; 'close' follows every 'error'.
  socket.on('error', () => connection.stop());
  socket.on('close', () => connection.stop());
}

class Connection {
  readonly #socket: Socket;
  readonly #mounts: ReadonlyMap<string, StreamMount>;
  readonly #options: RtspServerOptions;
  readonly #nonce = randomBytes(16).toString('hex');
  #session: Session | undefined;

  constructor(socket: Socket, mounts: ReadonlyMap<string, StreamMount>, options: RtspServerOptions) {
    this.#socket = socket;
    this.#mounts = mounts;
    this.#options = options;
  }

  stop(): void {
    if (this.#session?.player) this.#session.mount.remove(this.#session.player);
    for (const pair of this.#session?.pairs ?? []) pair.close();
    this.#session = undefined;
  }

  answer(request: RtspRequest): void {
    const { auth } = this.#options;
    if (request.method === 'OPTIONS')
      this.#reply(request, '200 OK', { Public: 'OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN' });
    else if (auth && !verifyAuthorization(header(request, 'authorization'), request.method, auth, this.#nonce))
      this.#reply(request, '401 Unauthorized', { 'WWW-Authenticate': challenge(auth, this.#nonce) });
    else this.#answerAllowed(request);
  }

  #answerAllowed(request: RtspRequest): void {
    switch (request.method) {
      case 'DESCRIBE':
        this.#describe(request);
        break;
      case 'SETUP':
        this.#setup(request);
        break;
      case 'PLAY':
        this.#play(request);
        break;
      case 'GET_PARAMETER':
      case 'SET_PARAMETER':
        this.#reply(request, '200 OK', this.#session ? { Session: this.#session.id } : {});
        break;
      case 'TEARDOWN':
        this.stop();
        this.#reply(request, '200 OK');
        this.#socket.end();
        break;
      default:
        this.#reply(request, '501 Not Implemented');
    }
  }

  #describe(request: RtspRequest): void {
    const mount = this.#mounts.get(target(request.url).name);
    if (!mount) {
      this.#reply(request, '404 Not Found');
      return;
    }
    const headers = { 'Content-Base': `${request.url.replace(/\/$/, '')}/`, 'Content-Type': 'application/sdp' };
    this.#reply(request, '200 OK', headers, mount.describe());
  }

  #setup(request: RtspRequest): void {
    const { name, kind } = target(request.url);
    const mount = this.#mounts.get(name);
    const transport = header(request, 'transport') ?? '';
    const { transports = ['tcp', 'udp'] } = this.#options;
    const tcp = /RTP\/AVP\/TCP/i.test(transport);
    const port = Number(/client_port=(\d+)/i.exec(transport)?.[1] ?? 0);
    if (!mount?.trackKinds.includes(kind)) this.#reply(request, '404 Not Found');
    else if (!transports.includes(tcp ? 'tcp' : 'udp') || (!tcp && (port < 1 || port > 65_534)))
      this.#reply(request, '461 Unsupported Transport');
    else if (this.#session && this.#session.mount !== mount)
      this.#reply(request, '459 Aggregate Operation Not Allowed');
    else {
      this.#session ??= { id: randomBytes(8).toString('hex'), mount, routes: new Map(), pairs: [], player: undefined };
      const session = this.#session;
      if (tcp) this.#setupChannel(request, session, kind, transport);
      else
        this.#setupPorts(request, session, kind, port).catch((error: unknown) => {
          if (!(error instanceof Unavailable)) throw error;
          this.#reply(request, '503 Service Unavailable');
        });
    }
  }

  #setupChannel(request: RtspRequest, session: Session, kind: TrackKind, transport: string): void {
    const next = session.routes.size * 2;
    const wanted = Number(/interleaved=(\d+)/i.exec(transport)?.[1] ?? next);
    const channel = wanted < 255 ? wanted : next;
    session.routes.set(kind, { channel });
    this.#replySetup(request, session, interleavedTransport('AVP', channel));
  }

  async #setupPorts(request: RtspRequest, session: Session, kind: TrackKind, port: number): Promise<void> {
    const { remoteAddress = '' } = this.#socket;
    const nobody = (): void => undefined;
    // What clients report is not needed.
    const pair = await UdpPair.open(familyOf(remoteAddress), { rtp: nobody, rtcp: nobody, stranger: nobody });
    if (this.#session !== session) {
      pair.close();
      return;
    }
    session.pairs.push(pair);
    pair.expect([remoteAddress], port, port + 1);
    session.routes.set(kind, { datagrams: pair });
    this.#replySetup(request, session, `${datagramTransport('AVP', port)};server_port=${pair.port}-${pair.port + 1}`);
  }

  #replySetup(request: RtspRequest, session: Session, transport: string): void {
    this.#reply(request, '200 OK', { Transport: transport, Session: `${session.id};timeout=${SESSION_SECONDS}` });
  }

  #play(request: RtspRequest): void {
    const session = this.#session;
    if (!session) {
      this.#reply(request, '454 Session Not Found');
      return;
    }
    const url = request.url.replace(/\/$/, '');
    const info = [...session.routes.keys()].map(
      (kind) => `url=${url}/track=${kind};seq=${session.mount.sequence(kind)}`,
    );
    this.#reply(request, '200 OK', { Session: session.id, Range: 'npt=now-', 'RTP-Info': info.join(',') });
    if (session.player) return;
    session.player = { socket: this.#socket, routes: session.routes, reported: new Set(), waiting: true };
    session.mount.add(session.player);
  }

  #reply(request: RtspRequest, status: string, headers: Record<string, string> = {}, body = ''): void {
    if (this.#socket.writableLength > MOST_UNSENT) {
      this.#socket.destroy();
      return;
    }
    const cseq = header(request, 'cseq') ?? '0';
    this.#socket.write(formatMessage(`RTSP/1.0 ${status}`, { CSeq: cseq, Server: 'Vidette', ...headers }, body));
  }
}

/** Which mount and track a URL means. @throws URIError */
function target(url: string): { name: string; kind: TrackKind } {
  const path = decodeURI(url.replace(/^rtsps?:\/\/[^/]*\/?/i, '')).replace(/\/$/, '');
  // What stands behind a question mark (many cameras take a token there) names no other stream.
  const name = path.replace(/\/?track=\w+$/, '').replace(/\?.*$/, '');
  return { name, kind: path.endsWith('track=audio') ? 'audio' : 'video' };
}

function challenge(auth: NonNullable<RtspServerOptions['auth']>, nonce: string): string {
  if (auth.kind === 'basic') return 'Basic realm="Vidette"';
  return `Digest realm="Vidette", nonce="${nonce}", algorithm=${auth.algorithm ?? 'MD5'}, qop="auth"`;
}
