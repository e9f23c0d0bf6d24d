/** exFAT images as a car makes them: files and folders without a chain (NoFatChain). */
import { mbr, split } from './fat32-image.ts';
import { DOS_DATE, DOS_TIME, type ImageItem, ImageWriter, type TestImage } from './image-writer.ts';

export interface ExfatOptions {
  readonly bytes: number;
  readonly clusterBytes?: number;
  readonly start?: number;
}

const SECTOR = 512;
const FAT_AT = 24;
const LAST = 0xffffffff;
const STAMP = ((DOS_DATE << 16) | DOS_TIME) >>> 0;

export class ExfatImage implements TestImage {
  readonly kind = 'exfat';
  readonly writer: ImageWriter;
  readonly clusterBytes: number;
  readonly items = new Map<string, ImageItem>();
  readonly start: number;
  readonly #heap: number;
  readonly #bitmapAt: number;
  readonly #folders = new Map<string, { clusters: number[]; used: number; slots: readonly number[] }>();
  #next = 2;

  constructor(path: string, { bytes, clusterBytes = 4096, start = 0 }: ExfatOptions) {
    this.writer = new ImageWriter(path, bytes);
    this.clusterBytes = clusterBytes;
    this.start = start;
    const perCluster = clusterBytes / SECTOR;
    const sectors = Math.floor((bytes - start) / SECTOR);
    const fatSectors = Math.ceil(((Math.floor(sectors / perCluster) + 2) * 4) / SECTOR);
    const heap = Math.ceil((FAT_AT + fatSectors) / perCluster) * perCluster;
    const count = Math.floor((sectors - heap) / perCluster);
    this.#heap = start + heap * SECTOR;
    const boot = Buffer.alloc(11 * SECTOR);
    boot.set([0xeb, 0x76, 0x90]);
    boot.write('EXFAT   ', 3, 'latin1');
    boot.writeBigUInt64LE(BigInt(start / SECTOR), 64);
    boot.writeBigUInt64LE(BigInt(sectors), 72);
    for (const [at, value] of [
      [80, FAT_AT],
      [84, fatSectors],
      [88, heap],
      [92, count],
    ] as const)
      boot.writeUInt32LE(value, at);
    const bitmapBytes = Math.ceil(count / 8);
    const bitmap = this.#claim(Math.ceil(bitmapBytes / clusterBytes));
    const upcase = this.#claim(1);
    const root = this.#claim(1);
    boot.writeUInt32LE(root[0] ?? 0, 96);
    boot.writeUInt16LE(0x100, 104);
    boot.writeUInt8(9, 108);
    boot.writeUInt8(Math.log2(perCluster), 109);
    boot.writeUInt8(1, 110);
    boot.writeUInt8(0x80, 111);
    for (let sector = 0; sector < 9; sector += 1) boot.set([0x55, 0xaa], sector * SECTOR + 510);
    const region = Buffer.concat([boot, checksumSector(boot)]);
    this.writer.put(start, region);
    this.writer.put(start + region.length, region);
    if (start > 0) this.writer.put(0, mbr(start, sectors, 0x07));
    this.#bitmapAt = this.placeOf(bitmap[0] ?? 0);
    this.writer.putU32(this.linkAt(0), 0xfffffff8);
    this.writer.putU32(this.linkAt(1), LAST);
    for (const chain of [bitmap, upcase, root]) {
      for (const [index, cluster] of chain.entries()) {
        this.setLink(cluster, chain[index + 1] ?? LAST);
        this.setBit(cluster, true);
      }
    }
    const special = (type: number, first: number, length: number): Buffer => {
      const slot = Buffer.alloc(32);
      slot[0] = type;
      slot.writeUInt32LE(first, 20);
      slot.writeBigUInt64LE(BigInt(length), 24);
      return slot;
    };
    const capitals = special(0x82, upcase[0] ?? 0, CAPITALS.length);
    capitals.writeUInt32LE(tableSum(CAPITALS), 4);
    this.writer.put(this.placeOf(root[0] ?? 0), Buffer.concat([special(0x81, bitmap[0] ?? 0, bitmapBytes), capitals]));
    this.writer.put(this.placeOf(upcase[0] ?? 0), CAPITALS);
    this.#folders.set('', { clusters: [...root], used: 64, slots: [] });
  }

  placeOf(cluster: number): number {
    return this.#heap + (cluster - 2) * this.clusterBytes;
  }

  linkAt(cluster: number): number {
    return this.start + FAT_AT * SECTOR + cluster * 4;
  }

  setLink(cluster: number, value: number): void {
    this.writer.putU32(this.linkAt(cluster), value);
  }

  setBit(cluster: number, value: boolean): void {
    const place = this.#bitmapAt + ((cluster - 2) >> 3);
    const [byte = 0] = this.writer.get(place, 1);
    const mask = 1 << ((cluster - 2) & 7);
    this.writer.put(place, Uint8Array.of(value ? byte | mask : byte & ~mask));
  }

  reserve(count: number): number[] {
    const clusters = this.#claim(count);
    for (const cluster of clusters) this.setBit(cluster, true);
    return clusters;
  }

  folder(path: string): void {
    const clusters = this.reserve(1);
    this.writer.put(this.placeOf(clusters[0] ?? 0), Buffer.alloc(this.clusterBytes));
    const slots = this.#enter(path, 0x10, clusters, this.clusterBytes);
    this.#folders.set(path, { clusters: [...clusters], used: 0, slots });
  }

