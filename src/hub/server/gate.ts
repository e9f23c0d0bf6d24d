/**
 * Who is calling, and what they may call. Declared here, fulfilled by `../auth/gate.ts`.
 */
import type { FastifyRequest } from 'fastify';
import { UserError } from '../../base/errors.ts';
import type { Account, TokenScope } from '../../contract/account.ts';
import type { Access, RouteShape } from '../../contract/route.ts';

/** A signed-in person, by cookie. */
interface SessionCaller {
  readonly kind: 'session';
  /** Names the session without being its secret. */
  readonly sessionId: string;
  readonly user: Account;
}

/** A program, by bearer token. */
export interface TokenCaller {
  readonly kind: 'token';
  readonly token: { readonly id: string; readonly name: string; readonly scope: TokenScope };
}

export type Caller = { readonly kind: 'nobody' } | SessionCaller | TokenCaller;

export interface Gate {
  /**
   * Who sent this request. A wrong, expired or revoked credential is nobody.
   * @throws Unavailable when the catalog cannot be asked.
   */
  identify(request: FastifyRequest): Promise<Caller>;
}

/**
 * Whether `caller` may call `route`: undefined, or why not.
 * Token scopes: `api` may do what an admin may, `api-read` may read what a viewer may,
 * `recorder`, `worker` and `drive` may speak their own protocol and nothing else, `metrics` may read the metrics.
 */
export function refusal(route: Pick<RouteShape, 'access' | 'method'>, caller: Caller): UserError | undefined {
  if (route.access === 'public') return undefined;
  if (caller.kind === 'nobody')
    return new UserError('You are not signed in.', 'Sign in, or send a valid token.', { code: 'unauthorized' });
  if (caller.kind === 'session') {
    const role = caller.user.role;
    if (route.access === 'viewer') return undefined;
    if ((route.access === 'admin' || route.access === 'metrics') && role === 'admin') return undefined;
    return forbidden(route.access, `Your account has the role “${role}”.`);
  }
  const { scope } = caller.token;
  if (scope === 'recorder' || scope === 'worker' || scope === 'drive' || scope === 'metrics') {
    if (route.access === scope) return undefined;
  } else if (route.access === 'metrics') {
    if (scope === 'api') return undefined;
  } else if (route.access === 'viewer' || route.access === 'admin') {
    if (scope === 'api') return undefined;
    if (route.access === 'viewer' && route.method === 'GET') return undefined;
  }
  return forbidden(route.access, `The token has the scope “${scope}”.`);
}

function forbidden(access: Access, have: string): UserError {
  const remedy =
    access === 'admin'
      ? 'Ask an admin.'
      : access === 'viewer'
        ? 'Use a token with the scope “api”.'
        : `Use a token with the scope “${access}”.`;
  return new UserError(`${have} That is not enough for this.`, remedy, { code: 'forbidden' });
}
