/**
 * The people who may sign in; for admins.
 */
import type { FastifyInstance } from 'fastify';
import { routes } from '../../contract/routes.ts';
import type { Auth } from '../auth/auth.ts';
import { createUser, deleteUser, listUsers } from '../auth/users.ts';
import { register } from '../server/register.ts';

/** @param gone what was somebody's own is removed with the account */
export function registerUserRoutes(app: FastifyInstance, auth: Auth, gone?: (userId: string) => Promise<void>): void {
  register(app, routes.listUsers, async () => listUsers(auth.db));

  register(app, routes.createUser, async ({ body }, { log }) => {
    const account = await createUser(auth.db, body);
    log.info('an account was made', { user: account.id, role: account.role });
    return account;
  });

  register(app, routes.deleteUser, async ({ params }, { user, log }) => {
    const id = await deleteUser(auth.db, params.id, user?.id);
    auth.revoke({ userId: id });
    await gone?.(id);
    log.info('an account was removed', { user: id });
    return { ok: true as const };
  });
}
