/** Reads one camera: RTSP 1.0 (RFC 2326) over one TCP connection, media interleaved. */
import { connect, type Socket } from 'node:net';
import type { Clock } from '../../../base/clock.ts';
import { InputError, Unavailable, UserError } from '../../../base/errors.ts';
import { splitCredential } from '../../../base/redact.ts';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';
import { Arena } from './arena.ts';
import { Splitter } from './interleaved.ts';
import { LIMITS } from './limits.ts';
import { header, type RtspResponse } from './message.ts';
import { type Note, NoteBook } from './notes.ts';
import { RequestChannel } from './request-channel.ts';
import { RESTFUL_BYTES, rest } from './rest.ts';
import { controlUrl, parseSdp } from './sdp.ts';
import { StreamAssembler } from './stream-assembler.ts';

export type { Note } from './notes.ts';

export interface RtspOptions {
  /** `rtsp://host[:port]/path`. A credential in it is used when none is given beside it. */
  readonly url: string;
  readonly username?: string | null;
  readonly password?: string | null;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Before the first unit, and again when the parameter sets have changed; the next video unit is a key frame both times. */
  onConfig(config: StreamConfig): void;
  onUnit(unit: AccessUnit): void;
  /** What went wrong without ending the session; at most one a second of each kind. */
  onNote?(note: Note): void;
  /**
   * Asked after each read; while it says true, bytes may gather in the kernel for up to 200 ms, and units come in small
   * groups. Costs much less with many cameras.
   */
  unhurried?(): boolean;
  /** From the connection to the answer to PLAY; 10 s. */
  readonly connectTimeoutMs?: number;
  /** The session ends when nothing at all came for so long; 10 s. */
  readonly silenceTimeoutMs?: number;
}

export interface RtspEnd {
  /** For a person. */
  readonly reason: string;
  /** `stopped`: by the signal; `closed`, `reset`, `bye`: by the camera; `silence`: nothing came any more. */
  readonly cause: 'stopped' | 'closed' | 'reset' | 'bye' | 'silence';
}

/**
 * Runs one session until it ends, and says why it ended.
 * @throws UserError when the address or the credential is wrong (code `auth`), InputError when the camera sends what cannot be
 *   understood, Unavailable when it cannot be reached or does not answer. None names a password.
 */
export async function readRtsp(options: RtspOptions): Promise<RtspEnd> {
  const given = splitCredential(options.url);
  const username = options.username ?? given.username;
  const password = options.password ?? given.password ?? '';
  let url = given.url;
  for (let hop = 0; hop <= LIMITS.redirects; hop += 1) {
    // A password is for the host it was given for, and goes nowhere else.
    const trusted = hostOf(url).host === hostOf(given.url).host;
    const session = new Session(options, url, trusted && username ? { username, password } : undefined);
    const end = await session.run();
    if (!('redirect' in end)) return end;
    url = splitCredential(end.redirect).url;
  }
  throw new InputError('camera', `it sends from one address to the next, more than ${LIMITS.redirects} times`);
}

