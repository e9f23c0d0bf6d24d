/**
 * `vidette harvest`: takes the footage of a car's drive into a library, without a hub.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../base/errors.ts';
import { createLog } from '../base/log.ts';
import { milliseconds } from '../base/units.ts';
import { readSettings } from '../hub/settings.ts';
import { type HarvestReport, harvest } from '../sources/dashcam/harvest/harvest.ts';
import { openOrBeginLibrary } from '../sources/dashcam/harvest/library-folder.ts';
import { pictureLikeness } from '../sources/dashcam/salvage/likeness.ts';
import { keysOf } from './keys.ts';
import { noFile } from './no-file.ts';
import { megabytes, print, progressLine, say, table, untilAsked } from './terminal.ts';

export interface HarvestCommandOptions {
  readonly library?: string;
  readonly car: string;
  readonly notInUse?: boolean;
  readonly apart: number;
  readonly dropParked?: boolean;
  readonly again?: boolean;
  readonly key?: string;
  readonly keys?: string;
  readonly json?: boolean;
}

const MOST_SHOWN = 50;

export async function harvestDrive(drive: string, options: HarvestCommandOptions): Promise<void> {
  if (!existsSync(drive)) throw await noFile(drive);
  const library = await (options.library === undefined ? ownLibrary() : openOrBeginLibrary(options.library, true));
  if (library.fresh) say(`A new library was made in ${library.root}.`);
  const keys = await keysOf(options);
  const signal = untilAsked();
  const line = progressLine(options.json === true || !process.stderr.isTTY);
  let report: HarvestReport;
  try {
    report = await afterOthers(signal, () =>
      harvest(drive, {
        library,
        source: options.car,
        notInUse: options.notInUse === true,
        dropParked: options.dropParked === true,
        again: options.again === true,
        ...(keys ? { keys } : {}),
        apart: milliseconds(options.apart * 1000),
        log: createLog(() => undefined),
        likeness: pictureLikeness(signal),
        signal,
        progress: (done, stage) => line.update(done, stage),
      }),
    );
  } finally {
    line.end();
  }
  if (report.failed.length > 0 || report.full) process.exitCode = 1;
  print(options.json ? JSON.stringify(report) : describeHarvest(report));
  if (report.full && !options.json) say('The library’s disk is full: make room, and run it again for the rest.');
}

/** How long another harvest into the same folder is waited for: also one whose terminal is gone and that goes on. */
const PATIENCE_MS = 600_000;
const PAUSE_MS = 250;

async function afterOthers<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  const began = performance.now();
  for (let told = false; ; told = true)
    try {
      return await act();
    } catch (error) {
      const locked = error instanceof UserError && error.code === 'locked';
      if (!locked || performance.now() - began > PATIENCE_MS) throw error;
      if (!told) say(`${error.message} Waiting for it.`);
      await sleep(PAUSE_MS, undefined, { signal });
    }
}

/** That of the data folder. */
async function ownLibrary(): ReturnType<typeof openOrBeginLibrary> {
  const { blobs, data } = readSettings(process.env);
  if (blobs.startsWith('s3://'))
    throw new UserError('The library is in a bucket.', 'Name a folder with --library.', { code: 'usage' });
  return openOrBeginLibrary(blobs, !existsSync(join(data, 'postgres')));
}

/** For people: what is safe now, and what is not. */
export function describeHarvest(report: HarvestReport): string {
  const rows: string[][] = [
    ['Stored', `${report.stored} files, ${megabytes(report.bytes)}, in ${join(report.library, report.source)}`],
  ];
  const count = (label: string, number: number, words = ''): void => {
    if (number > 0) rows.push([label, `${number}${words}`]);
  };
  count('Known already', report.known);
  count('Stored once', report.copies, ' files have the contents of another');
  count('Not whole', report.cut, ', kept as they are');
  count('Encrypted', report.encrypted, ' by the car, kept as they are');
  count('Decrypted', report.decrypted, ', stored beside the encrypted ones');
  count('No key', report.closed, ' encrypted clips that none of the keys opens');
  count('Parked', report.dropped, ' clips left out');
  count('Events', report.events, ' new');
  count('Filled', report.filled, ' events, with clips of those minutes');
  count('Completed', report.recovered, ' files of a harvest that was broken off');
  count('Not footage', report.leftAlone, ' files left alone');
  list(
    rows,
    'Lost',
    report.lost.map((path) => [path, 'nothing of it is left']),
  );
  list(
    rows,
    'Not yet',
    report.held.map(({ path, why }) => [path, why]),
  );
  list(
    rows,
    'Failed',
    report.failed.map(({ path, why }) => [path, why]),
  );
  rows.push(['Manifest', `${report.manifest.lines} lines, the last one ${report.manifest.head}`]);
  return table(rows.map((row) => row.map((cell) => cell.replace(/\p{Cc}|\p{Cf}/gu, '·'))));
}

function list(rows: string[][], label: string, items: readonly (readonly [string, string])[]): void {
  if (items.length === 0) return;
  rows.push([label, `${items.length} files`]);
  for (const [path, why] of items.slice(0, MOST_SHOWN)) rows.push([`  ${path}`, why]);
  if (items.length > MOST_SHOWN) rows.push(['  …', 'all of them: --json']);
}
