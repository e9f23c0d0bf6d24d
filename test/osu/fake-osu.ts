/**
 * A server of the shape of osu!’s API v2, written from its documentation (https://osu.ppy.sh/docs: “Client Credentials Grant”, “Scores”) and from
 * what its users tell of it: tokens for applications, scores in the form of 2022, replays for the scope `public`. Nobody here has asked the real one.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeScore {
  readonly id: number;
  /** Of the addresses from before 2024: `osu/123`. */
  readonly legacy?: string;
  readonly player?: string;
  readonly replay: Buffer | null;
  /** The map, as osu! knows it now; its MD5. */
  readonly map?: { readonly set: number; readonly id: number; readonly md5: string };
}

export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Behaviour = (response: ServerResponse) => void;

export class FakeOsu implements AsyncDisposable {
  readonly clientId = 51_234;
  readonly secret: string;
  /** Origin. */
  url = '';
  readonly heard: Heard[] = [];
  readonly scores: FakeScore[] = [];
  /** Seconds that a token is good. */
  expiresIn = 86_400;
  #tokens = new Set<string>();
  #next: { readonly match: RegExp; readonly behave: Behaviour }[] = [];
  readonly #server: Server;

  private constructor(secret: string) {
    this.secret = secret;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(secret = randomBytes(20).toString('hex')): Promise<FakeOsu> {
    const fake = new FakeOsu(secret);
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    fake.url = `http://127.0.0.1:${(fake.#server.address() as AddressInfo).port}`;
    return fake;
  }

  /** The next question whose path fits is answered so. */
  next(match: RegExp, behave: Behaviour): void {
    this.#next.push({ match, behave });
  }

  /** Tokens that were given are good no more. */
  expire(): void {
    this.#tokens = new Set();
  }

  count(match: RegExp): number {
    return this.heard.filter(({ path }) => match.test(path)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const { method = '', url: path = '', headers } = request;
    const body = Buffer.concat(pieces).toString('utf8');
    this.heard.push({ method, path, headers, body });
    const index = this.#next.findIndex(({ match }) => match.test(path));
    const [planned] = index < 0 ? [] : this.#next.splice(index, 1);
    if (planned) return planned.behave(response);
    if (method === 'POST' && path === '/oauth/token') return json(response, ...this.#token(new URLSearchParams(body)));
    if (!this.#tokens.has((headers.authorization ?? '').replace(/^Bearer /, '')))
      return json(response, 401, { authentication: 'basic' });
    const [, place = '', download] = /^\/api\/v2\/scores\/((?:[a-z]+\/)?\d+)(\/download)?$/.exec(path) ?? [];
    const score = this.scores.find(({ id, legacy }) => place === String(id) || place === legacy);
    if (!score || (download && score.replay === null))
      return json(response, 404, { error: "Specified Score couldn't be found." });
    if (!download) return json(response, 200, scoreJson(score));
    response
      .writeHead(200, {
        'content-type': 'application/x-osu-replay',
        'content-disposition': `attachment; filename=solo-replay-osu_1_${score.id}.osr`,
      })
      .end(score.replay);
  }

  #token(form: URLSearchParams): [status: number, answer: object] {
    const said = 'Client authentication failed';
    if (form.get('client_id') !== String(this.clientId) || form.get('client_secret') !== this.secret)
      return [401, { error: 'invalid_client', error_description: said, message: said }];
    if (form.get('grant_type') !== 'client_credentials' || form.get('scope') !== 'public')
      return [400, { error: 'invalid_scope', message: 'The requested scope is invalid' }];
    const word = randomBytes(40).toString('base64url');
    this.#tokens.add(word);
    return [200, { token_type: 'Bearer', expires_in: this.expiresIn, access_token: word }];
  }
}

/** What a server without room for more questions says. */
export const busyFor =
  (seconds: number): Behaviour =>
  (response) =>
    response
      .writeHead(429, { 'retry-after': String(seconds), 'x-ratelimit-limit': '1200', 'x-ratelimit-remaining': '0' })
      .end('Too Many Attempts.');

export const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function scoreJson({ id, player = 'Somebody', replay, map }: FakeScore): object {
  return {
    id,
    type: 'solo_score',
    ...{ accuracy: 1, max_combo: 12, total_score: 1_000_000, rank: 'X', passed: true, pp: null, ranked: true },
    mods: [{ acronym: 'CL' }],
    statistics: { great: 12 },
    ...{ ruleset_id: 0, beatmap_id: map?.id ?? 1, user_id: 7, build_id: null, best_id: null },
    ...{ legacy_score_id: null, started_at: null, ended_at: '2026-11-21T18:05:00Z' },
    ...{ has_replay: replay !== null, replay: replay !== null },
    user: { id: 7, username: player, country_code: 'DE' },
    ...(map
      ? {
          beatmap: {
            ...{ id: map.id, beatmapset_id: map.set, version: 'Everything', mode: 'osu', checksum: map.md5 },
            ...{
              difficulty_rating: 1,
              status: 'ranked',
              total_length: 12,
              url: `https://osu.ppy.sh/beatmaps/${map.id}`,
            },
          },
          beatmapset: { id: map.set, artist: 'Nobody', title: 'Made Up', creator: 'A test', status: 'ranked' },
        }
      : {}),
  };
}
