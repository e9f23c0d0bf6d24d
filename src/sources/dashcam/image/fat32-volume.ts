/**
 * A FAT32 volume: boot sector, tables and heap (Microsoft FAT specification 1.03, sections 3 and 4).
 */
import type { Volume } from './cluster-space.ts';
import { type ClusterSpace, END, FREE, WRONG } from './cluster-space.ts';
import type { Findings } from './finding.ts';
import type { ImageFile } from './image-file.ts';

const MASK = 0x0fffffff;
const BAD = 0x0ffffff7;

/** What a sector of 512 bytes says when it is the boot sector of a FAT32 volume; undefined when it is none. */
export function parseFat32Boot(image: ImageFile, sectorAt: number, start: number): Fat32Volume | undefined {
  const boot = image.cached(sectorAt, 512);
  const sector = boot.readUInt16LE(11);
  const perCluster = boot.readUInt8(13);
  const reserved = boot.readUInt16LE(14);
  const tables = boot.readUInt8(16);
  const perTable = boot.readUInt32LE(36);
  const sectors = boot.readUInt32LE(32);
  const isPower = (value: number): boolean => value > 0 && (value & (value - 1)) === 0;
  if (boot[510] !== 0x55 || boot[511] !== 0xaa) return undefined;
  if (!isPower(sector) || sector < 512 || sector > 4096 || !isPower(perCluster) || reserved === 0) return undefined;
  // No entries of a fixed root and no 16-bit length of a table: these two make it FAT32.
  if (boot.readUInt16LE(17) !== 0 || boot.readUInt16LE(22) !== 0 || perTable === 0) return undefined;
  if (tables < 1 || tables > 4) return undefined;
  const heap = (reserved + tables * perTable) * sector;
  const clusterBytes = sector * perCluster;
  const bySectors = Math.floor((sectors * sector - heap) / clusterBytes);
  const byTable = Math.floor((perTable * sector) / 4) - 2;
  // What lies beyond the end of the image is nothing that could be read.
  const inImage = Math.ceil((image.size - start - heap) / clusterBytes);
  const clusters = Math.min(bySectors, byTable, inImage);
  if (clusters < 1) return undefined;
  return new Fat32Volume(image, {
    start,
    fat: start + reserved * sector,
    tableBytes: perTable * sector,
    heap: start + heap,
    clusterBytes,
    clusters,
    missing: Math.min(bySectors, byTable) - clusters,
    tables,
    rootCluster: boot.readUInt32LE(44) & MASK,
    label: boot.toString('latin1', 71, 82).trimEnd(),
    dirty: (boot.readUInt8(65) & 1) === 1,
    copy: sectorAt !== start,
  });
}

interface Shape {
  readonly start: number;
  readonly fat: number;
  readonly tableBytes: number;
  readonly heap: number;
  readonly clusterBytes: number;
  readonly clusters: number;
  /** Clusters of the volume that lie beyond the end of the image. */
  readonly missing: number;
  readonly tables: number;
  readonly rootCluster: number;
  readonly label: string;
  readonly dirty: boolean;
  /** Read from the copy of the boot sector. */
  readonly copy: boolean;
}

export class Fat32Volume implements Volume, ClusterSpace {
  readonly kind = 'fat32';
  readonly image: ImageFile;
  readonly clusterBytes: number;
  readonly clusters: number;
  readonly tables: number;
  readonly start: number;
  readonly rootCluster: number;
  readonly label: string;
  readonly #shape: Shape;

  constructor(image: ImageFile, shape: Shape) {
    this.image = image;
    this.#shape = shape;
    this.clusterBytes = shape.clusterBytes;
    this.clusters = shape.clusters;
    this.tables = Math.min(2, shape.tables);
    this.start = shape.start;
    this.rootCluster = shape.rootCluster;
    this.label = shape.label;
  }

  get space(): ClusterSpace {
    return this;
  }

  placeOf(cluster: number): number {
    return this.#shape.heap + (cluster - 2) * this.clusterBytes;
  }

  link(cluster: number, table: number): number {
    const value = this.image.i32(this.#shape.fat + table * this.#shape.tableBytes + cluster * 4) & MASK;
    if (value === 0) return FREE;
    if (value > BAD) return END;
    return value >= 2 && value < this.clusters + 2 ? value : WRONG;
  }

  allocated(cluster: number): boolean {
    if (this.link(cluster, 0) !== FREE) return true;
    return this.tables > 1 && this.link(cluster, 1) !== FREE;
  }

  describe(findings: Findings): void {
    const { copy, dirty, start, missing } = this.#shape;
    if (copy) findings.add('boot', `byte ${start}`, 'The boot sector is damaged', 'its copy was used');
    if (dirty) findings.add('dirty', '', 'The volume was not closed properly', 'it was read with care');
    if (missing > 0)
      findings.add(
        'unreadable',
        `byte ${this.image.size}`,
        `${missing} clusters of the volume lie outside`,
        'left out',
      );
  }
}