function hostOf(url: string): { host: string; port: number } {
  const match = /^rtsp:\/\/(?:\[([0-9a-f:.]+)\]|([^/:?#]+))(?::(\d{1,5}))?(?:[/?#]|$)/i.exec(url);
  const port = Number(match?.[3] ?? 554);
  if (!match || port > 65_535 || /\s/.test(url))
    throw new UserError(
      'The address of the camera is not one that RTSP can use.',
      'Write it as rtsp://host/path, with the port behind the host when it is not 554.',
    );
  return { host: match[1] ?? match[2] ?? '', port };
}

type End = RtspEnd | { readonly redirect: string };

class Session {
  readonly #options: RtspOptions;
  readonly #url: string;
  readonly #socket: Socket;
  readonly #requests: RequestChannel;
  readonly #notes: NoteBook;
  readonly #splitter: Splitter;
  readonly #done = Promise.withResolvers<End>();
  #assembler: StreamAssembler | undefined;
  #ended = false;
  #lastByteAt: number;
  #received = 0;
  #keepAliveAt = Number.POSITIVE_INFINITY;
  #keepAliveMs = 30_000;

  constructor(options: RtspOptions, url: string, credentials: { username: string; password: string } | undefined) {
    this.#options = options;
    this.#url = url;
    const { host, port } = hostOf(url);
    this.#notes = new NoteBook(options.clock, options.onNote);
    this.#lastByteAt = options.clock.monotonic();
    const arena = new Arena();
    this.#socket = connect({
      host,
      port,
      noDelay: true,
      onread: {
        buffer: arena.room,
        callback: (count, room) => {
          this.#data(arena.take(count));
          return !this.#mayRest(count, room.length);
        },
      },
    });
    this.#requests = new RequestChannel(this.#socket, credentials);
    this.#splitter = new Splitter({
      packet: (channel, data, start, end) => this.#assembler?.packet(channel, data, start, end),
      message: (message) => {
        if (message.kind === 'response') this.#requests.response(message);
        else if (this.#requests.request(message)) this.#end({ reason: 'The camera ended the session.', cause: 'bye' });
      },
    });
  }

  async run(): Promise<End> {
    const { signal, connectTimeoutMs = 10_000 } = this.#options;
    if (signal.aborted) {
      this.#socket.destroy();
      return STOPPED;
    }
    const stop = (): void => this.#end(STOPPED);
    signal.addEventListener('abort', stop, { once: true });
    const patience = setTimeout(
      () => this.#fail(new Unavailable(`The camera does not answer within ${connectTimeoutMs / 1000} s.`, 5000)),
      connectTimeoutMs,
    );
    const tick = setInterval(() => this.#tick(), 500);
    this.#listen();
    try {
      this.#open().then(
        () => clearTimeout(patience),
        (error: unknown) => this.#fail(error),
      );
      return await this.#done.promise;
    } finally {
      clearTimeout(patience);
      clearInterval(tick);
      signal.removeEventListener('abort', stop);
      this.#close();
    }
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('end', () => this.#end({ reason: 'The camera closed the connection.', cause: 'closed' }));
    socket.on('close', () => this.#end({ reason: 'The camera closed the connection.', cause: 'closed' }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#assembler) this.#end({ reason: `The connection broke (${error.code ?? 'error'}).`, cause: 'reset' });
      else
        this.#fail(new Unavailable(`The camera cannot be reached (${error.code ?? 'error'}).`, 5000, { cause: error }));
    });
  }

  #data(chunk: Buffer): void {
    if (this.#ended) return;
    const { clock } = this.#options;
    this.#lastByteAt = clock.monotonic();
    this.#received += chunk.length;
    try {
      this.#assembler?.arrived(clock.wall(), this.#options.clock.monotonic(), this.#received);
      this.#splitter.push(chunk);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Whether to stop reading until the next shared tick: nobody hurries, and the kernel has nothing left. */
  #mayRest(count: number, room: number): boolean {
    const playing = this.#keepAliveAt !== Number.POSITIVE_INFINITY;
    if (!playing || this.#ended || count >= room || count > RESTFUL_BYTES) return false;
    if (this.#options.unhurried?.() !== true) return false;
    rest(this.#socket);
    return true;
  }

  /** OPTIONS to PLAY. */
  async #open(): Promise<void> {
    const requests = this.#requests;
    const options = await requests.send('OPTIONS', this.#url);
    if (this.#redirected(options)) return;
    // Some answer OPTIONS with an error and work well after it.
    requests.setPublic(header(options, 'public'));
    const described = await requests.send('DESCRIBE', this.#url, { Accept: 'application/sdp' });
    if (this.#redirected(described)) return;
    expectOk('DESCRIBE', described);
    const sdp = parseSdp(described.body.toString('utf8'));
    const base = baseUrl(this.#url, header(described, 'content-base') ?? header(described, 'content-location'));
    const assembler = new StreamAssembler(this.#options, this.#notes, sdp);
    let channel = 0;
    for (const track of assembler.tracks) {
      const headers: Record<string, string> = {
        Transport: `RTP/AVP/TCP;unicast;interleaved=${channel}-${channel + 1}`,
      };
      const answer = await requests.send('SETUP', controlUrl(base, track.media.control), headers);
      if (answer.status !== 200 && track.kind === 'audio') {
        this.#notes.add('skipped-track', `The camera does not give its sound (${answer.status} ${answer.reason}).`);
        assembler.dropAudio();
        continue;
      }
      if (answer.status === 461)
        throw new UserError(
          'The camera does not send RTP over TCP.',
          'Allow TCP ("RTP over RTSP", "interleaved") in the settings of the camera.',
          { code: 'transport' },
        );
      expectOk('SETUP', answer);
      const given = /interleaved=(\d+)/i.exec(header(answer, 'transport') ?? '')?.[1];
      assembler.listen(track.kind, given === undefined ? channel : Number(given));
      const told = Number(/timeout\s*=\s*(\d+)/i.exec(header(answer, 'session') ?? '')?.[1] ?? 60);
      this.#keepAliveMs = Math.min(30_000, Math.max(1_000, told * 500));
      requests.setSession(header(answer, 'session')?.split(';')[0]?.trim());
      channel += 2;
    }
    // Packets may come before the answer to PLAY.
    this.#assembler = assembler;
    assembler.arrived(this.#options.clock.wall(), this.#options.clock.monotonic(), this.#received);
    const aggregate = controlUrl(base, sdp.control);
    requests.setAggregate(aggregate);
    const playing = await requests.send('PLAY', aggregate, { Range: 'npt=0.000-' });
    expectOk('PLAY', playing);
    assembler.setRtpInfo(header(playing, 'rtp-info'));
    this.#keepAliveAt = this.#options.clock.monotonic() + this.#keepAliveMs;
  }

  #redirected(answer: RtspResponse): boolean {
    const location = header(answer, 'location');
    if (answer.status < 300 || answer.status > 399 || location === undefined) return false;
    this.#end({ redirect: location });
    return true;
  }

  #tick(): void {
    const now = this.#options.clock.monotonic();
    const { silenceTimeoutMs = 10_000 } = this.#options;
    if (this.#assembler?.saidGoodbye) this.#end({ reason: 'The camera ended the stream.', cause: 'bye' });
    else if (this.#assembler && now - this.#lastByteAt > silenceTimeoutMs)
      this.#end({ reason: `Nothing came from the camera for ${silenceTimeoutMs / 1000} s.`, cause: 'silence' });
    else if (now >= this.#keepAliveAt) {
      this.#keepAliveAt = now + this.#keepAliveMs;
      this.#requests.keepAlive((reason) => this.#end({ reason, cause: 'bye' }));
    }
    this.#notes.flush();
  }

  #end(end: End): void {
    if (this.#ended) return;
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
    this.#requests.close();
    const socket = this.#socket;
    if (!socket.writable || socket.connecting) {
      socket.destroy();
      return;
    }
    socket.end(this.#requests.teardown());
    const patience = setTimeout(() => socket.destroy(), 500);
    socket.once('close', () => clearTimeout(patience));
  }
}

const STOPPED: RtspEnd = { reason: 'Stopped.', cause: 'stopped' };

/** Content-Base as cameras write it: sometimes empty, sometimes without a scheme. */
function baseUrl(requested: string, told: string | undefined): string {
  return told !== undefined && /^rtsps?:\/\/\S+$/i.test(told) ? splitCredential(told).url : requested;
}

function expectOk(method: string, answer: RtspResponse): void {
  if (answer.status === 200) return;
  const said = `${answer.status} ${answer.reason}`.trim();
  if (answer.status === 404)
    throw new UserError(
      `The camera knows no stream at this address (${said}).`,
      'Check the part of the address behind the host.',
      { code: 'not-found' },
    );
  if (answer.status === 403)
    throw new UserError(`The camera forbids it (${said}).`, 'Check the rights of this user in the camera.', {
      code: 'auth',
    });
  throw new Unavailable(`The camera refuses ${method} (${said}).`, 5000);
}
