/**
 * `vidette repair IMAGE`: reads out of damaged drives what is still in them.
 */

import { basename, extname } from 'node:path';
import { pictureLikeness } from '../sources/dashcam/salvage/likeness.ts';
import { type SalvageReport, salvageImage } from '../sources/dashcam/salvage/salvage.ts';
import { keysOf } from './keys.ts';
import type { RepairOptions } from './repair.ts';
import { megabytes, print, progressLine, say, table, untilAsked } from './terminal.ts';

export async function repairDrive(file: string, several: boolean, options: RepairOptions): Promise<void> {
  const folder = targetOf(file, several, options.out);
  const keys = await keysOf(options);
  const line = progressLine(options.json === true || !process.stderr.isTTY);
  const signal = untilAsked();
  let report: SalvageReport;
  try {
    report = await salvageImage(file, folder, {
      deleted: options.deleted === true,
      likeness: pictureLikeness(signal),
      ...(keys ? { keys } : {}),
      signal,
      progress: (done, stage) => line.update(done, stage),
    });
  } finally {
    line.end();
  }
  print(options.json ? JSON.stringify({ ...report, folder }) : describeSalvage(report, folder));
  const left = report.volumes.reduce((sum, volume) => sum + volume.deletedLeft, 0);
  if (left > 0 && !options.json) say(`${left} deleted files could still be read: --deleted takes them too.`);
}

/** Without `-o` beside the image, under its name. */
function targetOf(file: string, several: boolean, out: string | undefined): string {
  const name = basename(file, extname(file));
  if (out === undefined) return `${file}.salvaged`;
  return several ? `${out}/${name}` : out;
}

const FOUND = {
  allocated: 'had lost its entry',
  free: 'from clusters that count as free',
  deleted: 'deleted by the car',
  fragment: 'a piece that nothing names',
  entry: '',
} as const;

/** For people: what came out, what was odd, and what is missing. */
function describeSalvage(report: SalvageReport, folder: string): string {
  const parts: string[] = [];
  for (const { files, lost, findings } of report.volumes) {
    const rows: string[][] = [];
    const odd: string[][] = [];
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    rows.push(['Read out', `${files.length} files, ${megabytes(bytes)}, into ${folder}`]);
    const sealed = files.filter((file) => file.encrypted).length;
    const count = (state: string): string =>
      String(files.filter((file) => file.state === state && !file.encrypted).length);
    rows.push(['Whole', count('whole')], ['Mended', count('mended')], ['Cut', count('cut')]);
    if (sealed > 0) rows.push(['Encrypted', `${sealed}, by the car: only its owner’s keys open them (--keys)`]);
    for (const file of files) {
      const asItWas = file.origin === 'entry' && file.state === 'whole' && file.name === 'entry';
      if (asItWas && !file.encrypted) continue;
      const why = [
        FOUND[file.origin],
        file.encrypted ? 'encrypted by the car' : file.state === 'cut' ? 'not whole' : '',
        file.decrypted === null ? '' : `decrypted into ${basename(file.decrypted)}`,
        file.unproven > 0 ? `${file.unproven} clusters by their place only` : '',
      ].filter((part) => part !== '');
      odd.push([`  ${file.path}`, `${megabytes(file.bytes)}${why.length > 0 ? `, ${why.join(', ')}` : ''}`]);
    }
    for (const path of lost) odd.push([`  ${path}`, 'nothing of it is left']);
    const found = findings.map(({ place, what, done }) => [`${place === '' ? '' : `${place}: `}${what}; ${done}.`]);
    // Each part with its own columns: paths are long.
    for (const part of [rows, odd, found]) if (part.length > 0) parts.push(table(part.map((row) => row.map(visible))));
  }
  return parts.join('\n\n');
}

const visible = (cell: string): string => cell.replace(/\p{Cc}|\p{Cf}/gu, '·');
