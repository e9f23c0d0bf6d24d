/**
 * Opens encrypted clips that are in the library already, from this harvest or an earlier one: what is in them is stored beside them, as a file of its own
 * that goes through copy, comparison and record like any other. The encrypted clip stays as the car has made it.
 */
import { basename, join } from 'node:path';
import type { Disk } from '../../../blobs/disk.ts';
import type { RandomReader } from '../../../media/mp4/random-reader.ts';
import type { KeyRing } from '../encrypted/key-ring.ts';
import { containerOf, openContainer } from '../encrypted/open-container.ts';
import { clipHead, headScratch } from '../layout/clip-facts.ts';
import { believable, utcOf } from './clip-time.ts';
import { hasRoom, type Intake } from './intake.ts';
import { clipKey } from './key.ts';
import type { LineOf } from './manifest-line.ts';
import { Unreadable } from './unreadable.ts';

export interface DecryptStored {
  /** With nothing in its batch. */
  readonly intake: Intake;
  readonly disk: Disk;
  readonly root: string;
  readonly source: string;
  readonly keys: KeyRing;
  readonly now: () => Date;
  /** Bytes that are free. */
  readonly room: () => Promise<number>;
  readonly signal?: AbortSignal;
  /** @param done 0 to 1 */
  readonly progress?: (done: number) => void;
}

/** Clips that were opened, and those that no key opens. */
export interface Decrypted {
  readonly decrypted: number;
  readonly closed: number;
  readonly failed: readonly { readonly path: string; readonly why: string }[];
}

export async function decryptStored(options: DecryptStored): Promise<Decrypted> {
  const { intake, signal, progress } = options;
  const failed: { readonly path: string; readonly why: string }[] = [];
  const all = [...intake.known.closed.values()];
  let decrypted = 0;
  for (const [index, line] of all.entries()) {
    signal?.throwIfAborted();
    progress?.(index / all.length);
    // A file that is gone is not opened; the next harvest, or `vidette verify`, tells of it.
    if (!(await intake.isThere(line.sha256))) continue;
    try {
      if (await decryptOne(line, options)) decrypted += 1;
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      failed.push({ path: line.from.path, why: error.reason });
    }
  }
  await intake.flush(true);
  return { decrypted, closed: all.length - decrypted - failed.length, failed };
}

/** @returns false when no key opens it */
async function decryptOne(line: LineOf<'file'>, options: DecryptStored): Promise<boolean> {
  const { intake, disk, root, keys, signal } = options;
  const file = await disk.openRead(join(root, line.key));
  try {
    const source: RandomReader = { name: basename(line.from.path), size: file.size, read: file.read.bind(file) };
    const container = await containerOf(source);
    const opened = container && (await openContainer(source, container, keys.keysFor(source.name)));
    // Without its first page nothing here can tell whether the key is right; `vidette repair` can.
    if (!opened?.proven) return false;
    if (!(await hasRoom(options.room, opened.reader.size)))
      throw new Unreadable(line.from.path, 'there is no room for what is in it');
    const copied = await (await intake.copy(opened.reader, signal))();
    if (intake.known.files.has(copied.sha256)) await intake.discard(copied.part);
    else await store(line, opened.reader, copied, options);
    intake.record({
      kind: 'decrypted',
      at: options.now().toISOString(),
      sha256: line.sha256,
      plain: copied.sha256,
    });
    await intake.flush();
    return true;
  } finally {
    await file.close();
  }
}

async function store(
  line: LineOf<'file'>,
  reader: RandomReader,
  { part, sha256 }: { readonly part: string; readonly sha256: string },
  { intake, source, now }: DecryptStored,
): Promise<void> {
  const facts = await clipHead(reader, headScratch());
  const local = line.local === null ? undefined : Date.parse(`${line.local}Z`);
  const time = utcOf(local, believable(facts.utc, now().getTime()), intake.known.timed);
  const key =
    line.role === 'clip'
      ? clipKey({ source, track: line.track, utc: time?.utc, local, sha256, encrypted: false })
      : line.key.replace(/(\.[^./]*)?$/, '.decrypted$1');
  const state = await intake.nameState(key, sha256);
  if (state !== 'free') await intake.discard(part);
  if (state === 'taken') throw new Unreadable(line.from.path, 'another file has its name in the library');
  intake.store(
    {
      ...line,
      at: now().toISOString(),
      key,
      sha256,
      bytes: reader.size,
      start: time === undefined ? null : new Date(time.utc).toISOString(),
      startBy: time?.by ?? null,
      zone: time?.zone ?? null,
      seconds: facts.duration > 0 ? Math.round(facts.duration * 1000) / 1000 : null,
      complete: facts.complete,
      encrypted: false,
    },
    state === 'same' ? undefined : part,
  );
}
