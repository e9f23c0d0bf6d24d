/**
 * Signing in and out, and setting one's own name and password.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { UserError } from '../../base/errors.ts';
import { checkPassword } from '../../base/password.ts';
import type { Session } from '../../contract/account.ts';
import { routes } from '../../contract/routes.ts';
import type { Auth } from '../auth/auth.ts';
import { redeemLink } from '../auth/links.ts';
import { createSession, endSession, keepOnlySession, type SessionEntry } from '../auth/sessions.ts';
import { accountOf, nameKey, setNameAndPassword, verifyUser } from '../auth/users.ts';
import { register } from '../server/register.ts';

/** Tries in a quarter of an hour. By name it is wider, so that a stranger cannot easily lock somebody out. */
export interface SignInLimits {
  readonly byAddress: number;
  readonly byName: number;
}
const SIGN_IN_LIMITS: SignInLimits = { byAddress: 30, byName: 60 };
const WINDOW_MS = 15 * 60_000;

export function registerSessionRoutes(app: FastifyInstance, auth: Auth, limits: SignInLimits = SIGN_IN_LIMITS): void {
  auth.onRevoke((revoked) => app.vidette.connections.revoke(revoked));
  const byAddress = app.createRateLimit({ max: limits.byAddress, timeWindow: WINDOW_MS });
  const named = new WeakMap<FastifyRequest, string>();
  const byName = app.createRateLimit({
    max: limits.byName,
    timeWindow: WINDOW_MS,
    keyGenerator: (request) => `name:${named.get(request)}`,
  });
  const limit = async (request: FastifyRequest, name?: string): Promise<void> => {
    if (name !== undefined) named.set(request, nameKey(name));
    for (const check of name === undefined ? [byAddress] : [byAddress, byName]) {
      const result = await check(request);
      if (!result.isAllowed && result.isExceeded)
        throw new UserError('Too many tries to sign in.', 'Wait a quarter of an hour, then try again.', {
          code: 'too-many',
        });
    }
  };

  register(app, routes.signIn, async ({ body }, { request, reply, log }) => {
    await limit(request, body.name);
    const user = await verifyUser(auth.db, body.name, body.password);
    if (user === undefined) {
      log.warn('somebody could not sign in', { from: request.ip });
      throw new UserError('Name or password is wrong.', 'Try again. On the machine of the hub, vidette login helps.', {
        code: 'unauthorized',
      });
    }
    const { word, session } = await createSession(auth.db, user, false, auth.now());
    auth.setCookie(reply, request, word);
    log.info('somebody signed in', { user: user.id, from: request.ip });
    return answer(session);
  });

  register(app, routes.redeemLink, async ({ body }, { request, reply, log }) => {
    await limit(request);
    const user = await redeemLink(auth.db, body.code, auth.now());
    const { word, session } = await createSession(auth.db, user, true, auth.now());
    auth.setCookie(reply, request, word);
    log.info('somebody signed in by a link', { user: user.id, from: request.ip });
    return answer(session);
  });

  register(app, routes.session, async (_input, { request }) => answer(await own(auth, request)));

  register(app, routes.signOut, async (_input, { request, reply }) => {
    const session = await own(auth, request);
    await endSession(auth.db, session.id);
    auth.revoke({ sessionId: session.id });
    auth.clearCookie(reply, request);
    return { ok: true as const };
  });

  register(app, routes.setPassword, async ({ body }, { request, log }) => {
    const session = await own(auth, request);
    const { user } = session;
    if (user.password_hash !== null && !session.trusted) {
      await limit(request, user.name);
      if (!(await checkPassword(body.current ?? '', user.password_hash)))
        throw new UserError('The current password is wrong.', 'Enter the password that you sign in with now.', {
          code: 'invalid',
          fields: { current: 'is wrong' },
        });
    }
    await setNameAndPassword(auth.db, user.id, body.name, body.password);
    await keepOnlySession(auth.db, user.id, session.id, auth.now());
    auth.revoke({ userId: user.id });
    log.info('somebody set their password', { user: user.id });
    return answer(await own(auth, request));
  });
}

/** The session of who asks. @throws UserError for tokens, which have none */
async function own(auth: Auth, request: FastifyRequest): Promise<SessionEntry> {
  const session = await auth.session(request);
  if (session === undefined || request.headers.authorization !== undefined)
    throw new UserError('A token has no session.', 'Sign in with name and password.', { code: 'forbidden' });
  return session;
}

function answer(session: SessionEntry): Session {
  return {
    user: accountOf(session.user),
    expiresAt: session.expiresAt.toISOString(),
    mustSetPassword: session.user.password_hash === null,
  };
}
