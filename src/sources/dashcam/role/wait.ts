/** Waiting that ends early instead of failing. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves after `ms`, or when the signal ends. */
export async function waitFor(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  await sleep(ms, undefined, signal ? { signal } : {}).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });
}
