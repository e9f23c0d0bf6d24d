/**
 * What a log of openpilot, or a folder with the logs of a drive, holds: for `vidette inspect`. Nothing native is loaded; video is not looked at.
 */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { InputError, messageOf } from '../../base/errors.ts';
import { minuteCount } from './files/holding.ts';
import { chooseRoute } from './files/local/choose-route.ts';
import { routesInFolder } from './files/local/folder.ts';
import { type Compression, compressionOf, headOf } from './log/decompress.ts';
import type { LogCut } from './log/message-stream.ts';
import { type Log, readLog } from './log/read-log.ts';
import { type NamedRoute, routeName } from './names/route-request.ts';
import { forkOf } from './timeline/drive-info.ts';
import { type DriveSummary, summarizeDrive } from './timeline/drive-summary.ts';
import { type MinuteSummary, SUMMARY_KINDS, summarizeMinute } from './timeline/minute-summary.ts';
import { segmentOf } from './timeline/route-clock.ts';

export interface InspectedLog {
  readonly file: string;
  readonly minute: number;
  /** By what is in it, whatever it is called: models for every frame, or a few. */
  readonly rate: 'full' | 'low';
  readonly compression: Compression;
  /** Of the file, and of what was read without its compression. */
  readonly bytes: number;
  readonly unpacked: number;
  /** From its first to its last event. */
  readonly seconds: number;
  /** Messages by the name of their event. */
  readonly counts: Readonly<Record<string, number>>;
  /** Messages that were malformed and passed over. */
  readonly skipped: number;
  readonly cut: LogCut | null;
}

export interface DriveInspection extends DriveSummary {
  readonly kind: 'drive';
  /** Base name of the file or folder. */
  readonly file: string;
  /** As far as its place tells. */
  readonly route: string | null;
  /** Minutes that the place has any file of. */
  readonly minuteCount: number;
  /** Whose openpilot it is, where it is not comma's own. */
  readonly fork: string | null;
  readonly logs: readonly InspectedLog[];
  /** What is wrong, in whole sentences. */
  readonly notes: readonly string[];
}

interface InspectOptions {
  /** Told before each log: how many are done, of how many. */
  readonly onLog?: (done: number, all: number) => void;
  readonly signal?: AbortSignal | undefined;
  /** Of a folder with several drives. */
  readonly route?: NamedRoute;
}

/** @returns null when the file is no log of openpilot */
export async function inspectLogFile(path: string, { signal }: InspectOptions = {}): Promise<DriveInspection | null> {
  const head = await headOf(path);
  if (compressionOf(head) === 'none' && !looksLikeLog(head)) return null;
  let log: Log;
  try {
    log = await readLog(path, { signal });
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
  const minute = segmentOf(log);
  return {
    ...summaryOf([summarizeMinute(minute, log)]),
    file: basename(path),
    route: null,
    minuteCount: 1,
    logs: [await inspected(path, minute, log)],
    notes: notesOf(log),
  };
}

/**
 * All logs of the one drive in a folder, or of the one that is asked for.
 * @throws UserError when there is none, or several
 */
export async function inspectDriveFolder(folder: string, options: InspectOptions = {}): Promise<DriveInspection> {
  const { signal, onLog, route: wanted = null } = options;
  const route = chooseRoute(await routesInFolder(folder, signal), wanted, folder);
  const files = [...route.minutes].flatMap(([minute, held]) =>
    [held.rlog, held.qlog].flatMap((file) => (file?.place.at === 'path' ? [{ minute, path: file.place.path }] : [])),
  );
  const logs: InspectedLog[] = [];
  const notes: string[] = [];
  const minutes = new Map<number, MinuteSummary>();
  for (const [index, { minute, path }] of files.entries()) {
    onLog?.(index, files.length);
    try {
      const name = `minute ${minute}, ${basename(path)}`;
      const log = await readLog(path, { signal, name, kinds: SUMMARY_KINDS });
      logs.push(await inspected(path, minute, log));
      notes.push(...notesOf(log));
      // The full-rate log comes first, and tells more exactly; where it is cut, the other may go further.
      const summary = summarizeMinute(minute, log);
      const other = minutes.get(minute);
      if (!other || other.end < summary.end - 0.5) minutes.set(minute, summary);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      notes.push(`${messageOf(error)}.`);
    }
  }
  return {
    ...summaryOf([...minutes.values()]),
    file: basename(folder),
    route: route.logId === null ? null : routeName({ dongle: route.dongle, logId: route.logId }),
    minuteCount: minuteCount(route),
    logs,
    notes,
  };
}

function summaryOf(minutes: readonly MinuteSummary[]): DriveSummary & Pick<DriveInspection, 'kind' | 'fork'> {
  const summary = summarizeDrive(minutes);
  return { kind: 'drive', ...summary, fork: forkOf(summary.info) };
}

async function inspected(path: string, minute: number, log: Log): Promise<InspectedLog> {
  const seconds = log.span ? (log.span[1] - log.span[0]) / 1e9 : 0;
  return {
    file: basename(path),
    minute,
    rate: log.events.carState.length > seconds * 30 ? 'full' : 'low',
    compression: compressionOf(await headOf(path)),
    bytes: (await stat(path)).size,
    unpacked: log.bytes,
    seconds: Math.round(seconds * 1000) / 1000,
    counts: Object.fromEntries([...log.counts].sort(([one], [other]) => (one < other ? -1 : 1))),
    skipped: log.skipped,
    cut: log.cut,
  };
}

function notesOf({ name, cut, skipped }: Log): string[] {
  const notes: string[] = [];
  if (cut) notes.push(`${name} can be read up to byte ${cut.byte} of what it unpacks to: ${cut.reason}.`);
  if (skipped > 0) notes.push(`${name}: ${skipped} damaged messages were passed over.`);
  return notes;
}

const EVENT_WORDS = 2;
const MOST_TAG = 200;
const MOST_WORDS = 1 << 20;

/** A log without compression has no magic. It begins with a message of one segment, whose root has the size of an event. */
function looksLikeLog(head: Uint8Array): boolean {
  if (head.length < 40) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const [segments, words] = [view.getUint32(0, true) + 1, view.getUint32(4, true)];
  if (segments !== 1 || words < 4 || words > MOST_WORDS) return false;
  const [pointer, dataWords, pointers] = [view.getUint32(8, true), view.getUint16(12, true), view.getUint16(14, true)];
  return pointer === 0 && dataWords === EVENT_WORDS && pointers === 1 && view.getUint16(24, true) < MOST_TAG;
}
