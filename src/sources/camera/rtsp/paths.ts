/** How the packets of the chosen tracks get here: on channels of the connection, or in datagrams, put in order. */
import { randomInt } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';
import { InputError, UserError } from '../../../base/errors.ts';
import { answeredKeys, describedKeys, ownKeys } from './key-exchange.ts';
import { LIMITS } from './limits.ts';
import type { Learned } from './memory.ts';
import { header, type RtspResponse } from './message.ts';
import type { NoteBook } from './notes.ts';
import { expectOk } from './refusals.ts';
import { ReorderBuffer } from './reorder.ts';
import type { RequestChannel } from './request-channel.ts';
import { buildReceiverReport } from './rtcp.ts';
import { emptyRtp } from './rtp.ts';
import { SrtpContext, type SrtpKeys } from './srtp.ts';
import type { ChosenTrack, StreamAssembler } from './stream-assembler.ts';
import { datagramTransport, interleavedTransport, parseTransport, type TransportAnswer } from './transport.ts';
import { familyOf, UdpPair } from './udp.ts';
import type { Wire } from './wire.ts';

const EXPIRE_EVERY_MS = 50;

type Ask = (method: string, url: string, headers: Record<string, string>) => Promise<RtspResponse>;

interface PathsOptions {
  readonly wire: Wire;
  readonly requests: RequestChannel;
  readonly notes: NoteBook;
  readonly clock: Clock;
  /** Before each datagram's packets are handed on. @throws InputError */
  arrived(bytes: number): void;
  failed(error: unknown): void;
}

interface Path {
  readonly track: ChosenTrack;
  readonly url: string;
  /** What the assembler calls it; over the connection, the camera's number. */
  readonly channel: number;
  readonly pair: UdpPair | undefined;
  /** Decrypts what comes, when the camera encrypts its media. */
  readonly incoming: SrtpContext | undefined;
  /** Encrypts our reports; undefined: the camera knows no key of ours. */
  readonly outgoing: SrtpContext | undefined;
}

export class PathSet {
  readonly #o: PathsOptions;
  readonly #paths: Path[] = [];
  readonly #pairs: UdpPair[] = [];
  readonly #buffers: ReorderBuffer[] = [];
  /** Of our receiver reports. */
  readonly #ssrc = randomInt(2 ** 32);
  #assembler: StreamAssembler | undefined;
  #wish: 'auto' | 'tcp' | 'udp' = 'auto';
  #learned: Learned | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  /** By channel over the connection; empty when nothing is encrypted. */
  readonly #guards: (SrtpContext | undefined)[] = [];

  constructor(options: PathsOptions) {
    this.#o = options;
  }

  /** Whether pictures come in datagrams. */
  get inDatagrams(): boolean {
    return this.#buffers.length > 0;
  }

  /** What was set up, in order. */
  get urls(): readonly string[] {
    return this.#paths.map((path) => path.url);
  }

  begin(assembler: StreamAssembler, wish: 'auto' | 'tcp' | 'udp', learned: Learned): void {
    this.#assembler = assembler;
    this.#wish = wish;
    this.#learned = learned;
  }

  /** Sets up one track; undefined when it is a sound that the camera does not give. @throws UserError and others when it is the video */
  async setup(track: ChosenTrack, url: string, ask: Ask): Promise<RtspResponse | undefined> {
    const learned = this.#learned;
    const datagrams = this.#wish === 'udp' || (this.#wish === 'auto' && learned?.refusesTcp === true);
    let answer = datagrams ? undefined : await this.#overConnection(track, url, ask);
    if (answer === 'refused' && this.#wish === 'auto') {
      answer = undefined;
      if (learned) learned.refusesTcp = true;
    }
    answer ??= await this.#inDatagrams(track, url, ask);
    if (answer !== 'refused' && answer.status >= 200 && answer.status < 300) return answer;
    if (track.kind === 'audio') {
      const said = answer === 'refused' ? 'not in this way' : `${answer.status} ${answer.reason}`;
      this.#o.notes.add('skipped-track', `The camera does not give its sound (${said}).`);
      this.#assembler?.dropAudio();
      return undefined;
    }
    if (answer !== 'refused') expectOk('SETUP', answer);
    throw new UserError(
      this.#wish === 'tcp' ? 'The camera does not send RTP over TCP.' : 'The camera does not send RTP over UDP.',
      this.#wish === 'tcp'
        ? 'Choose UDP as transport, or allow TCP ("RTP over RTSP", "interleaved") in the settings of the camera.'
        : 'Choose TCP as transport, or let it be found ("auto").',
      { code: 'transport' },
    );
  }

