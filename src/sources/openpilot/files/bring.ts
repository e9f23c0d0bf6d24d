/**
 * Brings the files of a plan into the cache, some at a time.
 */
import type { FileCache, FileIdentity } from './cache/file-cache.ts';
import type { FilePlan } from './choose-files.ts';
import { type BringOptions, type BroughtMinute, broughtMinutes } from './drive.ts';
import type { HeldFile } from './holding.ts';
import type { ByteSource } from './http/byte-source.ts';
import { download } from './http/download.ts';

export interface Carrier {
  readonly cache: FileCache;
  readonly identityOf: (file: HeldFile) => FileIdentity;
  readonly sourceOf: (file: HeldFile) => ByteSource;
  /** Files at a time. */
  readonly parallel: number;
  /** Milliseconds before a cut transfer goes on. */
  readonly retryPause: number;
}

/** The minutes with their paths, and what keeps the files in the cache until it is disposed. */
export interface Brought {
  readonly minutes: BroughtMinute[];
  readonly hold: Disposable;
}

/** The first failure stops the others; what came of them stays. */
export async function bringFiles(plan: FilePlan, carrier: Carrier, options: BringOptions): Promise<Brought> {
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const paths = new Map<HeldFile, string>();
  const waiting = [...plan.files];
  const holds = new DisposableStack();
  let bytes = 0;
  const tell = (): void => options.onProgress?.({ files: plan.files.length, filesDone: paths.size, bytes });
  const carry = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const source = carrier.sourceOf(file);
      const path = await carrier.cache.take(
        carrier.identityOf(file),
        async (part, room) => {
          await download(source, part, {
            signal,
            retryPause: carrier.retryPause,
            onTotal: room,
            onBytes: (count) => {
              bytes += count;
              tell();
            },
          });
        },
        signal,
      );
      paths.set(file, path);
      // From now on: the others may take longer than an unused file is kept.
      holds.use(carrier.cache.hold([path]));
      tell();
    }
  };
  tell();
  const carriers = Array.from({ length: Math.min(carrier.parallel, plan.files.length) }, carry);
  try {
    await Promise.all(carriers);
  } catch (error) {
    stop.abort(new DOMException('Another file did not come.', 'AbortError'));
    await Promise.allSettled(carriers);
    holds.dispose();
    throw error;
  }
  const minutes = broughtMinutes(plan, (file) => paths.get(file) ?? '');
  return { minutes, hold: holds };
}
