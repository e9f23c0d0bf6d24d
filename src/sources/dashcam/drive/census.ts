/** What images hold now, so that the spool may forget what is on none of them. Reads only. */
import { basename } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { silentLog } from '../../../base/log.ts';
import type { Held } from '../harvest/known.ts';
import { eventName } from '../harvest/order.ts';
import { originId } from '../harvest/origin-id.ts';
import { placeOf } from '../harvest/place.ts';
import { openDrive } from '../volume/open-drive.ts';
import { takeSnapshot } from '../volume/snapshot.ts';

interface Census {
  readonly files: ReadonlySet<string>;
  readonly events: ReadonlySet<string>;
}

/** @param paths of images, also of one that the car has */
export async function takeCensus(paths: readonly string[], signal?: AbortSignal): Promise<Held> {
  const drives = new Map<string, Census | undefined>();
  for (const path of paths) drives.set(basename(path), await censusOf(path, signal));
  return {
    // Of one that cannot be read now nobody knows what it holds.
    has: (drive, id) => drives.has(drive) && (drives.get(drive)?.files.has(id) ?? true),
    shows: (event) => drives.values().some((census) => census?.events.has(event) ?? true),
  };
}

async function censusOf(path: string, signal: AbortSignal | undefined): Promise<Census | undefined> {
  try {
    await using snapshot = await takeSnapshot(path, silentLog);
    await using drive = await openDrive(snapshot.path);
    const { volumes } = await drive.scan({ mend: false, ...(signal ? { signal } : {}) });
    if (volumes.length === 0) return undefined;
    const [files, events] = [new Set<string>(), new Set<string>()];
    for (const [index, { entries }] of volumes.entries())
      for (const { path: name, print, bytes } of entries) {
        // As a harvest calls them.
        files.add(originId({ path: index === 0 ? name : `volume-${index + 1}/${name}`, print }, bytes));
        const place = placeOf(name);
        if (place && place.kind !== 'other' && place.event !== undefined)
          events.add(eventName(place.ring, place.event));
      }
    return { files, events };
  } catch (error) {
    if (error instanceof UserError || (error instanceof Error && 'code' in error)) return undefined;
    throw error;
  }
}
