/**
 * `vidette inspect`: what a file is, and what Vidette reads in it.
 */
import { type Stats, statSync } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import { type InspectedAudio, type InspectedVideo, type Inspection, inspectFile } from '../media/probe.ts';
import { holdsVolume } from '../sources/dashcam/image/recognise.ts';
import { inspectClip } from '../sources/dashcam/inspect-clip.ts';
import { type InspectedDrive, inspectDrive as inspectDriveOfCar } from '../sources/dashcam/inspect-drive.ts';
import { dashcam } from '../sources/dashcam/kind.ts';
import { type DriveInspection, inspectDriveFolder, inspectLogFile } from '../sources/openpilot/inspect.ts';
import { looksLikeRoute, parseRoute } from '../sources/openpilot/names/parse-route.ts';
import type { NamedRoute } from '../sources/openpilot/names/route-request.ts';
import { inspectReplay } from '../sources/osu/inspect.ts';
import { osu } from '../sources/osu/kind.ts';
import { carRows, describeCarDrive } from './inspect-car.ts';
import { describeDrive } from './inspect-drive.ts';
import { describeReplay } from './inspect-replay.ts';
import { type KeyOptions, keysOf } from './keys.ts';
import { noFile } from './no-file.ts';
import { megabytes, print, progressLine, table, untilAsked } from './terminal.ts';

export interface InspectOptions extends KeyOptions {
  readonly json?: boolean;
  /** Of a replay: its map's file, archive or folder. */
  readonly beatmap?: string;
  /** Of a replay: the `Songs` folder that holds its map. */
  readonly songs?: string;
}

export async function inspect(file: string, options: InspectOptions): Promise<void> {
  const there = statSync(file, { throwIfNoEntry: false });
  if (!there) {
    const drive = await inspectNamed(file);
    if (drive) return print(options.json ? JSON.stringify(drive) : describeDrive(drive));
    throw await noFile(file);
  }
  if (there.isFile() && (extname(file).toLowerCase() === '.osr' || osu.isReplay(file))) {
    const replay = await inspectReplay(file, { beatmap: options.beatmap ?? options.songs, signal: untilAsked() });
    return print(options.json ? JSON.stringify(replay) : describeReplay(replay));
  }
  const car = await inspectCarDrive(file, there);
  if (car) return print(options.json ? JSON.stringify(car) : describeCarDrive(car));
  const drive = there.isDirectory() ? await inspectFolder(file) : await inspectLogFile(file);
  if (drive) return print(options.json ? JSON.stringify(drive) : describeDrive(drive));
  const seen = await inspectFile(file);
  const keys = there.isFile() ? await keysOf(options, file) : undefined;
  const clip = there.isFile() ? await inspectClip(file, keys ? { keys } : {}) : undefined;
  // Whatever the bytes look like: it is not damaged.
  const found: Inspection = clip?.encrypted ? { ...seen, kind: 'video', format: 'encrypted clip', notes: [] } : seen;
  if (options.json) return print(JSON.stringify(clip ? { ...found, car: clip } : found));
  print(describe(found, clip ? carRows(clip) : []));
}

/** The drive of a dash cam: a folder, an image, a device. */
async function inspectCarDrive(file: string, there: Stats): Promise<InspectedDrive | undefined> {
  const mayBeImage = there.isFile() || there.isBlockDevice();
  const isCar = there.isDirectory() ? dashcam.isFolder(file) : mayBeImage && holdsVolume(file);
  return isCar ? inspectDriveOfCar(file, untilAsked()) : undefined;
}

