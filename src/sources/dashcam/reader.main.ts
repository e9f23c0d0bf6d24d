/**
 * Entry of the process that opens drives and clips of cars for the hub. One order after the other; its parent ends it when it takes too long or grows.
 */
import { writeFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { InputError, messageOf, UserError } from '../../base/errors.ts';
import { clipDetails } from './reader/details.ts';
import { openPlace } from './reader/file-place.ts';
import type { FromReader, ReaderOrder, ReaderResults, ToReader } from './reader/messages.ts';
import { scanDrive } from './reader/scan.ts';
import { telemetryColumns } from './reader/telemetry-columns.ts';

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
    if (error instanceof UserError) return { id, failed: 'refused', message: error.message, remedy: error.remedy };
    if (error instanceof InputError) return { id, failed: 'input', name: error.input, message: error.reason };
    return { id, failed: 'broken', name: '', message: messageOf(error) };
  }
}

async function carryOut(order: ReaderOrder): Promise<ReaderResults[keyof ReaderResults]> {
  switch (order.do) {
    case 'scan':
      return scanDrive(order.path, order.known, Date.now());
    case 'details': {
      await using reader = await openPlace(order.file);
      return await clipDetails(reader, Date.now());
    }
    case 'telemetry': {
      await using reader = await openPlace(order.file);
      const columns = await telemetryColumns(reader);
      await writeFile(order.to, JSON.stringify(columns), { flag: 'wx', mode: 0o600 });
      return { pictures: columns.at.length };
    }
  }
}

function tell(message: FromReader): void {
  process.send?.(message);
}
