/**
 * Where footage lies, and how much room there is: everybody sees it, admins choose the archive.
 */
import type { FastifyInstance } from 'fastify';
import { routes } from '../../contract/routes.ts';
import type { Storage } from '../../contract/storage.ts';
import { register } from '../server/register.ts';
import type { Archive } from './archive.ts';

export interface StorageDeps {
  readonly archive: Archive;
  /** All of it, as it is now. */
  readonly storage: () => Promise<Storage>;
  /** The archive is another one: moving and retention look again. */
  readonly changed: () => void;
  /** A person says that the clock is right. */
  readonly confirmClock: () => Promise<void>;
}

export function registerStorageRoutes(
  app: FastifyInstance,
  { archive, storage, changed, confirmClock }: StorageDeps,
): void {
  register(app, routes.storage, async () => storage());

  register(app, routes.setArchive, async ({ body }) => {
    await archive.set(body);
    changed();
    return storage();
  });

  register(app, routes.removeArchive, async () => {
    await archive.remove();
    changed();
    return { ok: true as const };
  });

  register(app, routes.confirmClock, async (_input, { log }) => {
    await confirmClock();
    log.info('a person has confirmed the clock');
    changed();
    return storage();
  });
}
