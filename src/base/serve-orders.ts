/** A process that opens what comes from outside: one order after the other, behind everything else; its parent ends it when it takes too long or grows. */
import { setPriority } from 'node:os';

/** Recording and clips go first. */
const NICENESS = 5;

/** @param answer of an order, with what failed in it: it never throws */
export function serveOrders<Order, Answer extends object>(answer: (message: Order) => Promise<Answer>): void {
  setPriority(NICENESS);
  process.on('disconnect', () => process.exit(0));
  // A terminal and systemd tell the whole group; the parent ends this process itself.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  let before: Promise<void> = Promise.resolve();
  process.on('message', (message: Order) => {
    before = before.then(async () => void process.send?.(await answer(message)));
  });
}
