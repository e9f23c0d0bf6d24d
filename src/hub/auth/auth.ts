/**
 * The hub's doorkeeper: who a request is from, and what a revocation ends.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Role } from '../../contract/account.ts';
import type { Revoked } from '../server/core.ts';
import type { Caller, Gate } from '../server/gate.ts';
import { createLink, LINK_MS } from './links.ts';
import { Recent } from './recent.ts';
import { findSession, type SessionEntry } from './sessions.ts';
import type { AuthDb } from './tables.ts';
import { findToken, markUsed, type TokenEntry } from './tokens.ts';
import { accountOf } from './users.ts';

const COOKIE = 'vidette_session';
/** Browsers keep no cookie longer (RFC 6265bis section 5.5); the session itself ends sooner. */
const COOKIE_SECONDS = 400 * 24 * 60 * 60;
const RECENT_MS = 10_000;
const RECENT_MAX = 2000;
const USED_EACH_MS = 60_000;

export interface AuthDeps {
  readonly db: AuthDb;
  readonly clock: Clock;
  readonly log: Log;
  /** Path of the cookie: the hub's sub-path. */
  readonly basePath: string;
  /** Whether people reach the hub by https: the cookie is then Secure. */
  readonly https: boolean;
}

export class Auth implements Gate {
  readonly db: AuthDb;
  readonly #deps: AuthDeps;
  readonly #sessions: Recent<SessionEntry>;
  readonly #tokens: Recent<TokenEntry>;
  /** Token id → when its use was last written. */
  readonly #used = new Map<string, number>();
  #onRevoke: (revoked: Revoked) => void = () => undefined;

  constructor(deps: AuthDeps) {
    this.#deps = deps;
    this.db = deps.db;
    this.#sessions = new Recent(deps.clock, RECENT_MS, RECENT_MAX);
    this.#tokens = new Recent(deps.clock, RECENT_MS, RECENT_MAX);
  }

  now(): Date {
    return new Date(this.#deps.clock.wall());
  }

  async identify(request: FastifyRequest): Promise<Caller> {
    const header = request.headers.authorization;
    if (header !== undefined) {
      const word = /^Bearer ([\w-]{20,200})$/.exec(header)?.[1];
      const token = word === undefined ? undefined : await this.#token(word);
      if (token === undefined) return { kind: 'nobody' };
      return { kind: 'token', token: { id: token.id, name: token.name, scope: token.scope } };
    }
    const session = await this.session(request);
    if (session === undefined) return { kind: 'nobody' };
    return { kind: 'session', sessionId: session.id, user: accountOf(session.user) };
  }

  /** The session of a request's cookie. */
  async session(request: FastifyRequest): Promise<SessionEntry | undefined> {
    const word = request.cookies[COOKIE];
    if (word === undefined || !/^[\w-]{43}$/.test(word)) return undefined;
    const now = this.now();
    const known = await this.#sessions.ask(word, () => findSession(this.db, word, now));
    return known !== undefined && known.expiresAt > now ? known : undefined;
  }

  async #token(word: string): Promise<TokenEntry | undefined> {
    const now = this.now();
    const known = await this.#tokens.ask(word, () => findToken(this.db, word, now));
    if (known === undefined || (known.expiresAt !== null && known.expiresAt <= now)) return undefined;
    this.#noteUse(known.id, now);
    return known;
  }

  /** Written at most once a minute, and nobody waits for it. */
  #noteUse(id: string, now: Date): void {
    const last = this.#used.get(id);
    if (last !== undefined && Math.abs(now.getTime() - last) < USED_EACH_MS) return;
    if (this.#used.size >= RECENT_MAX) this.#used.clear();
    this.#used.set(id, now.getTime());
    markUsed(this.db, id, now).catch((error: unknown) =>
      this.#deps.log.debug('the last use of a token could not be written', { token: id, error }),
    );
  }

  setCookie(reply: FastifyReply, request: FastifyRequest, word: string): void {
    reply.setCookie(COOKIE, word, { ...this.#cookie(request), maxAge: COOKIE_SECONDS });
  }

  clearCookie(reply: FastifyReply, request: FastifyRequest): void {
    reply.clearCookie(COOKIE, this.#cookie(request));
  }

  #cookie(request: FastifyRequest) {
    return {
      path: this.#deps.basePath,
      httpOnly: true,
      sameSite: 'lax' as const,
      secure: this.#deps.https || request.protocol === 'https',
    };
  }

  /** Where open streams and sockets are ended. */
  onRevoke(listener: (revoked: Revoked) => void): void {
    this.#onRevoke = listener;
  }

  /** A session, account or token has just ended, or an account has changed: nothing remembered of it counts any more. */
  revoke(revoked: Revoked): void {
    this.#sessions.clear();
    this.#tokens.clear();
    this.#onRevoke(revoked);
  }

  /**
   * A one-time link to sign in.
   * @param address where people reach the hub, without a slash at the end
   */
  async createSignInLink(address: string, role: Role = 'admin', lifetimeMs = LINK_MS): Promise<string> {
    return `${address}/sign-in#${await createLink(this.db, role, lifetimeMs, this.now())}`;
  }
}
