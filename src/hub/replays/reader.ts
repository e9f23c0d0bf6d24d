/**
 * The process that opens dropped files of osu!, as the hub uses it.
 */
import { entry } from '../../base/entry.ts';
import type { Log } from '../../base/log.ts';
import type { ReaderOrder, ReaderResults } from '../../sources/osu/reader/messages.ts';
import { OrderChild } from '../children/order-child.ts';

const PATIENCE_MS = { look: 60_000, judge: 60_000, lay: 60_000 } as const;
/** A set unpacks to a gigabyte at most, a file of it after the other; of a file 256 MB. */
const MOST_BYTES = 900_000_000;

export class ReplayReader extends OrderChild<ReaderOrder, ReaderResults> {
  constructor({ log, patienceMs }: { readonly log: Log; readonly patienceMs?: number }) {
    super({
      entry: entry(import.meta.url, '../../sources/osu/reader.main'),
      log,
      patienceMs: (order) => patienceMs ?? PATIENCE_MS[order.do],
      subject: (order) =>
        order.do === 'look' ? order.file.name : order.do === 'judge' ? order.replay.name : order.set.name,
      mostBytes: MOST_BYTES,
      heapMb: 512,
    });
  }
}
