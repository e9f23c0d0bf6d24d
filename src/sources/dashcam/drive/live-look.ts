/** One look at an image that the car has: what may be taken now, and how full it is. Reads only, from a snapshot where there can be one. */
import { basename } from 'node:path';
import { silentLog } from '../../../base/log.ts';
import type { MonotonicMs } from '../../../base/units.ts';
import { Collection, type Gathered, gathered, needVolume, WHY } from '../harvest/gather.ts';
import type { Origin } from '../harvest/manifest-line.ts';
import { placeOf } from '../harvest/place.ts';
import { ImageVolume } from '../image/image-drive.ts';
import type { Drive, DriveEntry, DriveVolume } from '../volume/drive-volume.ts';
import { lookAt } from '../volume/look.ts';
import { openDrive } from '../volume/open-drive.ts';
import { takeSnapshot } from '../volume/snapshot.ts';
import { goneOnFrom, judgeLive, type LiveGate, type LiveGateOptions } from './live-gate.ts';

export interface LiveLookOptions extends LiveGateOptions {
  readonly isKnown: (from: Origin, bytes: number) => Promise<boolean>;
  readonly monotonic: () => MonotonicMs;
  readonly signal?: AbortSignal;
}

/** Bytes of whole clusters. */
export interface Usage {
  readonly bytes: number;
  readonly used: number;
  /** What the car never deletes by itself. */
  readonly kept: number;
}

/** Path → files about which something is odd, and since when they have been so: what the car writes is odd only while it writes. */
export type Oddities = ReadonlyMap<
  string,
  { readonly print: string; readonly since: MonotonicMs; readonly tried: boolean }
>;

/** What one look hands to the next. */
export interface LiveMemory {
  readonly gate: LiveGate;
  readonly odd: Oddities;
}

export const NO_MEMORY: LiveMemory = { gate: new Map(), odd: new Map() };

export interface LiveLook extends AsyncDisposable {
  readonly gathered: Gathered;
  readonly memory: LiveMemory;
  readonly usage: Usage;
  /** False: the image itself was read, while the car may write to it. */
  readonly frozen: boolean;
}

/** @param path of the image. @throws UserError `no-volume`, `not-found` */
export async function lookLive(path: string, { gate, odd }: LiveMemory, options: LiveLookOptions): Promise<LiveLook> {
  const { signal } = options;
  await using stack = new AsyncDisposableStack();
  const snapshot = stack.use(await takeSnapshot(path, silentLog));
  const drive = stack.use(await openDrive(snapshot.path));
  const began = options.monotonic();
  const { volumes } = await drive.scan({ mend: false, ...(signal ? { signal } : {}) });
  needVolume(drive, volumes);
  const [volume, ...more] = volumes;
  const found = new Collection(path, false, { isKnown: options.isKnown, called: basename(path) });
  let next: LiveMemory = { gate, odd };
  // We made it, with one volume; what somebody else has put there is left to a harvest at rest.
  if (volume && more.length === 0) {
    const wanted = new Map<string, DriveEntry>();
    for (const entry of volume.entries) {
      if (!found.place(entry.path)) found.leftAlone += 1;
      else if (await options.isKnown(found.origin(entry.path, entry.print, 'whole', 'entry'), entry.bytes))
        found.known += 1;
      else wanted.set(entry.path, entry);
    }
    const sightings = await lookAt(volume, {
      wanted: (entry) => wanted.get(entry.path) === entry,
      // The car touches an entry when it writes; what it changes without that is found when the file is copied.
      seen: (entry) => {
        const before = gate.get(entry.path);
        return before?.print === entry.print ? before.contents : undefined;
      },
      ...(signal ? { signal } : {}),
    });
    const gone = goneOnFrom(volume.entries.map((entry) => entry.path));
    const judged = judgeLive(gate, sightings, gone, began, options);
    const contents = new Map(sightings.map((sighting) => [sighting.path, sighting.contents]));
    for (const accepted of judged.accepted) {
      const entry = wanted.get(accepted);
      if (!entry) continue;
      const from = found.origin(entry.path, entry.print, entry.state === 'mended' ? 'mended' : 'whole', 'entry');
      await found.add(from, volume.reader(entry), contents.get(accepted));
    }
    const doubtful = [...wanted.values()].filter(({ state }) => state === 'cut' || state === 'empty');
    const oddities = oddNow(odd, doubtful, began, options.apart);
    const mended = oddities.due.size === 0 ? undefined : await mend(drive, oddities.due, found, signal);
    const taken = new Set(mended);
    found.held = [...judged.held].flatMap(([file, why]) => (taken.has(file) ? [] : [{ path: file, why: WHY[why] }]));
    next = { gate: judged.gate, odd: oddities.next };
  }
  const open = stack.move();
  return {
    gathered: gathered(found, true, async () => undefined),
    memory: next,
    usage: usageOf(volumes),
    frozen: snapshot.frozen,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

function oddNow(
  before: Oddities,
  doubtful: readonly DriveEntry[],
  now: MonotonicMs,
  apart: number,
): { readonly next: Oddities; readonly due: ReadonlySet<string> } {
  const next = new Map<string, { readonly print: string; readonly since: MonotonicMs; readonly tried: boolean }>();
  const due = new Set<string>();
  for (const { path, print } of doubtful) {
    const seen = before.get(path);
    const same = seen?.print === print ? seen : { print, since: now, tried: false };
    const isDue = !same.tried && now - same.since >= apart;
    if (isDue) due.add(path);
    next.set(path, { ...same, tried: same.tried || isDue });
  }
  return { next, due };
}

/**
 * Files that have been odd for long, although nobody writes to them: an older one, which a power cut has damaged, claims what is theirs. Their contents decide.
 * @returns paths of those that are whole
 */
async function mend(
  drive: Drive,
  due: ReadonlySet<string>,
  found: Collection,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const [volume] = (await drive.scan(signal ? { signal } : {})).volumes;
  if (!volume) return [];
  const mended: string[] = [];
  const sightings = await lookAt(volume, {
    wanted: ({ path, state }) => due.has(path) && (state === 'mended' || state === 'whole'),
    ...(signal ? { signal } : {}),
  });
  for (const { path, print, contents, whole } of sightings) {
    const entry = volume.entries.find((one) => one.path === path && one.print === print);
    if (!whole || !entry) continue;
    await found.add(
      found.origin(path, print, entry.state === 'mended' ? 'mended' : 'whole', 'entry'),
      volume.reader(entry),
      contents,
    );
    mended.push(path);
  }
  return mended;
}

function usageOf(volumes: readonly DriveVolume[]): Usage {
  let [bytes, used, kept] = [0, 0, 0];
  for (const volume of volumes) {
    const cluster = Math.max(1, volume.clusterBytes);
    if (volume instanceof ImageVolume) bytes += volume.volume.space.clusters * cluster;
    for (const entry of volume.entries) {
      const size = Math.ceil(entry.bytes / cluster) * cluster;
      used += size;
      const place = placeOf(entry.path);
      if (place && place.kind !== 'other' && (place.ring === 'saved' || place.ring === 'sentry')) kept += size;
    }
  }
  return { bytes, used, kept };
}
