/** One session with one camera: from the connection to TEARDOWN. */
import { Unavailable } from '../../../base/errors.ts';
import { type MonotonicMs, monotonicMs } from '../../../base/units.ts';
import { type CameraAddress, isPrivateHost } from './address.ts';
import type { Credentials } from './auth.ts';
import type { RtspEnd, RtspOptions } from './client.ts';
import { openTunnel } from './http-tunnel.ts';
import { Splitter } from './interleaved.ts';
import type { Learned } from './memory.ts';
import { header, type RtspResponse } from './message.ts';
import { NoteBook } from './notes.ts';
import { PathSet } from './paths.ts';
import { expectOk, isFull } from './refusals.ts';
import { RequestChannel } from './request-channel.ts';
import { RESTFUL_BYTES } from './rest.ts';
import { baseUrl, controlUrl, parseSdp } from './sdp.ts';
import { StreamAssembler } from './stream-assembler.ts';
import { onTick, TICK_MS } from './tick.ts';
import { openWire, type Wire, type WireEvents } from './wire.ts';

export type SessionEnd = RtspEnd | { readonly redirect: string };

const REPORT_EVERY_MS = 5000;
const SETTLE_MS = 700;

export class Session {
  readonly #options: RtspOptions;
  readonly #address: CameraAddress;
  readonly #learned: Learned;
  readonly #wire: Wire;
  readonly #tunnelled: boolean;
  readonly #requests: RequestChannel;
  readonly #notes: NoteBook;
  readonly #splitter: Splitter;
  readonly #done = Promise.withResolvers<SessionEnd>();
  readonly #paths: PathSet;
  #assembler: StreamAssembler | undefined;
  #ended = false;
  #silent = false;
  #lastByteAt: MonotonicMs;
  #lastMediaAt: MonotonicMs;
  #tickedAt: MonotonicMs;
  #received = 0;
  #keepAliveAt = Number.POSITIVE_INFINITY;
  #keepAliveMs = 30_000;
  #timeoutMs = 60_000;
  #reportAt = Number.POSITIVE_INFINITY;

