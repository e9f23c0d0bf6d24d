/**
 * What happens with an image that no car has: everything is read out of it, then compared with what is stored, and only then it is made empty.
 * In pieces, so that the image that the car has meanwhile is not forgotten.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../../base/log.ts';
import { type MonotonicMs, milliseconds } from '../../../base/units.ts';
import type { Disk } from '../../../blobs/disk.ts';
import { type DriveFile, type Gathered, type GatherOptions, gather } from '../harvest/gather.ts';
import type { HarvestReport } from '../harvest/harvest.ts';
import { hashOf } from '../harvest/intake.ts';
import { inOrder } from '../harvest/order.ts';
import { Unreadable } from '../harvest/unreadable.ts';
import { hashOfReader } from '../volume/hash-of-reader.ts';
import type { Spool } from './spool.ts';

export interface ReadOutOptions {
  readonly spool: Spool;
  readonly disk: Disk;
  /** Of the library. */
  readonly root: string;
  readonly log: Log;
  readonly monotonic: () => MonotonicMs;
  readonly signal?: AbortSignal;
}

function gatherAtRest(
  path: string,
  { log, monotonic, signal }: Omit<ReadOutOptions, 'spool' | 'disk' | 'root'>,
  more: Pick<GatherOptions, 'isKnown' | 'orphans'>,
): Promise<Gathered> {
  return gather(path, {
    notInUse: true,
    apart: milliseconds(0),
    wait: async () => undefined,
    log,
    monotonic,
    ...(signal ? { signal } : {}),
    ...more,
  });
}

export interface SalvageWish {
  /** `doubtful`: what the car may overwrite because its tables do not know it, what is damaged, and for half a minute the newest of the rest. */
  readonly which: 'all' | 'doubtful';
  /** Look also for what has lost its entry. True by default. */
  readonly orphans?: boolean;
  /** Ends the search, which throws then; what was found before is taken in any case. */
  readonly limit?: AbortSignal;
}

/** Sound files are taken so long before the car gets its image, ms, and so many at once. */
const SOUND_FOR = 30_000;
const AT_ONCE = 6;

/** Takes what an image holds that is not stored yet. */
export async function salvageImage(
  path: string,
  options: ReadOutOptions,
  { which, orphans = true, limit }: SalvageWish,
): Promise<HarvestReport> {
  const { spool } = options;
  const signals = [options.signal, limit].filter((signal) => signal !== undefined);
  await using found = await gatherAtRest(
    path,
    { ...options, ...(signals.length > 0 ? { signal: AbortSignal.any(signals) } : {}) },
    { isKnown: (from, bytes) => spool.isKnown(from, bytes), orphans },
  );
  if (which === 'all') return await spool.take(found);
  const isDoubtful = ({ from }: DriveFile): boolean => from.state !== 'whole' || from.found !== 'entry';
  const report = await spool.take({ ...found, files: found.files.filter(isDoubtful) });
  // Sound ones are in danger too: an entry that a power cut has brought back may claim their clusters, and the car frees them with it.
  const sound = inOrder(
    found.files.filter((file) => !isDoubtful(file)),
    new Map(),
  ).reverse();
  const began = options.monotonic();
  for (let at = 0; at < sound.length && !report.full && options.monotonic() - began < SOUND_FOR; at += AT_ONCE)
    await spool.take({ ...found, files: sound.slice(at, at + AT_ONCE) });
  return report;
}

/** Why an image must not be emptied; undefined: everything in it is stored, byte by byte. */
export async function* verifyImage(path: string, options: ReadOutOptions): AsyncGenerator<void, string | undefined> {
  const { spool, disk, root, signal } = options;
  await using found = await gatherAtRest(path, options, { isKnown: async () => false });
  const intake = await spool.open();
  const compared = new Set<string>();
  for (const file of found.files) {
    yield;
    let sha256: string;
    try {
      sha256 = await hashOfReader(file.reader, signal);
    } catch (error) {
      if (error instanceof Unreadable) return `${file.path}: ${error.reason}`;
      throw error;
    }
    if (intake.known.gone.has(sha256) || compared.has(sha256)) continue;
    const stored = intake.known.files.get(sha256);
    if (!stored || !(await intake.isThere(sha256))) return `${file.path} is not in the spool`;
    yield;
    if ((await hashOf(disk, join(root, stored.key), signal)) !== sha256)
      return `${stored.key} has changed in the spool`;
    compared.add(sha256);
  }
  return undefined;
}

/** What the car wrote reaches this machine's disk. */
export async function syncImage(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  await file.sync();
}
