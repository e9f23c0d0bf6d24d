/**
 * Tokens of programs, recorders and workers; for admins.
 */
import type { FastifyInstance } from 'fastify';
import { routes } from '../../contract/routes.ts';
import type { Auth } from '../auth/auth.ts';
import { createToken, deleteToken, listTokens } from '../auth/tokens.ts';
import { register } from '../server/register.ts';

export function registerTokenRoutes(app: FastifyInstance, auth: Auth): void {
  register(app, routes.listTokens, async () => listTokens(auth.db));

  register(app, routes.createToken, async ({ body }, { log }) => {
    const token = await createToken(auth.db, body, auth.now());
    log.info('a token was made', { token: token.id, scope: token.scope });
    return token;
  });

  register(app, routes.deleteToken, async ({ params }, { log }) => {
    const id = await deleteToken(auth.db, params.id);
    auth.revoke({ tokenId: id });
    log.info('a token was revoked', { token: id });
    return { ok: true as const };
  });
}
