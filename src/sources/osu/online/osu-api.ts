/**
 * Asks osu!’s API v2 as an application, not as a person: the client credentials grant with the scope `public`, which since November 2024 gives
 * replays too. The secret goes into the body of the question for a token, the token into a header, and both to one server alone: no answer
 * can send the hub elsewhere.
 */
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { InputError, Unavailable, UserError } from '../../../base/errors.ts';
import { type ScoreLink, scorePage } from '../../../contract/score.ts';
import { refusal, whereTo } from './refusals.ts';
import { API_VERSION, ScoreAnswer, Token } from './shapes.ts';

export interface OsuApiOptions {
  /** Origin. */
  readonly server: string;
  readonly clientId: number;
  readonly secret: string;
  readonly clock: OsuApiClock;
}

export interface OsuApiClock {
  /** Milliseconds that never step. */
  now(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** The machine’s. */
export const systemOsuClock: OsuApiClock = {
  now: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, { signal }),
};

/** osu! asks for at most 60 questions a minute. */
const SPACING_MS = 1000;
/** Who would have to wait longer is told so. */
const PATIENCE_MS = 20_000;
/** Where osu! asks for patience without saying how long. */
const USUAL_WAIT_MS = 60_000;
/** Of one question, whole. A replay has 32 MB at most. */
const ANSWER_MS = 30_000;
const REPLAY_MS = 180_000;
const MOST_JSON = 2_000_000;
const TRIES = 3;
const RETRY_MS = 1000;
/** A token is renewed so much before its end. */
const EARLY_MS = 60_000;

interface Asked {
  readonly path: string;
  /** For messages: “the score 123”. */
  readonly what: string;
}

export class OsuApi {
  readonly #options: OsuApiOptions;
  readonly #host: string;
  #token: Promise<{ word: string; until: number }> | undefined;
  /** When the next question may be asked. */
  #free = 0;

  constructor(options: OsuApiOptions) {
    this.#options = options;
    this.#host = new URL(options.server).host;
  }

  /** @throws UserError `osu-client` when osu! does not know the application, or its secret is wrong */
  async prove(signal: AbortSignal): Promise<void> {
    await this.#fresh(signal);
  }

