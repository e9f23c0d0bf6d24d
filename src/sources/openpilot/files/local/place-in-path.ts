/**
 * Which minute of which route a path names, in every layout in which people keep drives. Pure.
 */
import { type FileKind, kindOfFile } from '../file-kind.ts';

const DONGLE = '[a-f0-9]{16}';
const LOG_ID = '(?:\\d{4}-\\d{2}-\\d{2}--\\d{2}-\\d{2}-\\d{2}|[a-f0-9]{8}--[a-z0-9]{10})';
/** `<log id>--<N>` of a device, also with the dongle before it. */
const MINUTE_FOLDER = new RegExp(`^(?:(${DONGLE})[|_])?(${LOG_ID})--(\\d{1,4})$`);
const ROUTE_FOLDER = new RegExp(`^(?:(${DONGLE})[|_])?(${LOG_ID})$`);
/** As a browser saves what the file explorer of connect gives. */
const FLAT = new RegExp(`^(?:(${DONGLE})[|_])?(${LOG_ID})--(\\d{1,4})--([a-z_]+(?:\\.[a-z0-9]+)?)$`);

export interface PathPlace {
  readonly dongle: string | null;
  /** Null: nothing in the path names a route. */
  readonly logId: string | null;
  readonly segment: number;
  readonly kind: FileKind;
  readonly name: string;
}

/**
 * @param path from `/` on where it is known: the folders above it may name the route
 * @returns null when it is no file of a drive
 */
export function placeInPath(path: string): PathPlace | null {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const name = parts.at(-1) ?? '';
  const flat = FLAT.exec(name);
  if (flat !== null) return place(flat[1], flat[2], flat[3], flat[4] ?? '');
  const [folder = '', above = '', top = ''] = [parts.at(-2), parts.at(-3), parts.at(-4)];
  const minute = MINUTE_FOLDER.exec(folder);
  if (minute !== null) return place(minute[1] ?? dongleIn(above), minute[2], minute[3], name);
  const route = /^\d{1,4}$/.test(folder) ? ROUTE_FOLDER.exec(above) : null;
  if (route !== null) return place(route[1] ?? dongleIn(top), route[2], folder, name);
  return place(undefined, undefined, '0', name);
}

function dongleIn(folder: string): string | undefined {
  return new RegExp(`^${DONGLE}$`).test(folder) ? folder : undefined;
}

function place(dongle = '', logId = '', segment = '', name = ''): PathPlace | null {
  const kind = kindOfFile(name);
  if (kind === null) return null;
  return {
    dongle: dongle === '' ? null : dongle,
    logId: logId === '' ? null : logId,
    segment: Number(segment),
    kind,
    name,
  };
}
