/**
 * `vidette stats`: everything at a glance.
 */
import { routes } from '../contract/routes.ts';
import type { Stats } from '../contract/stats.ts';
import { findHub } from './own-hub.ts';
import { print, table } from './terminal.ts';

export async function stats(options: { json?: boolean }): Promise<void> {
  const { client } = await findHub();
  const answer = await client.call(routes.stats, {});
  print(options.json ? JSON.stringify(answer) : words(answer).join('\n'));
}

/** What a person reads; one line a subject. */
export function words(stats: Stats): string[] {
  const { health, cameras, recorders, orphaned, coverage, storage, queue } = stats;
  const trouble = [
    health.database === 'ok' ? '' : 'the database does not answer',
    health.library === 'ok' ? '' : `the library is ${health.library}`,
    orphaned.cameras > 0 ? `${orphaned.cameras} without a recorder` : '',
    cameras.alerting > 0 ? `${cameras.alerting} with an alert` : '',
    orphaned.spoolFiles ? `${orphaned.spoolFiles} unfinished files of recorders that are gone` : '',
    orphaned.segments ? `${orphaned.segments} files without a row (vidette index takes them in)` : '',
  ].filter((word) => word !== '');
  const jobs = queue.map(({ count, type, state }) => `${count} ${type} ${state}`);
  return [
    `Health     ${trouble.length === 0 ? 'everything works' : trouble.join(', ')}`,
    `Cameras    ${cameras.recording} of ${cameras.enabled} recording, ${cameras.total} in all`,
    `Recorders  ${recorders.count}, for ${recorders.capacity} cameras`,
    `Coverage   today ${percent(coverage.today.percent)}, 7 days ${percent(coverage.week.percent)}${causes(coverage.week.missingMs)}`,
    `Storage    ${gigabytes(storage.bytes)} kept, ${storage.total === 0 ? 'in a bucket' : `${gigabytes(storage.free)} free`}, ${gigabytes(storage.bytesPerDay)} a day`,
    `Outlook    ${outlook(storage)}`,
    `Jobs       ${jobs.length === 0 ? 'none' : jobs.join(', ')}`,
    ...(storage.cameras.length === 0 ? [] : ['', camerasTable(storage.cameras)]),
    ...(storage.cars.length === 0 ? [] : ['', table([['CAR', 'KEPT'], ...storage.cars.map(carRow)])]),
  ];
}

function camerasTable(cameras: Stats['storage']['cameras']): string {
  const rows = cameras.map(({ name, bytes, bytesPerDay, daysKept }) => [
    name,
    gigabytes(bytes),
    gigabytes(bytesPerDay),
    daysKept === null ? 'no limit' : `${daysKept} days`,
  ]);
  return table([['CAMERA', 'KEPT', 'A DAY', 'LIMIT'], ...rows]);
}

const carRow = ({ name, bytes }: Stats['storage']['cars'][number]): string[] => [name, gigabytes(bytes)];

function causes(missingMs: Stats['coverage']['week']['missingMs']): string {
  const worst = Object.entries(missingMs)
    .filter(([cause]) => cause !== 'disabled')
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([cause, ms]) => `${cause} ${Math.round(ms / 1000)} s`);
  return worst.length === 0 ? '' : `; missing: ${worst.join(', ')}`;
}

function outlook({ outlook: how, daysLeft, total }: Stats['storage']): string {
  switch (how) {
    case 'idle':
      return 'a whole day must have been recorded before there is one';
    case 'turns':
      return 'the cameras’ own limits make room before the disk is full';
    case 'unlimited':
      return total === 0 ? 'a bucket has no end' : 'no end';
    case 'grows':
      return `the disk is full in ${daysLeft} days; then the oldest footage makes room`;
  }
}

function percent(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(2)} %`;
}

function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
