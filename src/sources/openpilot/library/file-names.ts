/**
 * What the path of a file says: whose it is, which route, which minute, and what is in it. Pure.
 */
import type { DriveFile } from '../../../contract/drive.ts';

export interface NamedFile {
  /** 16 hexadecimal digits; null where only a log id is told, as on the device itself. */
  readonly dongle: string | null;
  readonly logId: string;
  readonly minute: number;
  readonly file: DriveFile;
}

/** Names of the files of a minute, of all years. Compression is told by the content, not by the name. */
const NAMES: readonly (readonly [RegExp, DriveFile])[] = [
  [/^(?:rlog|raw_log)(?:\.bz2|\.zst)?$/, 'rlog'],
  [/^(?:qlog|log)(?:\.bz2|\.zst)?$/, 'qlog'],
  [/^(?:fcamera|video)\.hevc$/, 'fcamera'],
  [/^ecamera\.hevc$/, 'ecamera'],
  [/^dcamera\.hevc$/, 'dcamera'],
  [/^qcamera\.ts$/, 'qcamera'],
];

/** `[dongle](| or _ or /)log id(-- or /)minute(-- or /)name`, at the end of a path. */
const PLACE =
  /(?:^|\/)(?:([a-f0-9]{16})[|_/])?(\d{4}-\d{2}-\d{2}--\d{2}-\d{2}-\d{2}|[a-f0-9]{8}--[a-z0-9]{10})(?:--|\/)(\d{1,4})(?:--|\/)([a-z_]+(?:\.[a-z0-9]+){0,2})$/;

/**
 * Layouts: `realdata` of a device (`<log id>--<minute>/<file>`), flat downloads (`<dongle>_<log id>--<minute>--<file>`), and
 * `<dongle>|<log id>/<minute>/<file>` with `|`, `_` or `/`.
 * @param path relative, with `/` @returns undefined when it is none of a drive
 */
export function readFileName(path: string): NamedFile | undefined {
  const [, dongle, logId, minute, name] = PLACE.exec(path) ?? [];
  if (logId === undefined || name === undefined) return undefined;
  const file = fileOfName(name);
  return file && { dongle: dongle ?? null, logId, minute: Number(minute), file };
}

/** What a file of a minute holds, by its own name. */
function fileOfName(name: string): DriveFile | undefined {
  return NAMES.find(([pattern]) => pattern.test(name))?.[1];
}

/** While a log is written openpilot keeps a file `rlog.lock` or `qlog.lock` beside it. @returns the folder of its minute */
export function lockedFolder(path: string): string | undefined {
  const slash = path.lastIndexOf('/');
  return slash > 0 && /^[a-z]+\.lock$/.test(path.slice(slash + 1)) ? path.slice(0, slash) : undefined;
}

/** When a route began, as its name says; UTC ms. Names since 2024 say nothing. The device's own zone is not known. */
export function startInName(logId: string): number | undefined {
  const [, day, hours, minutes, seconds] = /^(\d{4}-\d{2}-\d{2})--(\d{2})-(\d{2})-(\d{2})$/.exec(logId) ?? [];
  if (day === undefined) return undefined;
  const at = Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isFinite(at) ? at : undefined;
}
