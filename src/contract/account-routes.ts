/** The routes of the API that are about who may do what; a part of `routes.ts`. */
import { z } from 'zod';
import { Account, Password, Role, Session, Token, TokenScope, UserName } from './account.ts';
import { done, id, route } from './route.ts';
import { Instant } from './time.ts';

const _playRange = { track: z.string().max(32).default('main'), from: Instant, to: Instant };
const _playSignature = { expires: z.coerce.number().int().optional(), sig: z.string().max(100).optional() };
const _track = z.object({ id: z.string().min(1).max(200), track: z.string().max(32) });

export const accountRoutes = {
  signIn: route({
    method: 'POST',
    path: '/api/session',
    access: 'public',
    summary: 'Sign in with name and password; sets a cookie',
    body: z.object({ name: z.string().max(100), password: z.string().max(200) }),
    response: Session,
  }),
  redeemLink: route({
    method: 'POST',
    path: '/api/session/link',
    access: 'public',
    summary: 'Sign in with the one-time code of a sign-in link',
    body: z.object({ code: z.string().min(20).max(200) }),
    response: Session,
  }),
  session: route({
    method: 'GET',
    path: '/api/session',
    access: 'viewer',
    summary: 'Who is signed in',
    response: Session,
  }),
  signOut: route({ method: 'DELETE', path: '/api/session', access: 'viewer', summary: 'Sign out', response: done }),
  setPassword: route({
    method: 'PUT',
    path: '/api/session/password',
    access: 'viewer',
    summary: 'Set own name and password',
    body: z.object({ name: UserName, password: Password, current: z.string().max(200).optional() }),
    response: Session,
  }),

  listUsers: route({
    method: 'GET',
    path: '/api/users',
    access: 'admin',
    summary: 'Who may sign in',
    response: z.array(Account),
  }),
  createUser: route({
    method: 'POST',
    path: '/api/users',
    access: 'admin',
    summary: 'Add a person',
    body: z.object({ name: UserName, password: Password, role: Role }),
    response: Account,
  }),
  deleteUser: route({
    method: 'DELETE',
    path: '/api/users/:id',
    access: 'admin',
    summary: 'Remove a person',
    params: id,
    response: done,
  }),

  listTokens: route({
    method: 'GET',
    path: '/api/tokens',
    access: 'admin',
    summary: 'Tokens of programs, recorders and workers',
    response: z.array(Token),
  }),
  createToken: route({
    method: 'POST',
    path: '/api/tokens',
    access: 'admin',
    summary: 'Make a token; it is shown this once',
    body: z.object({
      name: z.string().min(1).max(60),
      scope: TokenScope,
      days: z.number().int().min(1).max(3650).nullable().default(null),
    }),
    response: Token.extend({ secret: z.string() }),
  }),
  deleteToken: route({
    method: 'DELETE',
    path: '/api/tokens/:id',
    access: 'admin',
    summary: 'Revoke a token',
    params: id,
    response: done,
  }),
} as const;
