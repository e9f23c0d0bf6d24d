/**
 * Entry of the process that opens logs and films for the hub. One order after the other; its parent ends it when it takes too long or grows.
 */
import { setPriority } from 'node:os';
import { InputError, messageOf } from '../../base/errors.ts';
import { writeFilm } from './reader/film.ts';
import type { FromReader, ReaderOrder, ReaderResults, ToReader } from './reader/messages.ts';
import { readSummary } from './reader/summary.ts';

/** Recording and clips go first. */
const NICENESS = 5;

setPriority(NICENESS);
process.on('disconnect', () => process.exit(0));
// A terminal and systemd tell the whole group; the parent ends this process itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

let before: Promise<void> = Promise.resolve();
process.on('message', ({ id, order }: ToReader) => {
  before = before.then(async () => tell(await answer(id, order)));
});

async function answer(id: number, order: ReaderOrder): Promise<FromReader> {
  try {
    return { id, result: await carryOut(order) };
  } catch (error) {
    const isInput = error instanceof InputError;
    return {
      id,
      failed: isInput ? 'input' : 'broken',
      name: isInput ? error.input : '',
      message: isInput ? error.reason : messageOf(error),
    };
  }
}

async function carryOut(order: ReaderOrder): Promise<ReaderResults[keyof ReaderResults]> {
  switch (order.do) {
    case 'summary':
      return readSummary(order.files);
    case 'film':
      return writeFilm(order.file, order.to);
    case 'poster': {
      const { makePoster } = await import('./reader/poster.ts');
      return { jpeg: await makePoster(order.file, order.at, order.width) };
    }
  }
}

function tell(message: FromReader): void {
  process.send?.(message);
}
