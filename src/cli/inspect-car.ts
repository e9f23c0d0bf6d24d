/** What `vidette inspect` says to people of a dash cam: of its drive, and of one of its clips. */
import type { InspectedClip } from '../sources/dashcam/inspect-clip.ts';
import type { InspectedDrive, InspectedVolume } from '../sources/dashcam/inspect-drive.ts';
import { megabytes, table } from './terminal.ts';

export function describeCarDrive(found: InspectedDrive): string {
  const rows: string[][] = [['Drive', printable(found.file)]];
  if (found.kind === 'image') rows.push(['Size', megabytes(found.bytes)]);
  for (const finding of found.findings) rows.push(['Finding', findingLine(finding)]);
  return [table(rows), ...found.volumes.map(describeVolume)].join('\n\n');
}

function describeVolume(volume: InspectedVolume): string {
  const kind = { fat32: 'FAT32', exfat: 'exFAT', folder: 'a folder' }[volume.kind];
  const place = volume.start > 0 ? `, from byte ${volume.start}` : '';
  const clusters = volume.clusterBytes > 0 ? `, clusters of ${volume.clusterBytes / 1024} kB` : '';
  const total = volume.files.reduce((sum, file) => sum + file.bytes, 0);
  const lines = [
    `${printable(volume.label)}${volume.label === '' ? '' : ': '}${kind}${clusters}${place}`,
    `${volume.files.length} files, ${megabytes(total)}`,
    '',
    ...treeOf(volume),
  ];
  if (volume.findings.length > 0)
    lines.push('', volume.findings.length === 1 ? '1 finding:' : `${volume.findings.length} findings:`);
  for (const finding of volume.findings) lines.push(`  ${findingLine(finding)}`);
  return lines.join('\n');
}

const STATES = { whole: '', mended: 'mended', cut: 'cut', empty: 'its contents are lost' };

/** Folders with their files below them. */
function treeOf(volume: InspectedVolume): string[] {
  const folders = new Map<string, string[][]>(volume.directories.map((path) => [path, []]));
  for (const { path, bytes, state, encrypted } of volume.files) {
    const at = path.lastIndexOf('/');
    const folder = at < 0 ? '' : path.slice(0, at);
    const rows = folders.get(folder) ?? [];
    rows.push([
      `  ${printable(path.slice(at + 1))}`,
      megabytes(bytes),
      encrypted ? 'encrypted by the car' : STATES[state],
    ]);
    folders.set(folder, rows);
  }
  return [...folders]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([folder, rows]) => [`${printable(folder)}/`, ...(rows.length > 0 ? [table(rows)] : [])]);
}

function findingLine({ place, what, done }: InspectedDrive['findings'][number]): string {
  return printable(`${place === '' ? '' : `${place}: `}${what}; ${done}.`);
}

/** Rows to add to what any video has. */
export function carRows(clip: InspectedClip): string[][] {
  const rows: string[][] = [];
  const add = adder(rows);
  add('Camera', clip.camera);
  add('Taken', clip.utc === null ? null : `${clip.utc}${clip.local === null ? '' : ` (${clip.local} by the car)`}`);
  const { container } = clip;
  if (container) {
    add('Encrypted', encryptedLine(container));
    add('Encrypted for', container.vin);
    add('Encrypted at', container.sealed);
    add('Holds', `${megabytes(container.plainBytes)}${container.whole ? '' : ', of which the end is not there'}`);
    const { video } = container;
    if (video && video.width > 0) add('Pictures', `${video.coding ?? 'unknown codec'}, ${video.width}×${video.height}`);
  }
  if (container && !container.opened) return [...rows, ...eventRows(clip)];
  add('Complete', clip.complete ? 'yes' : 'no: vidette repair reads what is left');
  const all = clip.telemetry.map(({ telemetry }) => telemetry);
  add('Telemetry', all.length === 0 ? 'none' : `of ${all.length} of ${clip.pictures} pictures`);
  const [first, last] = [all[0], all.at(-1)];
  if (first && last) {
    const speeds = all.map(({ speed }) => speed);
    const [slow, fast] = [Math.min(...speeds), Math.max(...speeds)];
    add('Speed', `${(slow * 3.6).toFixed(1)} to ${(fast * 3.6).toFixed(1)} km/h`);
    add('Gear', words(all.map(({ gear }) => gear)));
    add('Autopilot', words(all.map(({ autopilot }) => autopilot)));
    if (first.latitude !== 0 || first.longitude !== 0)
      add('Place', `${placeOf(first.latitude, first.longitude)} to ${placeOf(last.latitude, last.longitude)}`);
  }
  return [...rows, ...eventRows(clip)];
}

function eventRows({ event }: InspectedClip): string[][] {
  const rows: string[][] = [];
  const add = adder(rows);
  if (event) {
    const when = event.local === undefined ? '' : ` at ${new Date(event.local).toISOString().slice(0, 19)} by the car`;
    add('Event', `${event.reason ?? 'reason not known'}${when}${event.damaged ? ' (its file is damaged)' : ''}`);
    add('Triggered by', event.camera);
    add('Event place', [event.street, event.city].filter((part) => part !== undefined).join(', '));
  }
  return rows;
}

const adder =
  (rows: string[][]) =>
  (name: string, value: string | null | undefined): void => {
    if (value !== null && value !== undefined && value !== '') rows.push([name, printable(value)]);
  };

function encryptedLine({ opened, vin }: NonNullable<InspectedClip['container']>): string {
  if (opened) return 'by the car; the given key opens it';
  if (vin === null) return 'by the car, for itself: it can be seen in the car only';
  return 'by the car: only its owner’s key opens it (--key)';
}

const placeOf = (latitude: number, longitude: number): string => `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;

/** Each once, in the order in which they come. */
const words = (list: readonly (string | undefined)[]): string =>
  [...new Set(list.map((one) => one ?? 'unknown'))].join(', ');

/** What stands in a file must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}|\p{Cf}/gu, '·');
}
