/**
 * The process that opens logs and films of drives, as the hub uses it.
 */
import { entry } from '../../base/entry.ts';
import type { Log } from '../../base/log.ts';
import type { ReaderOrder, ReaderResults } from '../../sources/openpilot/reader/messages.ts';
import { OrderChild } from '../children/order-child.ts';

export interface DriveReaderOptions {
  readonly log: Log;
  /** An order that takes longer has failed, and the process with it; by default as each kind of order needs. */
  readonly patienceMs?: number;
  readonly idleMs?: number;
  /** Resident memory above which the process is ended, bytes. */
  readonly mostBytes?: number;
}

const PATIENCE_MS = { summary: 60_000, film: 30_000, poster: 20_000 } as const;
/** More for each log of a drive: one takes a quarter of a second on an idle machine. */
const PATIENCE_A_LOG_MS = 3000;
const MOST_BYTES = 900_000_000;

export class DriveReader extends OrderChild<ReaderOrder, ReaderResults> {
  constructor({ log, patienceMs, idleMs, mostBytes = MOST_BYTES }: DriveReaderOptions) {
    super({
      entry: entry(import.meta.url, '../../sources/openpilot/reader.main'),
      log,
      patienceMs: (order) =>
        patienceMs ?? PATIENCE_MS[order.do] + (order.do === 'summary' ? order.files.length : 0) * PATIENCE_A_LOG_MS,
      subject: (order) => (order.do === 'summary' ? 'the logs of this drive' : order.file.name),
      mostBytes,
      heapMb: 512,
      ...(idleMs === undefined ? {} : { idleMs }),
    });
  }
}
