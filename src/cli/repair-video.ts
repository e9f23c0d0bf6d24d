/**
 * `vidette repair VIDEO`: a file that plays, of what is left.
 */
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { repairVideo } from '../media/repair/repair.ts';
import type { RepairReport } from '../media/repair/task.ts';
import { isEncrypted, repairEncrypted } from '../sources/dashcam/encrypted/repair-encrypted.ts';
import { keysOf } from './keys.ts';
import type { RepairOptions } from './repair.ts';
import { megabytes, print, progressLine, say, table, untilAsked } from './terminal.ts';

/** Exit code where nothing could be recovered. */
const NOTHING = 1;

export async function repairVideoFile(file: string, options: RepairOptions): Promise<void> {
  const signal = untilAsked();
  const line = progressLine(options.json === true || !process.stderr.isTTY);
  const keys = (await isEncrypted(file)) ? await keysOf(options, file) : undefined;
  let report: RepairReport;
  let decrypted: string | null = null;
  try {
    const wish = {
      folder: options.out ?? dirname(file),
      likes: options.like ?? [],
      memory: memoryOf(process.env),
      force: options.force === true,
      signal,
      onProgress: (done: number, stage: string): void => line.update(done, stage),
    };
    if (keys) ({ report, decrypted } = await repairEncrypted(file, keys, wish));
    else report = await repairVideo(file, wish);
  } catch (error) {
    // Ctrl-C may reach the other process first: its end is then no fault of the file.
    signal.throwIfAborted();
    throw error;
  } finally {
    line.end();
  }
  const { coding: _coding, ...said } = report;
  print(options.json ? JSON.stringify({ file, decrypted, ...said }) : describeRepair(file, report, decrypted));
  const notOpened = keys !== undefined && report.outcome === 'encrypted';
  if (report.outcome === 'nothing' || report.outcome === 'unknown-coding' || notOpened) process.exitCode = NOTHING;
  if (!options.json) for (const note of report.notes) say(note);
}

/** Where codings of cameras are remembered: a small file beside the state of other programs. */
function memoryOf({ VIDETTE_DATA: data = '', XDG_STATE_HOME: state = '' }: NodeJS.ProcessEnv): string {
  if (data !== '') return join(data, 'cache', 'cameras.json');
  return join(state === '' ? join(homedir(), '.local', 'state') : state, 'vidette', 'cameras.json');
}

const OUTCOMES: Record<RepairReport['outcome'], string> = {
  whole: 'whole, nothing to repair',
  repaired: 'repaired',
  nothing: 'nothing to recover',
  'unknown-coding': 'not repaired',
  encrypted: 'encrypted by the car',
};

const DECRYPTED: Record<RepairReport['outcome'], string> = {
  ...OUTCOMES,
  whole: 'decrypted, whole',
  repaired: 'decrypted and repaired: a part of it is not there',
};

/** For people: one fact a line. */
function describeRepair(file: string, report: RepairReport, decrypted: string | null): string {
  const rows: string[][] = [
    [basename(file), decrypted === null ? OUTCOMES[report.outcome] : DECRYPTED[report.outcome]],
  ];
  if (decrypted !== null) rows.push(['Decrypted', decrypted]);
  const { main, unverified, frames, damage } = report;
  if (report.outcome === 'repaired' && !main) rows.push(['Written', 'nothing that is certainly of it']);
  if (main) {
    rows.push(['Written', `${main.path} (${megabytes(main.bytes)}, ${main.duration.toFixed(1)} s)`]);
    const lost = frames.lost === null ? '' : `, ${frames.lost} lost`;
    rows.push(['Pictures', `${frames.recovered} recovered${lost}`]);
  }
  for (const one of unverified) {
    const when = one.start === null ? '' : `, from ${one.start.toFixed(1)} s`;
    rows.push(['Not proven', `${one.path} (${one.frames} pictures${when})`]);
  }
  for (const { from, to, at } of damage.slice(0, 20)) {
    const when = at === null ? 'before the first picture' : `at ${at.toFixed(2)} s`;
    rows.push(['Damage', `bytes ${from} to ${to}, ${when}`]);
  }
  if (damage.length > 20) rows.push(['Damage', `${damage.length - 20} more places`]);
  return table(rows.map((row) => row.map((cell) => cell.replace(/\p{Cc}|\p{Cf}/gu, '·'))));
}
