/** Basic (RFC 7617) and Digest (RFC 7616, and its ancestor RFC 2069) for both ends. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export interface Challenge {
  readonly scheme: 'basic' | 'digest';
  readonly params: ReadonlyMap<string, string>;
}
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

const ALGORITHMS: Readonly<Record<string, string>> = { md5: 'md5', 'sha-256': 'sha256' };

/** What a server asks for, the strongest that we know first. One header may hold several challenges. */
export function parseChallenges(values: readonly string[]): Challenge[] {
  const found: Challenge[] = [];
  for (const value of values)
    for (const part of value.split(/(?:^|,)\s*(?=(?:basic|digest)\s)/i)) {
      const match = /^\s*(basic|digest)\s+(.*)$/is.exec(part);
      if (match)
        found.push({
          scheme: match[1]?.toLowerCase() === 'basic' ? 'basic' : 'digest',
          params: parseParams(match[2] ?? ''),
        });
    }
  return found.filter((c) => strength(c) > 0).sort((a, b) => strength(b) - strength(a));
}

function strength(challenge: Challenge): number {
  if (challenge.scheme === 'basic') return 1;
  const algorithm = baseAlgorithm(challenge.params);
  if (algorithm === 'sha-256') return 3;
  return algorithm === 'md5' ? 2 : 0;
}

function baseAlgorithm(params: ReadonlyMap<string, string>): string {
  return (params.get('algorithm') ?? 'md5').toLowerCase().replace(/-sess$/, '');
}

/** `a="b", c=d`; names in lower case. */
export function parseParams(text: string): Map<string, string> {
  const params = new Map<string, string>();
  for (const match of text.matchAll(/([a-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi)) {
    const name = (match[1] ?? '').toLowerCase();
    params.set(name, match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '');
  }
  return params;
}

/** Makes the `Authorization` header for each request of one connection. */
export class Authorizer {
  readonly #credentials: Credentials;
  #challenge: Challenge | undefined;
  #count = 0;
  #accepted = false;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /**
   * Takes a 401's challenges. False when trying again is pointless: the server refuses what it was just given, or asks for nothing we know.
   */
  take(challenges: readonly Challenge[]): boolean {
    const next = challenges[0];
    if (!next) return false;
    const before = this.#challenge;
    const worked = this.#accepted;
    this.#challenge = next;
    this.#count = 0;
    this.#accepted = false;
    // Nonces grow old; not every server says `stale` then.
    if (!before || worked || before.scheme !== next.scheme) return true;
    return next.scheme === 'digest' && next.params.get('stale')?.toLowerCase() === 'true';
  }

  /** The server has taken the last header. */
  accepted(): void {
    this.#accepted = true;
  }

  /** Undefined as long as the server has not asked. */
  header(method: string, uri: string): string | undefined {
    const challenge = this.#challenge;
    if (!challenge) return undefined;
    const { username, password } = this.#credentials;
    if (challenge.scheme === 'basic') return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    this.#count += 1;
    return digestHeader(challenge.params, {
      username,
      password,
      method,
      uri,
      cnonce: randomBytes(8).toString('hex'),
      nc: this.#count.toString(16).padStart(8, '0'),
    });
  }
}

interface DigestInput extends Credentials {
  readonly method: string;
  readonly uri: string;
  readonly cnonce: string;
  readonly nc: string;
}

/** RFC 7616 section 3.4. */
export function digestHeader(params: ReadonlyMap<string, string>, input: DigestInput): string {
  const qop = params
    .get('qop')
    ?.split(',')
    .map((word) => word.trim().toLowerCase())
    .includes('auth');
  const quoted: [string, string][] = [
    ['username', input.username],
    ['realm', params.get('realm') ?? ''],
    ['nonce', params.get('nonce') ?? ''],
    ['uri', input.uri],
    ['response', digestResponse(params, input, qop === true)],
  ];
  const opaque = params.get('opaque');
  if (opaque !== undefined) quoted.push(['opaque', opaque]);
  let text = `Digest ${quoted.map(([name, value]) => `${name}="${value.replace(/["\\]/g, '\\$&')}"`).join(', ')}`;
  const algorithm = params.get('algorithm');
  if (algorithm !== undefined) text += `, algorithm=${algorithm}`;
  if (qop || isSession(params)) text += `, cnonce="${input.cnonce}"`;
  if (qop) text += `, qop=auth, nc=${input.nc}`;
  return text;
}

function isSession(params: ReadonlyMap<string, string>): boolean {
  return /-sess$/i.test(params.get('algorithm') ?? '');
}

function digestResponse(params: ReadonlyMap<string, string>, input: DigestInput, qop: boolean): string {
  const name = ALGORITHMS[baseAlgorithm(params)] ?? 'md5';
  const hash = (text: string): string => createHash(name).update(text).digest('hex');
  const nonce = params.get('nonce') ?? '';
  let secret = hash(`${input.username}:${params.get('realm') ?? ''}:${input.password}`);
  if (isSession(params)) secret = hash(`${secret}:${nonce}:${input.cnonce}`);
  const action = hash(`${input.method}:${input.uri}`);
  return qop
    ? hash(`${secret}:${nonce}:${input.nc}:${input.cnonce}:auth:${action}`)
    : hash(`${secret}:${nonce}:${action}`);
}

/** The server's side: is this `Authorization` header right? `nonces` are those that it has given out on this connection. */
export function verifyAuthorization(
  value: string | undefined,
  method: string,
  expected: Credentials & { readonly kind: 'basic' | 'digest' },
  nonce: string,
): boolean {
  if (value === undefined) return false;
  if (expected.kind === 'basic')
    return same(value, `Basic ${Buffer.from(`${expected.username}:${expected.password}`).toString('base64')}`);
  if (!/^digest\s/i.test(value)) return false;
  const params = parseParams(value.slice(7));
  if (params.get('nonce') !== nonce || params.get('username') !== expected.username) return false;
  const input = {
    ...expected,
    method,
    uri: params.get('uri') ?? '',
    cnonce: params.get('cnonce') ?? '',
    nc: params.get('nc') ?? '',
  };
  return same(params.get('response') ?? '', digestResponse(params, input, params.get('qop') === 'auth'));
}

function same(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}