  file(path: string, bytes: Uint8Array, clusters?: readonly number[]): void {
    const list = clusters ?? this.reserve(Math.ceil(bytes.length / this.clusterBytes));
    for (const [index, cluster] of list.entries())
      this.writer.put(
        this.placeOf(cluster),
        bytes.subarray(index * this.clusterBytes, (index + 1) * this.clusterBytes),
      );
    this.#enter(path, 0x20, list, bytes.length);
  }

  sparse(path: string, bytes: number, clusters: readonly number[]): void {
    this.#enter(path, 0x20, clusters, bytes);
  }

  item(path: string): ImageItem {
    const item = this.items.get(path);
    if (!item) throw new Error(`no ${path} in the image`);
    return item;
  }

  /** Makes the checksum of an entry set right again, after a change. */
  sum(item: ImageItem): void {
    const set = Buffer.concat(item.slots.map((place) => this.writer.get(place, 32)));
    set.writeUInt16LE(setSum(set), 2);
    this.writer.put(item.slots[0] ?? 0, set.subarray(0, 32));
  }

  [Symbol.dispose](): void {
    this.writer[Symbol.dispose]();
  }

  #claim(count: number): number[] {
    this.#next += count;
    return Array.from({ length: count }, (_, index) => this.#next - count + index);
  }

  #enter(path: string, attributes: number, clusters: readonly number[], bytes: number): readonly number[] {
    const [parentPath, name] = split(path);
    const folder = this.#folders.get(parentPath);
    if (!folder) throw new Error(`no folder ${parentPath} in the image`);
    const inOnePiece = clusters.every((cluster, index) => index === 0 || cluster === (clusters[index - 1] ?? 0) + 1);
    if (!inOnePiece)
      for (const [index, cluster] of clusters.entries()) this.setLink(cluster, clusters[index + 1] ?? LAST);
    const set = entrySet(name, attributes, clusters[0] ?? 0, bytes, inOnePiece && bytes > 0);
    const slots: number[] = [];
    for (let at = 0; at < set.length; at += 32) {
      if (folder.used >= folder.clusters.length * this.clusterBytes) this.#grow(parentPath, folder);
      const cluster = folder.clusters[Math.floor(folder.used / this.clusterBytes)] ?? 0;
      const place = this.placeOf(cluster) + (folder.used % this.clusterBytes);
      this.writer.put(place, set.subarray(at, at + 32));
      slots.push(place);
      folder.used += 32;
    }
    this.items.set(path, { path, bytes, clusters, slots });
    return slots;
  }

  /** A folder gets another cluster, and a chain with it. */
  #grow(path: string, folder: { clusters: number[]; slots: readonly number[] }): void {
    const [more = 0] = this.reserve(1);
    this.writer.put(this.placeOf(more), Buffer.alloc(this.clusterBytes));
    folder.clusters.push(more);
    for (const [index, cluster] of folder.clusters.entries()) this.setLink(cluster, folder.clusters[index + 1] ?? LAST);
    const stream = folder.slots[1];
    if (stream === undefined) return;
    const slot = this.writer.get(stream, 32);
    slot[1] = 1;
    const length = BigInt(folder.clusters.length * this.clusterBytes);
    slot.writeBigUInt64LE(length, 8);
    slot.writeBigUInt64LE(length, 24);
    this.writer.put(stream, slot);
    this.sum(this.item(path));
  }
}

export function entrySet(name: string, attributes: number, first: number, bytes: number, contiguous: boolean): Buffer {
  const parts = Math.ceil(name.length / 15);
  const set = Buffer.alloc(32 * (2 + parts));
  set[0] = 0x85;
  set[1] = parts + 1;
  set.writeUInt16LE(attributes, 4);
  for (const at of [8, 12, 16]) set.writeUInt32LE(STAMP, at);
  set[32] = 0xc0;
  set[33] = contiguous ? 3 : 1;
  set[35] = name.length;
  let hash = 0;
  for (const byte of Buffer.from(name.toUpperCase(), 'utf16le'))
    hash = ((((hash << 15) | (hash >> 1)) & 0xffff) + byte) & 0xffff;
  set.writeUInt16LE(hash, 36);
  set.writeBigUInt64LE(BigInt(bytes), 40);
  set.writeUInt32LE(first, 52);
  set.writeBigUInt64LE(BigInt(bytes), 56);
  const text = Buffer.from(name, 'utf16le');
  for (let part = 0; part < parts; part += 1) {
    const at = 64 + part * 32;
    set[at] = 0xc1;
    text.copy(set, at + 2, part * 30, Math.min(text.length, part * 30 + 30));
  }
  set.writeUInt16LE(setSum(set), 2);
  return set;
}

export function setSum(set: Buffer): number {
  let sum = 0;
  for (const [index, byte] of set.entries())
    if (index !== 2 && index !== 3) sum = ((((sum << 15) | (sum >> 1)) & 0xffff) + byte) & 0xffff;
  return sum;
}

/** The mandatory first 128 entries of an up-case table. */
const CAPITALS = Buffer.concat(
  Array.from({ length: 128 }, (_, code) => Buffer.from(String.fromCharCode(code).toUpperCase(), 'utf16le')),
);

function tableSum(table: Buffer): number {
  let sum = 0;
  for (const byte of table) sum = (((sum << 31) | (sum >>> 1)) + byte) >>> 0;
  return sum;
}

function checksumSector(boot: Buffer): Buffer {
  let sum = 0;
  for (const [index, byte] of boot.entries())
    if (index !== 106 && index !== 107 && index !== 112) sum = ((((sum << 31) | (sum >>> 1)) >>> 0) + byte) >>> 0;
  const sector = Buffer.alloc(SECTOR);
  for (let at = 0; at < SECTOR; at += 4) sector.writeUInt32LE(sum, at);
  return sector;
}
