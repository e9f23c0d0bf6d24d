/**
 * Entry of the process that opens dropped files of osu! for the hub. One order after the other; its parent ends it when it takes too long or grows.
 */
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { InputError, messageOf, UserError } from '../../base/errors.ts';
import { judgePlay } from './reader/judge-play.ts';
import { layOut } from './reader/lay-out.ts';
import { lookAt } from './reader/look.ts';
import type { FromReader, ReaderFile, ReaderOrder, ReaderResults, ToReader } from './reader/messages.ts';

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

function tell(message: FromReader): void {
  process.send?.(message);
}
