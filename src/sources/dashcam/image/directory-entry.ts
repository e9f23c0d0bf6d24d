/**
 * An entry of a directory as it stands, in terms that FAT32 and exFAT share; and how directories are read slot by slot.
 */
import { type ClusterSpace, isCluster } from './cluster-space.ts';
import { Runs } from './runs.ts';

/** What is known of a name, character by character. */
export interface NameTraces {
  /** A place that is not known is undefined. */
  readonly characters: readonly (string | undefined)[];
  /** Whether there are no more characters than these. */
  readonly closed: boolean;
  /** FAT32: the 8.3 name, which keeps the first characters and the extension. */
  readonly short?: string;
  /** Whether a whole name agrees with the sums that are kept of it (exFAT: NameHash and the checksum of the set). */
  readonly agrees?: (name: string) => boolean;
}

export interface DirectoryEntry {
  /** The name; where a part of it is lost, `�` stands for each character. */
  readonly name: string;
  /** When the name is not whole. */
  readonly traces: NameTraces | undefined;
  readonly directory: boolean;
  /** First cluster; 0 when there is none. */
  readonly start: number;
  /** Length in bytes as the entry says. */
  readonly bytes: number;
  /** exFAT: how much of it was written; else the same as `bytes`. */
  readonly validBytes: number;
  /** exFAT: the clusters are neighbours, and the table says nothing of them (NoFatChain). */
  readonly contiguous: boolean;
  /** Marked as deleted; its clusters may be used again. */
  readonly deleted: boolean;
  /** exFAT: the checksum of the set is wrong. */
  readonly sumWrong: boolean;
  /** Byte in the image. */
  readonly place: number;
  /** The entry's own bytes, whole set: it changes when anything of the entry does. */
  readonly bits: Buffer;
  /** When it was last written, by the car's local clock: `2026-03-01T17:03:05`; undefined when that is no date. */
  readonly modified: string | undefined;
}

/** What one directory says. */
export interface DirectoryListing {
  readonly entries: readonly DirectoryEntry[];
  /** Slots that are no entries. */
  readonly junk: number;
  /** Entries that stand behind a zero one. */
  readonly behindZero: number;
}

export interface Slot {
  /** 32 bytes. */
  readonly bytes: Buffer;
  readonly place: number;
}

const SLOT = 32;

/** The slots of a directory, all of them: what stands behind a zero entry is for the caller to judge. */
export function* slotsOf(space: ClusterSpace, runs: Runs): Generator<Slot> {
  for (const cluster of runs) {
    const place = space.placeOf(cluster);
    const bytes = space.image.direct(place, space.clusterBytes);
    for (let at = 0; at + SLOT <= bytes.length; at += SLOT)
      yield { bytes: bytes.subarray(at, at + SLOT), place: place + at };
  }
}

/** Date and time of MS-DOS in car-local time (FAT specification, section 6.2; exFAT 7.4.5). */
export function dosTime(date: number, time: number): string | undefined {
  const [year, month, day] = [1980 + (date >> 9), (date >> 5) & 15, date & 31];
  const [hour, minute, second] = [time >> 11, (time >> 5) & 63, (time & 31) * 2];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`;
}

/** More directories or clusters of one than any car makes. */
const MOST_DIRECTORY_BYTES = 8 << 20;

/** Clusters of a directory: along the table, or neighbours. It ends where the table is of no use. */
export function directoryRuns(space: ClusterSpace, start: number, contiguous: number): Runs {
  if (!isCluster(space, start)) return new Runs();
  const most = Math.max(1, Math.floor(MOST_DIRECTORY_BYTES / space.clusterBytes));
  if (contiguous > 0) return Runs.of(start, Math.min(contiguous, most, space.clusters + 2 - start));
  const runs = new Runs();
  const seen = new Set<number>();
  for (let cluster = start; isCluster(space, cluster) && runs.length < most && !seen.has(cluster); ) {
    seen.add(cluster);
    runs.push(cluster);
    const next = space.link(cluster, 0);
    cluster = next >= 2 || space.tables < 2 ? next : space.link(cluster, 1);
  }
  return runs;
}

export const LOST = '�';
