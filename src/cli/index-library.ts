/**
 * `vidette index`: the catalog's rows from the files of the library.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { createLog } from '../base/log.ts';
import { Archive } from '../hub/archive/archive.ts';
import { Libraries } from '../hub/archive/libraries.ts';
import { indexCars } from '../hub/cars/found-cars.ts';
import { openFoundation } from '../hub/foundation.ts';
import { type IndexCounts, rebuildIndex } from '../hub/index/rebuild.ts';
import { type Verified, verifySegments } from '../hub/index/verify.ts';
import { readSettings } from '../hub/settings.ts';
import { logFile } from '../logs/log-file.ts';
import { print, progressLine, say, table, untilAsked } from './terminal.ts';

const MOST_SHOWN = 50;

export async function indexLibrary(options: { verify?: boolean; json?: boolean }): Promise<void> {
  const settings = readSettings(process.env);
  if (!settings.blobs.startsWith('s3://') && !existsSync(settings.blobs))
    throw new UserError(
      `There is no library at ${settings.blobs}.`,
      'Name the data folder with VIDETTE_DATA, or the library with VIDETTE_BLOBS.',
      { code: 'not-found' },
    );
  const signal = untilAsked();
  await using stack = new AsyncDisposableStack();
  const log = createLog(logFile(join(settings.data, 'logs', 'index.log')), 'debug');
  if (!options.json) say('Opening the catalog …');
  const { catalog, library, secrets } = await openFoundation(settings, log, stack).catch((error: unknown) => {
    throw error instanceof UserError && error.code === 'locked' ? running(error) : error;
  });
  const { db } = catalog;
  const archive = new Archive({ db, secrets, first: { where: settings.blobs, id: library.id }, log });
  await archive.load();
  const second = archive.current;
  const bar = progressLine(options.json ?? false);
  let counts: IndexCounts;
  let ofCars = { cars: 0, files: 0, events: 0 };
  let verified: Verified | undefined;
  try {
    counts = await rebuildIndex({
      db,
      log,
      library: library.id,
      blobs: library.store,
      ...(library.folder ? { folder: library.folder.root } : {}),
      ...(second
        ? { archive: { id: second.id, blobs: second.store, ...(second.folder ? { folder: second.folder.root } : {}) } }
        : {}),
      checkRows: true,
      onProgress: ({ added, known }) => bar.count(`Reading files: ${added} new, ${known} known`),
      signal,
    });
    if (library.folder) {
      bar.count('Reading manifests of cars');
      ofCars = await indexCars(db, { root: library.folder.root, id: library.id }, log, signal);
    }
    if (options.verify)
      verified = await verifySegments({
        db,
        blobs: new Libraries(library.store, () => second?.store, secrets.derive('signed-urls')),
        onProgress: (checked, total) => bar.update(total === 0 ? 1 : checked / total, 'Comparing'),
        signal,
      });
  } finally {
    bar.end();
  }
  if (verified && verified.damaged.length > 0) process.exitCode = 1;
  if (options.json) return print(JSON.stringify({ ...counts, ofCars, ...(verified ? { verified } : {}) }));
  print(summary(counts, verified, ofCars));
  if (counts.unknown > 0) say(`Which files were left alone, and why: ${join(settings.data, 'logs', 'index.log')}`);
  if (counts.sources > 0)
    say('Cameras that only the files knew are there again, switched off and without an address: give it on the page.');
}

/** What was done, for people. */
export function summary(
  counts: IndexCounts,
  verified: Verified | undefined,
  ofCars = { cars: 0, files: 0, events: 0 },
): string {
  const rows = [
    ['Segments taken in', String(counts.added)],
    ['Known already', String(counts.known)],
    ['Cameras made again', String(counts.sources)],
    ['Files left alone', String(counts.unknown)],
    ['Rows without a file', String(counts.missing)],
  ];
  if (ofCars.files > 0)
    rows.push(['Of cars', `${ofCars.files} files, ${ofCars.events} events`], ['Cars made again', String(ofCars.cars)]);
  if (verified) {
    rows.push(['Compared', String(verified.checked)], ['Damaged', String(verified.damaged.length)]);
    for (const { key, reason } of verified.damaged.slice(0, MOST_SHOWN)) rows.push([`  ${key}`, reason]);
    if (verified.damaged.length > MOST_SHOWN) rows.push(['  …', 'all of them: --json']);
  }
  return table(rows);
}

function running(cause: UserError): UserError {
  return new UserError(
    cause.message,
    'Stop it, then run vidette index again. (A running hub takes in files of the last two days by itself when it starts.)',
    { code: 'locked', cause },
  );
}
