/**
 * A drive as the rest of Vidette sees it: files with names and bytes, whether they lie in an image or in a folder.
 */
import type { RandomReader } from '../../../media/mp4/random-reader.ts';
import type { Finding } from '../image/finding.ts';

export type EntryState =
  /** Everything agrees. */
  | 'whole'
  /** Something was wrong, and the contents prove what is right. */
  | 'mended'
  /** A part is missing, could not be proven, or is still being written. */
  | 'cut'
  /** Only the name is left. */
  | 'empty';

export interface DriveEntry {
  /** From the root, `/` between: `TeslaCam/RecentClips/2026-03-01_17-03-05-front.mp4`. `�` stands for lost characters. */
  readonly path: string;
  readonly bytes: number;
  readonly state: EntryState;
  /** Last written by the drive's own record, car-local time without a zone: `2026-03-01T17:03:05`; null when it is not known. */
  readonly modified: string | null;
  /** SHA-256 over the directory entry and the places of the data: another one means that the car has touched the file. */
  readonly print: string;
  /** In how many pieces it lies; 1 in a folder. */
  readonly pieces: number;
}

export interface DriveVolume {
  readonly kind: 'fat32' | 'exfat' | 'folder';
  readonly label: string;
  /** Byte in the image where it begins; 0 of a folder. */
  readonly start: number;
  /** Bytes of a cluster; 0 of a folder. */
  readonly clusterBytes: number;
  /** Paths. */
  readonly directories: readonly string[];
  readonly entries: readonly DriveEntry[];
  readonly findings: readonly Finding[];
  /** Its bytes; what cannot be read of an image is zero. */
  reader(entry: DriveEntry): RandomReader;
}

/** What was opened: it has to be closed, and may be scanned again. */
export interface Drive extends AsyncDisposable {
  readonly name: string;
  readonly kind: 'image' | 'folder';
  /** Bytes of the image; 0 of a folder. */
  readonly bytes: number;
  /** The volumes as they are now; several where there are partitions. Never throws for damage. */
  scan(options?: ScanOptions): Promise<DriveScan>;
}

export interface ScanOptions {
  /** Look into the contents of files about which something is odd. Not while the car writes: they are odd because it does. True by default. */
  readonly mend?: boolean;
  readonly signal?: AbortSignal;
}

export interface DriveScan {
  readonly volumes: readonly DriveVolume[];
  /** What belongs to no volume. */
  readonly findings: readonly Finding[];
}