  async #overConnection(track: ChosenTrack, url: string, ask: Ask): Promise<RtspResponse | 'refused'> {
    const asked = this.#freeChannel();
    const { answer, keys } = await this.#ask(track, url, ask, (profile) => interleavedTransport(profile, asked));
    if (unsupported(answer)) return 'refused';
    if (answer.status !== 200) return answer;
    const told = parseTransport(header(answer, 'transport'));
    // It was asked for TCP, and means to send datagrams to a port that nobody has opened.
    if (!told.tcp && told.serverPort !== undefined) return 'refused';
    this.#take({ track, url, channel: told.interleaved ?? asked, pair: undefined, ...contexts(track, answer, keys) });
    return answer;
  }

  async #inDatagrams(track: ChosenTrack, url: string, ask: Ask): Promise<RtspResponse | 'refused'> {
    const { remote } = this.#o.wire;
    const channel = this.#freeChannel();
    const buffer = new ReorderBuffer((data, start, end) => this.#assembler?.packet(channel, data, start, end));
    let incoming: SrtpContext | undefined;
    const pair = await UdpPair.open(familyOf(remote ?? ''), {
      rtp: (data) =>
        this.#datagram(data, () => {
          const end = incoming ? incoming.unprotect(data, 0, data.length) : data.length;
          if (end < 0) this.#forged();
          else buffer.push(data.subarray(0, end), this.#o.clock.monotonic());
        }),
      rtcp: (data) =>
        this.#datagram(data, () => {
          const end = incoming ? incoming.unprotectRtcp(data, 0, data.length) : data.length;
          if (end < 0) this.#forged();
          else this.#assembler?.packet(channel + 1, data, 0, end);
        }),
      stranger: () => this.#o.notes.add('packet', 'Datagrams of another address than the camera were left out.'),
    });
    this.#pairs.push(pair);
    if (this.#closed) pair.close();
    const { answer, keys } = await this.#ask(track, url, ask, (profile) => datagramTransport(profile, pair.port));
    const told = parseTransport(header(answer, 'transport'));
    if (answer.status !== 200 || told.multicast) {
      pair.close();
      return answer.status === 200 || unsupported(answer) ? 'refused' : answer;
    }
    const both = contexts(track, answer, keys);
    if (told.tcp && told.interleaved !== undefined) {
      pair.close();
      this.#take({ track, url, channel: told.interleaved, pair: undefined, ...both });
      return answer;
    }
    incoming = both.incoming;
    this.#expect(pair, remote ?? '', told);
    this.#buffers.push(buffer);
    this.#timer ??= setInterval(() => this.#expire(), EXPIRE_EVERY_MS);
    this.#take({ track, url, channel, pair, ...both });
    return answer;
  }

  /** SETUP; of an encrypted track with a key of ours, for cameras that take one. */
  async #ask(
    track: ChosenTrack,
    url: string,
    ask: Ask,
    transport: (profile: string) => string,
  ): Promise<{ answer: RtspResponse; keys: SrtpKeys | undefined }> {
    const { secure, keyManagement, crypto } = track.media;
    const Transport = transport(secure ? 'SAVP' : 'AVP');
    if (secure && (keyManagement !== undefined || crypto.length === 0)) {
      const own = ownKeys(url, this.#ssrc, this.#o.clock.wall());
      const answer = await ask('SETUP', url, { Transport, KeyMgmt: own.header });
      if (answer.status < 400 || unsupported(answer)) return { answer, keys: own.keys };
    }
    return { answer: await ask('SETUP', url, { Transport }), keys: undefined };
  }

  /** A packet of the connection: decrypted where the camera encrypts, and handed on. @throws InputError */
  deliver(channel: number, data: Buffer, start: number, end: number): void {
    const guard = this.#guards[channel >> 1];
    if (guard === undefined) {
      this.#assembler?.packet(channel, data, start, end);
      return;
    }
    const plainEnd = channel % 2 === 0 ? guard.unprotect(data, start, end) : guard.unprotectRtcp(data, start, end);
    if (plainEnd < 0) this.#forged();
    else this.#assembler?.packet(channel, data, start, plainEnd);
  }

  #forged(): void {
    this.#o.notes.add('packet', 'Packets that the camera has not signed were left out.');
  }

  /** Only the camera's own address sends, or the one that it names. */
  #expect(pair: UdpPair, address: string, told: TransportAnswer): void {
    const addresses = told.source === undefined ? [address] : [address, told.source];
    pair.expect(addresses, told.serverPort, told.serverRtcpPort);
  }

  #take(path: Path): void {
    this.#paths.push(path);
    if (path.pair === undefined && path.incoming) this.#guards[path.channel >> 1] = path.incoming;
    this.#assembler?.listen(path.track.kind, path.channel);
  }

  /** Opens firewalls on the way: what goes out may be answered. */
  punch(): void {
    for (const { pair, track, incoming } of this.#paths)
      if (!incoming)
        pair?.punch(emptyRtp(track.media.payloadType, this.#ssrc), buildReceiverReport(this.#ssrc, undefined));
  }

  /** Tells the camera how its packets arrive; also what keeps some cameras sending. */
  report(): void {
    for (const { track, channel, pair, incoming, outgoing } of this.#paths) {
      if (incoming && !outgoing) continue;
      const plain = buildReceiverReport(this.#ssrc, this.#assembler?.reception(track.kind));
      const report = outgoing ? outgoing.protectRtcp(plain) : plain;
      if (pair) pair.sendRtcp(report);
      else if (this.#o.wire.unsent < LIMITS.unsent) this.#o.wire.write(framed(channel + 1, report));
    }
  }

  /** What is said when nothing has come. */
  silence(seconds: number): string {
    const nothing = this.inDatagrams && this.#assembler?.reception('video') === undefined;
    return nothing
      ? `The camera sends by UDP, and nothing has arrived for ${seconds} s: a firewall may be between.`
      : `Nothing came from the camera for ${seconds} s.`;
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const pair of this.#pairs) pair.close();
  }

  #datagram(data: Buffer, handOn: () => void): void {
    if (this.#closed) return;
    try {
      this.#o.arrived(data.length);
      handOn();
    } catch (error) {
      this.#o.failed(error);
    }
  }

  #expire(): void {
    const now = this.#o.clock.monotonic();
    try {
      for (const buffer of this.#buffers) if (buffer.held > 0) buffer.expire(now);
    } catch (error) {
      this.#o.failed(error);
    }
  }

  #freeChannel(): number {
    let channel = 0;
    while (this.#paths.some((path) => path.channel >> 1 === channel >> 1)) channel += 2;
    return channel;
  }
}

/** @throws InputError when a track is encrypted, and nobody has said with which keys */
function contexts(
  track: ChosenTrack,
  answer: RtspResponse,
  own: SrtpKeys | undefined,
): { incoming: SrtpContext | undefined; outgoing: SrtpContext | undefined } {
  if (!track.media.secure) return { incoming: undefined, outgoing: undefined };
  const keys = answeredKeys(header(answer, 'keymgmt')) ?? describedKeys(track.media);
  if (!keys) throw new InputError('camera', `it encrypts its ${track.kind} and tells no key that we understand`);
  return { incoming: new SrtpContext(keys), outgoing: own && new SrtpContext(own) };
}

/** 461, and what cameras say in its place. */
function unsupported(answer: RtspResponse): boolean {
  return answer.status === 461 || (answer.status >= 400 && /transport/i.test(answer.reason));
}

function framed(channel: number, packet: Buffer): Buffer {
  const head = Buffer.from([0x24, channel, packet.length >> 8, packet.length & 0xff]);
  return Buffer.concat([head, packet]);
}