/** `realdata/0000002c--d68dde99ca`: a drive by its name in the folder that holds it. */
async function inspectNamed(path: string): Promise<DriveInspection | undefined> {
  const [folder, name] = [dirname(path), basename(path)];
  if (!looksLikeRoute(name) || !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const route = parseRoute(name);
  return route.kind === 'route' && route.span.kind === 'whole' ? inspectFolder(folder, route) : undefined;
}

/** A drive of an hour takes some seconds. */
async function inspectFolder(folder: string, route?: NamedRoute): Promise<DriveInspection> {
  const line = progressLine(!process.stderr.isTTY);
  try {
    return await inspectDriveFolder(folder, {
      ...(route === undefined ? {} : { route }),
      signal: untilAsked(),
      onLog: (done, all) => line.update(done / all, 'reading logs'),
    });
  } finally {
    line.end();
  }
}

/** For people: one fact a line. */
export function describe(found: Inspection, more: readonly string[][] = []): string {
  const rows: string[][] = [
    ['File', printable(found.file)],
    ['Size', sizeOf(found.bytes)],
    ['Kind', kindOf(found)],
  ];
  if (found.title !== null) rows.push(['Title', printable(found.title)]);
  if (found.duration !== null) rows.push(['Length', lengthOf(found.duration)]);
  for (const track of found.tracks)
    rows.push(track.type === 'video' ? ['Pictures', videoOf(track)] : ['Sound', audioOf(track)]);
  const { segment } = found;
  if (segment)
    rows.push(
      ['Segment of', `${printable(segment.folder)}, track ${segment.track}`],
      ['Recorded', `${segment.wallStart}, run ${segment.run}, number ${segment.seq}, lease ${segment.token}`],
      ['Source', segment.source],
      ['Holds', `${segment.frames} pictures in ${segment.fragments} fragments`],
      [
        'Timed',
        segment.timing === 'camera' ? 'by the camera' : 'in part by arrival: the camera’s times stood still or jumped',
      ],
      ['Lost', segment.lost === 0 ? 'nothing' : `${segment.lost} packets on the way`],
      ['Closed', segment.complete ? `yes (${segment.ended ?? 'reason not known'})` : 'no'],
    );
  rows.push(...more.map((row) => [...row]));
  if (found.tracks.length === 0 && found.kind !== 'video')
    rows.push(['First bytes', found.magic.match(/../g)?.join(' ') ?? 'none']);
  for (const note of found.notes) rows.push(['Note', printable(note)]);
  return table(rows);
}

function sizeOf(bytes: number): string {
  const exact = `${bytes.toLocaleString('en')} bytes`;
  return bytes < 100_000 ? exact : `${megabytes(bytes)} (${exact})`;
}

function kindOf({ kind, format, segment }: Inspection): string {
  if (segment) return `${format}, a segment that Vidette recorded`;
  if (kind === 'unknown') return format === 'empty' ? 'an empty file' : 'nothing that Vidette knows';
  return kind === 'video' || kind === 'audio' ? `${format} (${kind})` : format;
}

function videoOf(track: InspectedVideo): string {
  const parts = [
    `${track.codec ?? 'unknown codec'}${track.codecString === null ? '' : ` (${track.codecString})`}`,
    `${track.width}×${track.height}`,
    `${track.fps} a second`,
    lengthOf(track.duration),
  ];
  if (track.rotation !== 0) parts.push(`turned by ${track.rotation}°`);
  if (track.keyFrames !== null) parts.push(`${track.keyFrames} key frames`);
  return parts.join(', ');
}

function audioOf(track: InspectedAudio): string {
  const codec = `${track.codec ?? 'unknown codec'}${track.codecString === null ? '' : ` (${track.codecString})`}`;
  const channels = track.channels === 1 ? 'mono' : track.channels === 2 ? 'stereo' : `${track.channels} channels`;
  return `${codec}, ${track.sampleRate} Hz, ${channels}, ${lengthOf(track.duration)}`;
}

/** `12.5 s`, `1:02:03.5`. */
function lengthOf(seconds: number): string {
  if (seconds < 60) return `${Number(seconds.toFixed(2))} s`;
  const rest = (seconds % 60).toFixed(1).padStart(4, '0');
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}:${rest}`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}

/** What stands in a file must not steer the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}|\p{Cf}/gu, '·');
}
