/** A pair of UDP ports of one track: RTP on an even one, RTCP on the next (RFC 3550 section 11). */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';
import { Unavailable } from '../../../base/errors.ts';

/** Key frames come in bursts; the kernel gives as much of it as it is allowed to. */
const RECEIVE_BUFFER = 4_000_000;
const ATTEMPTS = 50;

export interface DatagramSink {
  /** The bytes are the receiver's. */
  rtp(data: Buffer): void;
  rtcp(data: Buffer): void;
  /** A datagram of somebody else was left out. */
  stranger(): void;
}

/** Where the camera sends from. */
interface Peer {
  readonly addresses: ReadonlySet<string>;
  readonly address: string;
  readonly rtpPort: number | undefined;
  readonly rtcpPort: number | undefined;
}

export class UdpPair {
  /** Even. */
  readonly port: number;
  readonly #rtp: Socket;
  readonly #rtcp: Socket;
  #peer: Peer | undefined;
  #closed = false;

  private constructor(rtp: Socket, rtcp: Socket) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.port = rtp.address().port;
  }

  /** @throws Unavailable when no two neighbouring ports are free */
  static async open(family: 4 | 6, sink: DatagramSink): Promise<UdpPair> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const rtp = await bound(family, 0);
      const { port } = rtp.address();
      const other = port % 2 === 0 && port < 65_535 ? await bound(family, port + 1).catch(portInUse) : undefined;
      if (other) {
        const pair = new UdpPair(rtp, other);
        pair.#listen(sink);
        return pair;
      }
      rtp.close();
    }
    throw new Unavailable('No two neighbouring UDP ports are free on this machine.', 5000);
  }

  #listen(sink: DatagramSink): void {
    const known = (address: string): boolean => {
      const peer = this.#peer;
      // Before the answer to SETUP nobody knows who sends; nothing is taken then.
      if (peer?.addresses.has(plainAddress(address)) === true) return true;
      sink.stranger();
      return false;
    };
    this.#rtp.on('message', (data, from) => {
      if (data.length >= 4 && known(from.address)) sink.rtp(data);
    });
    this.#rtcp.on('message', (data, from) => {
      if (known(from.address)) sink.rtcp(data);
    });
    // ICMP "port unreachable" and the like: whoever does not send is found by silence.
    this.#rtp.on('error', () => undefined);
    this.#rtcp.on('error', () => undefined);
  }

  /** Takes datagrams of these addresses only; the first is where ours go to. */
  expect(addresses: readonly string[], rtpPort: number | undefined, rtcpPort: number | undefined): void {
    const address = addresses[0] ?? '';
    // A zone says by which of our interfaces an address is reached: it is needed to send, and stands in no datagram.
    const target = address.includes('%') ? address : plainAddress(address);
    this.#peer = { addresses: new Set(addresses.map(plainAddress)), address: target, rtpPort, rtcpPort };
  }

  /** Small datagrams that make a firewall between us and the camera let its ones in. */
  punch(rtp: Buffer, rtcp: Buffer): void {
    this.sendRtp(rtp);
    this.sendRtcp(rtcp);
  }

  sendRtp(data: Buffer): void {
    if (this.#peer?.rtpPort !== undefined) this.#send(this.#rtp, data, this.#peer.rtpPort);
  }

  sendRtcp(data: Buffer): void {
    if (this.#peer?.rtcpPort !== undefined) this.#send(this.#rtcp, data, this.#peer.rtcpPort);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#rtp.close();
    this.#rtcp.close();
  }

  #send(socket: Socket, data: Buffer, port: number): void {
    // An unreachable camera is no error of ours; the callback keeps it from being thrown.
    if (!this.#closed && this.#peer) socket.send(data, port, this.#peer.address, () => undefined);
  }
}

async function bound(family: 4 | 6, port: number): Promise<Socket> {
  const socket = createSocket(family === 4 ? { type: 'udp4' } : { type: 'udp6', ipv6Only: true });
  socket.bind(port);
  try {
    await once(socket, 'listening');
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.setRecvBufferSize(RECEIVE_BUFFER);
  return socket;
}

function portInUse(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
  return undefined;
}

/** Which kind of socket reaches an address. */
export function familyOf(address: string): 4 | 6 {
  return isIPv4(plainAddress(address)) ? 4 : 6;
}

/** An IPv4 address that was written as an IPv6 one is the same; a zone (`%eth0`) is ours alone. */
export function plainAddress(address: string): string {
  const bare = address.replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  return mapped !== undefined && isIPv4(mapped) ? mapped : bare.toLowerCase();
}
