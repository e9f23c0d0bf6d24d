/** Entry of the process that opens logs and films for the hub. */
import { InputError, messageOf } from '../../base/errors.ts';
import { serveOrders } from '../../base/serve-orders.ts';
import { writeFilm } from './reader/film.ts';
import type { FromReader, ReaderOrder, ReaderResults, ToReader } from './reader/messages.ts';
import { readSummary } from './reader/summary.ts';

serveOrders(({ id, order }: ToReader) => answer(id, order));

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
