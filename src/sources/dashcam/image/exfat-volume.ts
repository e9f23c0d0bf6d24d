/**
 * An exFAT volume: boot sector, table, bitmap and heap (Microsoft exFAT specification 1.00, sections 3 to 5 and 7.1).
 */
import { type ClusterSpace, END, FREE, isCluster, type Volume, WRONG } from './cluster-space.ts';
import type { Findings } from './finding.ts';
import type { ImageFile } from './image-file.ts';
import { Runs } from './runs.ts';

const SIGNATURE = Buffer.from('EXFAT   ', 'latin1');
/** As a signed number; 0xfffffff7 (bad) and what lies between are no clusters. */
const LAST = -1;
const BOOT_REGION_SECTORS = 12;

/** What a sector of 512 bytes says when it is the boot sector of an exFAT volume; undefined when it is none. */
export function parseExfatBoot(image: ImageFile, sectorAt: number, start: number): ExfatVolume | undefined {
  const boot = image.cached(sectorAt, 512);
  if (!boot.subarray(3, 11).equals(SIGNATURE)) return undefined;
  const sectorShift = boot.readUInt8(108);
  const clusterShift = boot.readUInt8(109);
  if (sectorShift < 9 || sectorShift > 12 || clusterShift > 25 - sectorShift) return undefined;
  const sector = 2 ** sectorShift;
  const fat = boot.readUInt32LE(80) * sector;
  const tableBytes = boot.readUInt32LE(84) * sector;
  const heap = boot.readUInt32LE(88) * sector;
  const count = boot.readUInt32LE(92);
  const clusterBytes = sector * 2 ** clusterShift;
  if (fat === 0 || heap < fat || tableBytes === 0 || count === 0) return undefined;
  // What neither table nor image holds is nothing that could be read.
  const inImage = Math.ceil((image.size - start - heap) / clusterBytes);
  const clusters = Math.min(count, Math.floor(tableBytes / 4) - 2, inImage);
  if (clusters < 1) return undefined;
  const second = boot.readUInt8(110) === 2 && (boot.readUInt16LE(106) & 1) === 1;
  return new ExfatVolume(image, {
    start,
    fat: start + fat + (second ? tableBytes : 0),
    heap: start + heap,
    clusterBytes,
    clusters,
    missing: count - clusters,
    rootCluster: boot.readUInt32LE(96),
    dirty: (boot.readUInt16LE(106) & 2) === 2,
    copy: sectorAt !== start,
    sumWrong: bootSumIsWrong(image, sectorAt, sector),
  });
}

/** Section 3.4: a checksum over eleven sectors, repeated to fill the twelfth. */
function bootSumIsWrong(image: ImageFile, at: number, sector: number): boolean {
  const region = image.direct(at, BOOT_REGION_SECTORS * sector);
  const end = (BOOT_REGION_SECTORS - 1) * sector;
  let sum = 0;
  for (let index = 0; index < end; index += 1) {
    // VolumeFlags and PercentInUse change while the volume is used.
    if (index === 106 || index === 107 || index === 112) continue;
    sum = (((sum & 1) << 31) | (sum >>> 1)) >>> 0;
    sum = (sum + (region[index] ?? 0)) >>> 0;
  }
  return region.readUInt32LE(end) !== sum;
}

interface Shape {
  readonly start: number;
  readonly fat: number;
  readonly heap: number;
  readonly clusterBytes: number;
  readonly clusters: number;
  /** Clusters that the boot sector claims and that are not there. */
  readonly missing: number;
  readonly rootCluster: number;
  readonly dirty: boolean;
  readonly copy: boolean;
  readonly sumWrong: boolean;
}

export class ExfatVolume implements Volume, ClusterSpace {
  readonly kind = 'exfat';
  readonly image: ImageFile;
  readonly clusterBytes: number;
  readonly clusters: number;
  readonly tables = 1;
  readonly start: number;
  readonly rootCluster: number;
  /** Found in the root directory. */
  label = '';
  readonly #shape: Shape;
  #bitmap: Runs | undefined;

  constructor(image: ImageFile, shape: Shape) {
    this.image = image;
    this.#shape = shape;
    this.clusterBytes = shape.clusterBytes;
    this.clusters = shape.clusters;
    this.start = shape.start;
    this.rootCluster = shape.rootCluster;
  }

  get space(): ClusterSpace {
    return this;
  }

  placeOf(cluster: number): number {
    return this.#shape.heap + (cluster - 2) * this.clusterBytes;
  }

  link(cluster: number, _table = 0): number {
    const value = this.image.i32(this.#shape.fat + cluster * 4);
    if (value === 0) return FREE;
    if (value === LAST) return END;
    return isCluster(this, value) ? value : WRONG;
  }

  /** Told by the root directory (section 7.1). @param start cluster of the bitmap @param bytes its length */
  useBitmap(start: number, bytes: number): void {
    const wanted = Math.ceil(Math.min(bytes, this.clusters / 8 + 1) / this.clusterBytes);
    const runs = new Runs();
    let cluster = start;
    // The bitmap is nearly always one run, whose table entries may be zero all the same.
    while (runs.length < wanted && isCluster(this, cluster)) {
      runs.push(cluster);
      const next = this.link(cluster);
      cluster = next >= 2 ? next : cluster + 1;
    }
    this.#bitmap = runs;
  }

  get hasBitmap(): boolean {
    return this.#bitmap !== undefined;
  }

  allocated(cluster: number): boolean {
    if (!this.#bitmap) return true;
    const byte = (cluster - 2) >> 3;
    const holder = this.#bitmap.at(Math.floor(byte / this.clusterBytes));
    if (holder === undefined) return true;
    const value = this.image.u8(this.placeOf(holder) + (byte % this.clusterBytes));
    return ((value >> ((cluster - 2) & 7)) & 1) === 1;
  }

  describe(findings: Findings): void {
    const { copy, dirty, start, sumWrong, missing } = this.#shape;
    if (copy) findings.add('boot', `byte ${start}`, 'The boot sector is damaged', 'its copy was used');
    if (sumWrong) findings.add('boot', `byte ${start}`, 'The checksum of the boot region is wrong', 'it was used');
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
