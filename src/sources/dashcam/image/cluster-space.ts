/**
 * What FAT32 and exFAT have in common: a heap of clusters, and tables that link them.
 */
import type { Findings } from './finding.ts';
import type { ImageFile } from './image-file.ts';

/** What a table says of a cluster: the next one (2 or more), or one of these. */
export const FREE = 0;
export const END = -1;
/** Marked as bad, or a number that is no cluster of this volume. */
export const WRONG = -2;

export interface ClusterSpace {
  readonly kind: 'fat32' | 'exfat';
  readonly image: ImageFile;
  readonly clusterBytes: number;
  /** Clusters are numbered from 2 to `clusters + 1`. */
  readonly clusters: number;
  /** How many tables there are; 2 is usual for FAT32, 1 for exFAT. */
  readonly tables: number;
  /** Where a cluster begins in the image, bytes. */
  placeOf(cluster: number): number;
  /** What table `table` says. */
  link(cluster: number, table: number): number;
  /** Whether the file system holds the cluster to be in use: by any FAT, or by the bitmap of exFAT. */
  allocated(cluster: number): boolean;
}

/** A volume as its boot sector describes it. */
export interface Volume {
  readonly space: ClusterSpace;
  /** Byte in the image where the volume begins. */
  readonly start: number;
  readonly rootCluster: number;
  readonly label: string;
  /** Adds what the boot sector itself had to tell. */
  describe(findings: Findings): void;
}

export function isCluster(space: ClusterSpace, cluster: number): boolean {
  return cluster >= 2 && cluster < space.clusters + 2;
}

/** The bytes of a cluster, which hold until the next call. */
export function readCluster(space: ClusterSpace, cluster: number): Buffer {
  return space.image.view(space.placeOf(cluster), space.clusterBytes);
}
