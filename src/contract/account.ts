import { z } from 'zod';
import { Instant } from './time.ts';

export const Role = z.enum(['admin', 'viewer']);
export const UserName = z
  .string()
  .trim()
  .min(2)
  .max(40)
  .regex(/^[\p{L}\p{N}._-]+$/u, 'letters, digits and . _ -');
export const Password = z.string().min(8, 'at least 8 characters').max(200);

export const Account = z.object({ id: z.string(), name: z.string(), role: Role, createdAt: Instant });
/** Who is signed in. `mustSetPassword`: came by a one-time link and has no name and password yet. */
export const Session = z.object({ user: Account, expiresAt: Instant, mustSetPassword: z.boolean() });

export const TokenScope = z.enum(['api', 'api-read', 'recorder', 'worker', 'drive', 'metrics']);
export const Token = z.object({
  id: z.uuid(),
  name: z.string(),
  scope: TokenScope,
  createdAt: Instant,
  expiresAt: Instant.nullable(),
  lastUsedAt: Instant.nullable(),
});

export type Account = z.output<typeof Account>;
export type Session = z.output<typeof Session>;
export type Role = z.output<typeof Role>;
export type Token = z.output<typeof Token>;
export type TokenScope = z.output<typeof TokenScope>;
