/**
 * The process that opens drives and clips of cars, as the hub uses it.
 */
import { entry } from '../../base/entry.ts';
import type { Log } from '../../base/log.ts';
import type { ReaderOrder, ReaderResults } from '../../sources/dashcam/reader/messages.ts';
import { OrderChild } from '../children/order-child.ts';

const PATIENCE_MS = { scan: 300_000, details: 20_000, telemetry: 60_000 } as const;
/** A table of an image of a terabyte takes some of it. */
const MOST_BYTES = 700_000_000;

export class CarReader extends OrderChild<ReaderOrder, ReaderResults> {
  constructor({ log, patienceMs }: { readonly log: Log; readonly patienceMs?: number }) {
    super({
      entry: entry(import.meta.url, '../../sources/dashcam/reader.main'),
      log,
      patienceMs: (order) => patienceMs ?? PATIENCE_MS[order.do],
      subject: (order) => (order.do === 'scan' ? 'this drive' : order.file.name),
      mostBytes: MOST_BYTES,
      heapMb: 400,
    });
  }
}
