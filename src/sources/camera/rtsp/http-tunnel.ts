/**
 * RTSP through HTTP, as QuickTime began it ("Tunnelling RTSP and RTP through HTTP", Apple 1999): what the camera says comes as the
 * endless answer to a GET; what we say goes, in base64, as the endless body of a POST. One cookie holds both together.
 */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { InputError, Unavailable, UserError } from '../../../base/errors.ts';
import { Authorizer, type Credentials, parseChallenges } from './auth.ts';
import { LIMITS } from './limits.ts';
import { formatMessage, parseHead } from './message.ts';
import { type Endpoint, endSocket, explain, openSocket, type Wire, type WireEvents } from './wire.ts';

const TYPE = 'application/x-rtsp-tunnelled';

/** @param path of the URL, with its query */
export function openTunnel(
  endpoint: Endpoint,
  path: string,
  credentials: Credentials | undefined,
  events: WireEvents,
): Wire {
  return new Tunnel(endpoint, path, credentials, events);
}

class Tunnel implements Wire {
  readonly #endpoint: Endpoint;
  readonly #path: string;
  readonly #events: WireEvents;
  readonly #authorizer: Authorizer | undefined;
  readonly #cookie = randomBytes(11).toString('hex');
  #get: Socket;
  #post: Socket | undefined;
  /** What was said before the tunnel was open. */
  #waiting: string[] = [];
  #head: Buffer | undefined = Buffer.alloc(0);
  #attempts = 0;
  #over = false;

  constructor(endpoint: Endpoint, path: string, credentials: Credentials | undefined, events: WireEvents) {
    this.#endpoint = endpoint;
    this.#path = path;
    this.#events = events;
    this.#authorizer = credentials && new Authorizer(credentials);
    this.#get = this.#openGet();
  }

  write(bytes: string | Uint8Array): void {
    const text = Buffer.from(bytes).toString('base64');
    if (this.#post) this.#post.write(text);
    else if (this.#waiting.length < LIMITS.unanswered) this.#waiting.push(text);
  }

  get unsent(): number {
    return this.#post?.writableLength ?? 0;
  }

  get remote(): Wire['remote'] {
    return this.#get.remoteAddress;
  }

  end(last: string): boolean {
    this.#over = true;
    const told = this.#post !== undefined && endSocket(this.#post, Buffer.from(last).toString('base64'));
    // The GET ends after the last words have had their time.
    if (told) endSocket(this.#get, '');
    else this.#get.destroy();
    return told;
  }

  destroy(): void {
    this.#over = true;
    this.#get.destroy();
    this.#post?.destroy();
  }

  #openGet(): Socket {
    this.#attempts += 1;
    const socket = openSocket(
      this.#endpoint,
      (chunk) => {
        if (socket === this.#get && !this.#over) this.#data(chunk);
      },
      (count, room) => this.#events.mayRest(count, room),
    );
    this.#watch(socket, () => socket === this.#get);
    socket.write(this.#request('GET', { Accept: TYPE }));
    return socket;
  }

  #openPost(): void {
    const socket = openSocket(
      this.#endpoint,
      () => undefined,
      () => false,
    );
    this.#watch(socket, () => true);
    // The length is one that everybody writes; nobody counts.
    socket.write(
      this.#request('POST', {
        'Content-Type': TYPE,
        'Content-Length': '32767',
        Expires: 'Sun, 9 Jan 1972 00:00:00 GMT',
      }),
    );
    for (const text of this.#waiting.splice(0)) socket.write(text);
    this.#post = socket;
  }

  #request(method: string, headers: Record<string, string>): string {
    const authorization = this.#authorizer?.header(method, this.#path);
    const { host, port } = this.#endpoint;
    return formatMessage(`${method} ${this.#path} HTTP/1.0`, {
      Host: `${host.includes(':') ? `[${host}]` : host}:${port}`,
      'User-Agent': 'Vidette',
      'x-sessioncookie': this.#cookie,
      Pragma: 'no-cache',
      'Cache-Control': 'no-cache',
      ...headers,
      ...(authorization === undefined ? {} : { Authorization: authorization }),
    });
  }

  #watch(socket: Socket, counts: () => boolean): void {
    const ended = (broken: string | undefined): void => {
      if (this.#over || !counts()) return;
      // Some cameras close the way to them and answer all the same; without it nothing can be asked.
      this.#over = true;
      if (this.#head) this.#events.failed(new Unavailable('The camera closed the tunnel through HTTP.', 5000));
      else this.#events.ended(broken);
    };
    socket.on('end', () => ended(undefined));
    socket.on('close', () => ended(undefined));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.#over || !counts()) return;
      if (!this.#head) ended(error.code ?? 'error');
      else {
        this.#over = true;
        this.#events.failed(explain(error));
      }
    });
  }

  #data(chunk: Buffer): void {
    if (!this.#head) {
      this.#events.data(chunk);
      return;
    }
    const all = Buffer.concat([this.#head, chunk]);
    const end = all.indexOf('\r\n\r\n', 0, 'latin1');
    if (end < 0 && all.length <= LIMITS.header) {
      this.#head = all;
      return;
    }
    try {
      if (end < 0) throw new InputError('HTTP tunnel', `a head of more than ${LIMITS.header} bytes`);
      this.#answered(all.toString('latin1', 0, end), all.subarray(end + 4));
    } catch (error) {
      this.#over = true;
      this.#events.failed(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** @throws UserError, Unavailable, InputError */
  #answered(text: string, rest: Buffer): void {
    const head = parseHead(text);
    if (head.kind !== 'response') throw new InputError('HTTP tunnel', 'the answer is none of HTTP');
    const said = `${head.status} ${head.reason}`.trim();
    if (head.status === 401) {
      const challenges = parseChallenges(head.headers.get('www-authenticate') ?? []);
      if (!this.#authorizer?.take(challenges) || this.#attempts > 3)
        throw new UserError('The camera refuses the user name or the password.', 'Check both.', { code: 'auth' });
      this.#head = Buffer.alloc(0);
      const old = this.#get;
      this.#get = this.#openGet();
      old.destroy();
      return;
    }
    if (head.status === 503) throw new Unavailable(`The camera has no room for another viewer (${said}).`, 15_000);
    if (head.status !== 200)
      throw new UserError(
        `The camera gives no tunnel through HTTP at this address (${said}).`,
        'Check address and port (many cameras give it on the port of their page), or choose another transport.',
        { code: 'transport' },
      );
    this.#head = undefined;
    this.#authorizer?.accepted();
    this.#openPost();
    if (rest.length > 0) this.#events.data(rest);
  }
}
