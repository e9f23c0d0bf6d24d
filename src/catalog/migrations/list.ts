/** Every migration in order. A new one goes to the end; one that was released is never changed. */
import type { Migration } from '../migrate.ts';
import { catalog } from './0001-catalog.ts';
import { auth } from './0002-auth.ts';

export const migrations: readonly Migration[] = [catalog, auth];
