/**
 * What a place (an API, a folder, a device) holds of a route.
 */
import { betterFile, type FileKind } from './file-kind.ts';

/** Where the bytes of a file are. A URL is good for an hour at most and is never stored. */
export type FilePlace =
  | { readonly at: 'path'; readonly path: string }
  | { readonly at: 'url'; readonly url: string }
  | { readonly at: 'ssh'; readonly path: string };

export interface HeldFile {
  readonly segment: number;
  readonly kind: FileKind;
  /** `rlog.zst` … */
  readonly name: string;
  /** Null where the place does not tell, as an API does not. */
  readonly bytes: number | null;
  /** When it was last written, milliseconds since 1970; null where the place does not tell. */
  readonly modified: number | null;
  /** The device is still writing it. */
  readonly open: boolean;
  readonly place: FilePlace;
}

export type MinuteHolding = Partial<Readonly<Record<FileKind, HeldFile>>>;

export interface RouteHolding {
  readonly dongle: string | null;
  /** Null: files of one minute in a folder whose name tells nothing. */
  readonly logId: string | null;
  /** Minutes since the start of the route → what is there of it; in order, and none is empty. */
  readonly minutes: ReadonlyMap<number, MinuteHolding>;
  /** Minutes of the route, where the place knows of more than it has files of; else 0. */
  readonly known: number;
}

/** Of two files of one kind and minute the better one is kept. */
export function holdingOf(
  dongle: string | null,
  logId: string | null,
  files: Iterable<HeldFile>,
  known = 0,
): RouteHolding {
  const minutes = new Map<number, Partial<Record<FileKind, HeldFile>>>();
  for (const file of files) {
    const minute = minutes.get(file.segment) ?? {};
    const other = minute[file.kind];
    if (other === undefined || betterFile(file.name, other.name)) minute[file.kind] = file;
    minutes.set(file.segment, minute);
  }
  return { dongle, logId, minutes: new Map([...minutes].sort(([a], [b]) => a - b)), known };
}

/** Minutes of a route, counted from 0, as far as this place knows. */
export function minuteCount(holding: RouteHolding): number {
  let count = holding.known;
  for (const segment of holding.minutes.keys()) count = Math.max(count, segment + 1);
  return count;
}