  constructor(options: RtspOptions, address: CameraAddress, credentials: Credentials | undefined, learned: Learned) {
    this.#options = options;
    this.#address = address;
    this.#learned = learned;
    this.#notes = new NoteBook(options.clock, options.onNote);
    this.#lastByteAt = options.clock.monotonic();
    this.#lastMediaAt = this.#lastByteAt;
    this.#tickedAt = this.#lastByteAt;
    const tls = options.tls ?? address.tls ?? (isPrivateHost(address.host) ? 'any' : 'verify');
    const tunnel = address.tunnel || options.transport === 'http';
    const usual = tunnel ? (address.secure ? 443 : 80) : address.secure ? 322 : 554;
    const endpoint = { host: address.host, port: address.port ?? usual, tls: address.secure ? tls : undefined };
    const events: WireEvents = {
      data: (chunk) => this.#data(chunk),
      mayRest: (count, room) => this.#mayRest(count, room),
      ended: (broken) =>
        this.#end(
          broken === undefined
            ? { reason: 'The camera closed the connection.', cause: 'closed' }
            : { reason: `The connection broke (${broken}).`, cause: 'reset' },
        ),
      failed: (error) => this.#fail(error),
    };
    this.#tunnelled = tunnel;
    this.#wire = tunnel ? openTunnel(endpoint, address.path, credentials, events) : openWire(endpoint, events);
    this.#requests = new RequestChannel(this.#wire, credentials);
    this.#paths = new PathSet({
      wire: this.#wire,
      requests: this.#requests,
      notes: this.#notes,
      clock: options.clock,
      arrived: (bytes) => this.#arrived(bytes),
      failed: (error) => this.#fail(error),
    });
    this.#splitter = new Splitter({
      packet: (channel, data, start, end) => {
        this.#lastMediaAt = this.#lastByteAt;
        if (this.#assembler) this.#paths.deliver(channel, data, start, end);
      },
      message: (message) => {
        if (message.kind === 'response') this.#requests.response(message);
        else {
          const asked = this.#requests.request(message);
          if (asked === 'end') this.#end({ reason: 'The camera ended the session.', cause: 'bye' });
          else if (asked) this.#end(asked);
        }
      },
      knows: (channel, second) => this.#assembler?.listensTo(channel, second) === true,
      junk: (bytes) => this.#notes.add('garbage', 'Bytes between the packets were neither packet nor message.', bytes),
    });
  }

  async run(): Promise<SessionEnd> {
    const { signal, connectTimeoutMs = 10_000 } = this.#options;
    if (signal.aborted) {
      this.#wire.destroy();
      return STOPPED;
    }
    const stop = (): void => this.#end(STOPPED);
    signal.addEventListener('abort', stop, { once: true });
    const patience = setTimeout(
      () => this.#fail(new Unavailable(`The camera does not answer within ${connectTimeoutMs / 1000} s.`, 5000)),
      connectTimeoutMs,
    );
    const stopTicking = onTick(() => this.#tick());
    try {
      this.#open().then(
        () => clearTimeout(patience),
        (error: unknown) => this.#fail(error),
      );
      return await this.#done.promise;
    } finally {
      clearTimeout(patience);
      stopTicking();
      signal.removeEventListener('abort', stop);
      this.#close();
    }
  }

  #data(chunk: Buffer): void {
    if (this.#ended) return;
    this.#lastByteAt = this.#options.clock.monotonic();
    try {
      this.#arrived(chunk.length);
      this.#splitter.push(chunk);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @throws InputError */
  #arrived(bytes: number): void {
    const { clock } = this.#options;
    const now = clock.monotonic();
    if (this.#paths.inDatagrams) this.#lastMediaAt = now;
    this.#received += bytes;
    this.#assembler?.arrived(clock.wall(), now, this.#received);
  }

  /** Whether to stop reading until the next shared tick: nobody hurries, and the kernel has nothing left. */
  #mayRest(count: number, room: number): boolean {
    const playing = this.#keepAliveAt !== Number.POSITIVE_INFINITY;
    if (!playing || this.#ended || count >= room || count > RESTFUL_BYTES) return false;
    return this.#options.unhurried?.() === true;
  }

  /** OPTIONS to PLAY. */
  async #open(): Promise<void> {
    const requests = this.#requests;
    const url = this.#address.requestUrl;
    const options = await requests.send('OPTIONS', url);
    if (this.#redirected(options)) return;
    // Some answer OPTIONS with an error and work well after it.
    requests.setPublic(header(options, 'public'));
    const described = await this.#ask('DESCRIBE', url, { Accept: 'application/sdp' });
    if (this.#redirected(described)) return;
    expectOk('DESCRIBE', described);
    const sdp = parseSdp(described.body.toString('utf8'));
    const base = baseUrl(url, header(described, 'content-base') ?? header(described, 'content-location'));
    const assembler = new StreamAssembler(this.#options, this.#notes, sdp, this.#address.track, this.#options.pool);
    const aggregate = controlUrl(base, sdp.control);
    requests.setAggregate(aggregate);
    const paths = this.#paths;
    const { transport = 'auto' } = this.#options;
    paths.begin(assembler, this.#tunnelled || transport === 'http' ? 'tcp' : transport, this.#learned);
    for (const track of assembler.tracks) {
      const answer = await paths.setup(track, controlUrl(base, track.media.control), (method, target, headers) =>
        this.#ask(method, target, headers),
      );
      if (answer === undefined) continue;
      const session = header(answer, 'session');
      const told = Number(/timeout\s*=\s*(\d+)/i.exec(session ?? '')?.[1] ?? 60);
      this.#timeoutMs = Math.max(2, told) * 1000;
      this.#keepAliveMs = Math.min(30_000, Math.max(1_000, told * 500));
      requests.setSession(session?.split(';')[0]?.trim());
    }
    // Packets may come before the answer to PLAY.
    this.#assembler = assembler;
    const { clock } = this.#options;
    assembler.arrived(clock.wall(), clock.monotonic(), this.#received);
    paths.punch();
    const playing = await this.#play(aggregate);
    if (this.#redirected(playing)) return;
    expectOk('PLAY', playing);
    assembler.setRtpInfo(header(playing, 'rtp-info'));
    paths.punch();
    this.#learned.left = undefined;
    const now = clock.monotonic();
    this.#lastMediaAt = now;
    this.#keepAliveAt = now + this.#keepAliveMs;
    this.#reportAt = now + REPORT_EVERY_MS;
  }

  /** The whole session at once; cameras that refuse a range, or the whole, get it otherwise. */
  async #play(aggregate: string): Promise<RtspResponse> {
    const answer = await this.#ask('PLAY', aggregate, { Range: 'npt=0.000-' });
    if (answer.status === 457) return this.#ask('PLAY', aggregate);
    if (answer.status !== 459) return answer;
    let last = answer;
    for (const url of this.#paths.urls) {
      last = await this.#ask('PLAY', url, { Range: 'npt=0.000-' });
      if (last.status !== 200) return last;
    }
    return last;
  }

  /**
   * Sends a request. A camera that is full may still count a session of ours that broke off: that is ended, and the camera asked again.
   * @throws Unavailable when it stays full, with the time at which that session ends by itself
   */
  async #ask(method: string, url: string, headers: Record<string, string> = {}): Promise<RtspResponse> {
    const answer = await this.#requests.send(method, url, headers);
    if (!isFull(answer)) return answer;
    const { left } = this.#learned;
    const now = this.#options.clock.monotonic();
    if (!left || left.until <= now) return answer;
    await this.#requests.send('TEARDOWN', left.url, { Session: left.id });
    const again = await this.#requests.send(method, url, headers);
    if (!isFull(again)) return again;
    const seconds = Math.ceil((left.until - now) / 1000);
    throw new Unavailable(
      `The camera is full (${again.status} ${again.reason}); it forgets our last session in ${seconds} s at the latest.`,
      Math.max(1000, left.until - now),
    );
  }

  #redirected(answer: RtspResponse): boolean {
    const location = header(answer, 'location');
    if (answer.status < 300 || answer.status > 399 || location === undefined) return false;
    this.#end({ redirect: location });
    return true;
  }

  #tick(): void {
    if (this.#ended) return;
    const now = this.#options.clock.monotonic();
    this.#forgive(now - this.#tickedAt - TICK_MS);
    this.#tickedAt = now;
    const { silenceTimeoutMs = 10_000 } = this.#options;
    const playing = this.#assembler !== undefined;
    // Over datagrams, answers to keep-alives say nothing of the picture.
    const quietFor = now - (this.#paths.inDatagrams ? this.#lastMediaAt : this.#lastByteAt);
    if (this.#assembler?.saidGoodbye) this.#end({ reason: 'The camera ended the stream.', cause: 'bye' });
    else if (playing && quietFor > silenceTimeoutMs) {
      this.#silent = true;
      this.#end({ reason: this.#paths.silence(silenceTimeoutMs / 1000), cause: 'silence' });
    } else {
      if (now >= this.#keepAliveAt) {
        this.#keepAliveAt = now + this.#keepAliveMs;
        this.#requests.keepAlive((reason) => this.#end({ reason, cause: 'bye' }));
      }
      if (now >= this.#reportAt) {
        this.#reportAt = now + REPORT_EVERY_MS;
        this.#paths.report();
      }
      if (!playing && now - this.#lastByteAt > SETTLE_MS) this.#settle();
    }
    this.#notes.flush();
  }

  /** This process was itself paused: what the camera sent meanwhile waits in the socket, and timers run before it is read. */
  #forgive(lateMs: number): void {
    if (lateMs <= TICK_MS) return;
    this.#lastByteAt = monotonicMs(this.#lastByteAt + lateMs);
    this.#lastMediaAt = monotonicMs(this.#lastMediaAt + lateMs);
  }

  #settle(): void {
    try {
      this.#splitter.settle();
    } catch (error) {
      this.#fail(error);
    }
  }

  #end(end: SessionEnd): void {
    if (this.#ended) return;
    if (this.#assembler === undefined && 'cause' in end && end.cause !== 'stopped') {
      this.#fail(new Unavailable(`${end.reason.replace(/\.$/, '')} before it sent anything.`, 5000));
      return;
    }
    this.#ended = true;
    this.#done.resolve(end);
  }

  #fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#done.reject(error);
  }

  /** Says TEARDOWN, for cameras that allow few sessions, and does not wait for the answer. */
  #close(): void {
    this.#notes.flush(true);
    const { session } = this.#requests;
    this.#requests.close();
    this.#paths.close();
    const told = this.#wire.end(this.#requests.teardown());
    if (session === undefined) return;
    const until = monotonicMs(this.#options.clock.monotonic() + this.#timeoutMs);
    // What is silent has perhaps not heard the last words either.
    this.#learned.left = told && !this.#silent ? undefined : { ...session, until };
  }
}

const STOPPED: RtspEnd = { reason: 'Stopped.', cause: 'stopped' };
