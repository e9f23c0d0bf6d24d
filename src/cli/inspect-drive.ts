/** What `vidette inspect` says of a drive to people. */
import type { DriveInspection, InspectedLog } from '../sources/openpilot/inspect.ts';
import { megabytes, table } from './terminal.ts';

/** One fact a line, then what happened, then the logs. */
export function describeDrive(found: DriveInspection): string {
  const { info } = found;
  const rows: string[][] = [['Drive', printable(found.route ?? found.file)]];
  const add = (name: string, value: string | null): void => {
    if (value !== null) rows.push([name, printable(value)]);
  };
  add('Minutes', `${found.minutes.length} of ${found.minuteCount} read, to second ${found.end.toFixed(1)}`);
  add('Began', found.startAt === null ? null : new Date(found.startAt).toISOString());
  add('Car', info.car);
  add('Device', info.device);
  add('openpilot', versionOf(found));
  add('Units', info.metric === null ? null : info.metric ? 'km/h' : 'mph');
  add('Distance', found.distance > 0 ? `${(found.distance / 1000).toFixed(2)} km` : null);
  add('Place', found.track.length > 0 ? `${found.track.length} points` : 'not logged');
  const engaged = found.engaged.reduce((sum, { start, end }) => sum + end - start, 0);
  add('Engaged', found.engaged.length === 0 ? 'never' : `${engaged.toFixed(1)} s: ${spans(found.engaged)}`);
  if (found.overridden.length > 0) add('Overridden', spans(found.overridden));
  for (const { at, alert } of found.disengagements)
    add('Disengaged', `at ${at.toFixed(1)}${alert ? ` (${wordsOf(alert)})` : ''}`);
  for (const { start, end, alert } of found.alerts)
    add('Alert', `${start.toFixed(1)}–${end.toFixed(1)}  ${wordsOf(alert)} [${alert.size}, ${alert.status}]`);
  for (const bookmark of found.bookmarks) add('Bookmark', `at ${bookmark.toFixed(1)}`);
  for (const log of found.logs) add('Log', logLine(log));
  for (const note of found.notes) add('Note', note);
  return table(rows);
}

function versionOf({ info, fork }: DriveInspection): string | null {
  if (info.version === null) return null;
  const parts = [info.version];
  if (fork !== null) parts.push(`a fork: ${fork}`);
  if (info.gitBranch !== null) parts.push(`branch ${info.gitBranch}`);
  if (info.gitCommit !== null) parts.push(`commit ${info.gitCommit.slice(0, 10)}`);
  if (info.dirty) parts.push('with changes of its own');
  return parts.join(', ');
}

/** A long drive has many: the first few, and how many there are. */
function spans(list: readonly { readonly start: number; readonly end: number }[]): string {
  const shown = list.slice(0, 8).map(({ start, end }) => `${start.toFixed(1)}–${end.toFixed(1)}`);
  if (list.length > shown.length) shown.push(`and ${list.length - shown.length} more`);
  return shown.join(', ');
}

const wordsOf = ({ text1, text2 }: { readonly text1: string; readonly text2: string }): string =>
  [text1, text2].filter((text) => text !== '').join(': ') || 'without words';

function logLine({ minute, file, rate, bytes, unpacked, seconds, counts, cut }: InspectedLog): string {
  const events = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const size = `${megabytes(bytes)}${bytes === unpacked ? '' : `, ${megabytes(unpacked)} unpacked`}`;
  const end = cut ? `, cut at byte ${cut.byte}` : '';
  return `minute ${minute}, ${file}: ${rate} rate, ${seconds.toFixed(1)} s, ${events} events, ${size}${end}`;
}

/** What stands in a file must not steer the terminal. */
const printable = (text: string): string => text.replace(/\p{Cc}|\p{Cf}/gu, '·');
