/**
 * Entry of a process that harvests one drive for the hub: what is on a drive may be hostile. SIGTERM breaks it off; what is stored by then stays.
 */
import { setPriority } from 'node:os';
import { InputError, messageOf, UserError } from '../../base/errors.ts';
import { milliseconds } from '../../base/units.ts';
import { KeyRing } from './encrypted/key-ring.ts';
import type { FromHarvest, HarvestOrder } from './harvest/child-messages.ts';
import { harvest } from './harvest/harvest.ts';
import { openLibrary } from './harvest/library-folder.ts';
import { pictureLikeness } from './salvage/likeness.ts';

/** Recording goes first. */
const NICENESS = 5;
const TELL_MS = 250;

setPriority(NICENESS);
const stopping = new AbortController();
process.on('disconnect', () => stopping.abort(new Error('the hub has gone')));
process.on('SIGTERM', () => stopping.abort(new Error('cancelled')));
// A terminal tells the whole group; the parent decides.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);

process.once('message', (order: HarvestOrder) => {
  void run(order).then((answer) => {
    if (process.connected) process.send?.(answer, () => process.exit(0));
    else process.exit(0);
  });
});

async function run(order: HarvestOrder): Promise<FromHarvest> {
  const { signal } = stopping;
  let told = 0;
  try {
    const report = await harvest(order.path, {
      library: await openLibrary(order.library),
      source: order.source,
      notInUse: order.notInUse,
      dropParked: order.dropParked,
      again: order.again,
      ...(order.keys === undefined ? {} : { keys: await KeyRing.load({ folder: order.keys }) }),
      likeness: pictureLikeness(signal),
      signal,
      progress: (done, stage) => {
        const now = performance.now();
        if (now - told < TELL_MS || !process.connected) return;
        told = now;
        tell({ type: 'progress', done, stage });
      },
      ...(order.apartMs === undefined ? {} : { apart: milliseconds(order.apartMs) }),
    });
    return { type: 'done', report };
  } catch (error) {
    if (signal.aborted) return { type: 'cancelled' };
    const known = error instanceof UserError || error instanceof InputError;
    const remedy = error instanceof UserError ? error.remedy : '';
    return { type: 'failed', known, message: messageOf(error), remedy };
  }
}

function tell(message: FromHarvest): void {
  process.send?.(message);
}
