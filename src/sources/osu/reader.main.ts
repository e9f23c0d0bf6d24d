/** Entry of the process that opens dropped files of osu! for the hub. */
import { basename } from 'node:path';
import { InputError, messageOf, UserError } from '../../base/errors.ts';
import { serveOrders } from '../../base/serve-orders.ts';
import { judgePlay } from './reader/judge-play.ts';
import { layOut } from './reader/lay-out.ts';
import { lookAt } from './reader/look.ts';
import type { FromReader, ReaderFile, ReaderOrder, ReaderResults, ToReader } from './reader/messages.ts';

serveOrders(({ id, order }: ToReader) => answer(id, order));

async function answer(id: number, order: ReaderOrder): Promise<FromReader> {
  const files = filesOf(order);
  try {
    return { id, result: await carryOut(order) };
  } catch (error) {
    if (error instanceof UserError)
      return { id, failed: 'refused', message: asCalled(error.message, files), remedy: error.remedy };
    const isInput = error instanceof InputError;
    return {
      id,
      failed: isInput ? 'input' : 'broken',
      name: isInput ? asCalled(error.input, files) : '',
      message: isInput ? error.reason : messageOf(error),
    };
  }
}

async function carryOut(order: ReaderOrder): Promise<ReaderResults[keyof ReaderResults]> {
  switch (order.do) {
    case 'look':
      return lookAt(order.file);
    case 'lay':
      return layOut(order);
    case 'judge':
      return judgePlay(order.replay, order.set);
  }
}

function filesOf(order: ReaderOrder): ReaderFile[] {
  switch (order.do) {
    case 'look':
      return [order.file];
    case 'lay':
      return [order.set, ...(order.skin ? [order.skin] : [])];
    case 'judge':
      return [order.replay, order.set];
  }
}

/** On disk files are called by their contents, by people by their names. */
function asCalled(words: string, files: readonly ReaderFile[]): string {
  return files.reduce((text, { path, name }) => text.replaceAll(basename(path), name), words);
}
