/**
 * The hub that a command talks to: the one of this machine, or the one that VIDETTE_URL and VIDETTE_TOKEN name.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Unavailable, UserError } from '../base/errors.ts';
import { type Client, createClient } from '../contract/client.ts';
import { askLocalHub } from '../hub/local/door.ts';
import { readSettings } from '../hub/settings.ts';

const LocalAnswer = z.object({ token: z.string(), url: z.string() });

export interface OwnHub {
  readonly client: Client;
  /** Without a slash at the end. */
  readonly base: string;
  readonly token: string;
}

/** @throws UserError `no-hub` when none runs here */
export async function findHub(environment: NodeJS.ProcessEnv = process.env): Promise<OwnHub> {
  const { data, url } = readSettings(environment);
  const given = environment.VIDETTE_TOKEN;
  if (url !== undefined && given !== undefined && given !== '') {
    const base = url.href.replace(/\/+$/, '');
    return { base, token: given, client: createClient({ base, token: given }) };
  }
  const answer = LocalAnswer.parse(await askLocalHub(join(data, 'run', 'hub.json'), 'token'));
  const base = answer.url.replace(/\/+$/, '');
  return { base, token: answer.token, client: createClient({ base, token: answer.token }) };
}

const PATIENCE_MS = 60_000;

/**
 * Asks, again and again while the hub starts anew: it may then be at another address, with another token.
 * @throws what `ask` throws, and Unavailable when the hub stays away for a minute
 */
export async function whileHubRestarts<T>(
  hub: { current: OwnHub },
  signal: AbortSignal,
  ask: (hub: OwnHub) => Promise<T>,
): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await ask(hub.current);
    } catch (error) {
      signal.throwIfAborted();
      const away =
        error instanceof Unavailable ||
        (error instanceof UserError && (error.code === 'no-hub' || error.code === 'unauthorized'));
      if (!away || performance.now() > until) throw error;
    }
    await sleep(1000, undefined, { signal });
    hub.current = await findHub().catch((error: unknown) => {
      if (error instanceof UserError || error instanceof Unavailable) return hub.current;
      throw error;
    });
  }
}