  /** @throws UserError that says why there is none, Unavailable */
  async score(link: ScoreLink, signal: AbortSignal): Promise<ScoreAnswer> {
    const asked = { path: pathOf(link), what: `The score ${link.id}` };
    const answer = await this.#patiently(
      asked,
      AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS + PATIENCE_MS)]),
    );
    return await this.#json(answer, ScoreAnswer, asked.what);
  }

  /** Bytes of the replay as they come, for as long as `use` takes. @throws UserError that says why there is none, Unavailable */
  async replay<T>(link: ScoreLink, signal: AbortSignal, use: (body: Readable) => Promise<T>): Promise<T> {
    const asked = { path: `${pathOf(link)}/download`, what: `The replay of the score ${link.id}` };
    const answer = await this.#patiently(asked, AbortSignal.any([signal, AbortSignal.timeout(REPLAY_MS)]));
    if (!answer.body) throw new InputError(this.#host, 'it sent no replay');
    const body = Readable.fromWeb(answer.body);
    // Where nobody reads it any more it may still break.
    body.on('error', () => undefined);
    try {
      return await use(body);
    } finally {
      body.destroy();
    }
  }

  /** A good answer. Waits when it is asked to, tries again what failed, and renews a token that is not taken any more, once. */
  async #patiently(asked: Asked, signal: AbortSignal): Promise<Response> {
    let failures = 0;
    let renewed = false;
    for (;;) {
      const found = await this.#once(asked, signal);
      if (found instanceof Response) {
        if (found.ok) return found;
        await found.body?.cancel();
        // A token that was given just now and is good for scores, but not for replays: they want a person’s.
        const status = found.status === 401 && asked.path.endsWith('/download') ? 403 : found.status;
        if (found.status !== 401 || renewed) throw refusal(status, asked.what, this.#host);
        renewed = true;
        this.#token = undefined;
        continue;
      }
      failures++;
      if (failures >= TRIES) throw found;
      await this.#pause(RETRY_MS * 2 ** (failures - 1), signal);
    }
  }

  /** An answer, or what asking once more may help against. */
  async #once(asked: Asked, signal: AbortSignal): Promise<Response | Unavailable> {
    const word = await this.#word(signal);
    const headers = {
      accept: 'application/json, application/x-osu-replay, application/octet-stream',
      authorization: `Bearer ${word}`,
      'x-api-version': API_VERSION,
    };
    return await this.#send(asked.path, { headers }, signal);
  }

  /** A token that is good just now; one for all. */
  async #word(signal: AbortSignal): Promise<string> {
    if (this.#token) {
      const held = await this.#token.catch(() => undefined);
      if (held && held.until > this.#options.clock.now()) return held.word;
    }
    return (await this.#fresh(signal)).word;
  }

  async #fresh(signal: AbortSignal): Promise<{ word: string; until: number }> {
    const mine = this.#grant(AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS + PATIENCE_MS)]));
    this.#token = mine;
    return await mine;
  }

  async #grant(signal: AbortSignal): Promise<{ word: string; until: number }> {
    const { clientId, secret, clock } = this.#options;
    const body = new URLSearchParams({
      client_id: String(clientId),
      client_secret: secret,
      grant_type: 'client_credentials',
      scope: 'public',
    });
    const answer = await this.#send(
      '/oauth/token',
      { method: 'POST', headers: { accept: 'application/json' }, body },
      signal,
    );
    if (!(answer instanceof Response)) throw answer;
    if (!answer.ok) {
      await answer.body?.cancel();
      throw new UserError(
        answer.status === 400 || answer.status === 401
          ? `${this.#host} does not know this application, or its secret is another.`
          : `${this.#host} gives no access (${answer.status}).`,
        `Compare the client id and the secret with those under ${this.#options.server}/home/account/edit#oauth.`,
        { code: 'osu-client' },
      );
    }
    const { access_token, expires_in } = await this.#json(answer, Token, 'an access');
    const seconds = Math.min(expires_in, 30 * 86_400);
    return { word: access_token, until: clock.now() + Math.max(seconds * 1000 - EARLY_MS, 1000) };
  }

  /** One question, in its turn. @throws Unavailable where the wait would be too long; UserError where it is sent elsewhere */
  async #send(path: string, init: RequestInit, signal: AbortSignal): Promise<Response | Unavailable> {
    await this.#turn(signal);
    let answer: Response;
    try {
      answer = await fetch(this.#options.server + path, {
        ...init,
        headers: { ...init.headers, 'user-agent': 'Vidette' },
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(path.endsWith('/download') ? REPLAY_MS : ANSWER_MS)]),
      });
    } catch (error) {
      return new Unavailable(`${this.#host} cannot be reached${reasonOf(error)}.`, 30_000, { cause: error });
    }
    const { status } = answer;
    if (status === 429) {
      await answer.body?.cancel();
      this.#free = Math.max(this.#free, this.#options.clock.now() + retryAfter(answer.headers));
      return this.#busy();
    }
    if (status >= 500) {
      await answer.body?.cancel();
      return new Unavailable(`${this.#host} has a fault of its own (${status}).`, 30_000);
    }
    if (status >= 300 && status < 400) {
      await answer.body?.cancel();
      throw whereTo(answer.headers.get('location'), this.#host);
    }
    return answer;
  }

  /** One question a second, of all who ask together. */
  async #turn(signal: AbortSignal): Promise<void> {
    const now = this.#options.clock.now();
    const at = Math.max(now, this.#free);
    if (at - now > PATIENCE_MS) throw this.#busy();
    this.#free = at + SPACING_MS;
    if (at > now) await this.#pause(at - now, signal);
  }

  #busy(): Unavailable {
    const wait = Math.max(1000, this.#free - this.#options.clock.now());
    return new Unavailable(
      `${this.#host} answers only some questions a minute: in ${Math.ceil(wait / 1000)} s again.`,
      wait,
    );
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(ms, signal);
  }

  async #json<T>(answer: Response, shape: z.ZodType<T>, what: string): Promise<T> {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    try {
      for await (const piece of answer.body ?? []) {
        bytes += piece.length;
        if (bytes > MOST_JSON) throw new InputError(this.#host, `its answer is longer than ${MOST_JSON / 1e6} MB`);
        pieces.push(piece);
      }
    } catch (error) {
      if (error instanceof InputError) throw error;
      throw new Unavailable(`${this.#host} broke off${reasonOf(error)}.`, 5000, { cause: error });
    }
    const parsed = shape.safeParse(jsonOf(Buffer.concat(pieces)));
    if (parsed.success) return parsed.data;
    const where = parsed.error.issues[0]?.path.join('.') ?? '';
    // What it says instead (a sign-in page, a proxy’s own words) is not repeated.
    throw new InputError(
      this.#host,
      `what it says of ${what.replace(/^The/, 'the')} has another form than its API says${where === '' ? '' : `, at ${where}`}`,
    );
  }
}

const pathOf = (link: ScoreLink): string => `/api/v2${scorePage({ ...link, server: '' })}`;

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Milliseconds (RFC 9110, section 10.2.3, in seconds). */
function retryAfter(headers: Headers): number {
  const said = headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(said) ? Number(said) * 1000 : USUAL_WAIT_MS;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if (error.name === 'TimeoutError') return ' in time';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
}
