/** One timer for all sessions: each with its own would wake a process of 64 cameras a hundred times a second more. */

export const TICK_MS = 500;

const ticks = new Set<() => void>();
let timer: NodeJS.Timeout | undefined;

/** Calls `tick` each {@link TICK_MS}, the first time perhaps sooner. It must not throw. @returns how to stop */
export function onTick(tick: () => void): () => void {
  ticks.add(tick);
  timer ??= setInterval(() => {
    for (const each of ticks) each();
  }, TICK_MS);
  return () => {
    ticks.delete(tick);
    if (ticks.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
