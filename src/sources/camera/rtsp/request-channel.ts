/** Requests and their answers on one connection: numbering, authentication, session, keep-alive. */
import { Unavailable, UserError } from '../../../base/errors.ts';
import { Authorizer, type Credentials, parseChallenges } from './auth.ts';
import { LIMITS } from './limits.ts';
import { formatMessage, header, type RtspRequest, type RtspResponse } from './message.ts';
import type { Wire } from './wire.ts';

export class RequestChannel {
  readonly #wire: Pick<Wire, 'write' | 'unsent'>;
  readonly #authorizer: Authorizer | undefined;
  readonly #waiting = new Map<number, PromiseWithResolvers<RtspResponse>>();
  #cseq = 0;
  #session: string | undefined;
  #aggregate = '*';
  /** Undefined: the camera takes neither; RTCP has to do. */
  #keepAliveMethod: 'GET_PARAMETER' | 'OPTIONS' | undefined = 'OPTIONS';

  constructor(wire: Pick<Wire, 'write' | 'unsent'>, credentials: Credentials | undefined) {
    this.#wire = wire;
    this.#authorizer = credentials ? new Authorizer(credentials) : undefined;
  }

  /** The methods that the server says it knows. */
  setPublic(methods: string | undefined): void {
    this.#keepAliveMethod = /\bGET_PARAMETER\b/i.test(methods ?? '') ? 'GET_PARAMETER' : 'OPTIONS';
  }

  setSession(id: string | undefined): void {
    this.#session = id ?? this.#session;
  }

  /** The URL of the whole session. */
  setAggregate(url: string): void {
    this.#aggregate = url;
  }

  /** Sends a request, again with a credential when the server asks for one. @throws UserError `auth` */
  async send(method: string, url: string, headers: Record<string, string> = {}): Promise<RtspResponse> {
    for (;;) {
      const answer = await this.#once(method, url, headers);
      if (answer.status !== 401) {
        this.#authorizer?.accepted();
        return answer;
      }
      const challenges = parseChallenges(answer.headers.get('www-authenticate') ?? []);
      if (!this.#authorizer)
        throw new UserError(
          'The camera wants a user name and a password.',
          'Give them in the settings of this camera.',
          {
            code: 'auth',
          },
        );
      if (!this.#authorizer.take(challenges))
        throw new UserError(
          'The camera refuses the user name or the password.',
          'Check both; some cameras lock an account for minutes after several wrong attempts.',
          { code: 'auth' },
        );
    }
  }

  /** Keeps the session alive; `lost` is called when the server no longer knows it. */
  keepAlive(lost: (reason: string) => void): void {
    const method = this.#keepAliveMethod;
    if (method === undefined) return;
    this.send(method, this.#aggregate).then(
      (answer) => {
        if (answer.status === 454) lost('The camera has forgotten the session.');
        else if (answer.status >= 400) this.#keepAliveMethod = method === 'OPTIONS' ? undefined : 'OPTIONS';
      },
      (error: unknown) => {
        if (error instanceof UserError) lost(error.message);
        // Unavailable: the connection has ended, and said so itself; or the camera does not care for such requests.
        else if (!(error instanceof Unavailable)) throw error;
      },
    );
  }

  response(message: RtspResponse): void {
    const cseq = Number(header(message, 'cseq') ?? Number.NaN);
    // A server that forgets CSeq answers in order; one that counts otherwise is understood as long as one answer is due.
    const inOrder = Number.isNaN(cseq) || this.#waiting.size === 1;
    const key = this.#waiting.has(cseq) ? cseq : inOrder ? this.#waiting.keys().next().value : undefined;
    if (key === undefined) return;
    this.#waiting.get(key)?.resolve(message);
    this.#waiting.delete(key);
  }

  /** Answers what the server asks; says when it ends the session, and where it sends us. */
  request(message: RtspRequest): 'end' | { readonly redirect: string } | undefined {
    const known = ['OPTIONS', 'GET_PARAMETER', 'SET_PARAMETER', 'ANNOUNCE', 'TEARDOWN', 'REDIRECT'].includes(
      message.method,
    );
    const cseq = header(message, 'cseq') ?? '0';
    // Whoever asks without end and does not read gets no answers any more.
    if (this.#wire.unsent < LIMITS.unsent)
      this.#wire.write(formatMessage(`RTSP/1.0 ${known ? '200 OK' : '501 Not Implemented'}`, { CSeq: cseq }));
    const location = header(message, 'location');
    if (message.method === 'REDIRECT' && location !== undefined) return { redirect: location };
    return message.method === 'TEARDOWN' || message.method === 'REDIRECT' ? 'end' : undefined;
  }

  /** The session that the camera believes to be open. */
  get session(): { readonly id: string; readonly url: string } | undefined {
    return this.#session === undefined ? undefined : { id: this.#session, url: this.#aggregate };
  }

  /** The last words; empty when there is no session. */
  teardown(): string {
    return this.#session === undefined ? '' : this.#format('TEARDOWN', this.#aggregate, {});
  }

  /** Lets go of all who wait for an answer. */
  close(): void {
    for (const waiting of this.#waiting.values()) waiting.reject(new Unavailable('The connection has ended.', 1000));
    this.#waiting.clear();
  }

  #once(method: string, url: string, headers: Record<string, string>): Promise<RtspResponse> {
    const text = this.#format(method, url, headers);
    const answer = Promise.withResolvers<RtspResponse>();
    this.#waiting.set(this.#cseq, answer);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > LIMITS.unanswered && oldest !== undefined) {
      this.#waiting.get(oldest)?.reject(new Unavailable('The camera has not answered.', 1000));
      this.#waiting.delete(oldest);
    }
    this.#wire.write(text);
    return answer.promise;
  }

  #format(method: string, url: string, headers: Record<string, string>): string {
    this.#cseq += 1;
    const all: Record<string, string> = { CSeq: String(this.#cseq), 'User-Agent': 'Vidette', ...headers };
    if (this.#session !== undefined) all.Session ??= this.#session;
    const authorization = this.#authorizer?.header(method, url);
    if (authorization !== undefined) all.Authorization = authorization;
    return formatMessage(`${method} ${url} RTSP/1.0`, all);
  }
}
