/** FAT32 images with long names, as a car or a computer makes them. */
import { DOS_DATE, DOS_TIME, type ImageItem, ImageWriter, type TestImage } from './image-writer.ts';

export interface Fat32Options {
  readonly bytes: number;
  readonly clusterBytes?: number;
  /** Byte in the image where the volume begins: behind an MBR when it is not 0. */
  readonly start?: number;
}

const SECTOR = 512;
const END = 0x0fffffff;
const RESERVED = 32;

export class Fat32Image implements TestImage {
  readonly kind = 'fat32';
  readonly writer: ImageWriter;
  readonly clusterBytes: number;
  readonly items = new Map<string, ImageItem>();
  readonly tableBytes: number;
  readonly start: number;
  readonly root = 2;
  readonly #heap: number;
  readonly #folders = new Map<string, { clusters: number[]; used: number; names: number }>();
  #next = 3;

  constructor(path: string, { bytes, clusterBytes = 4096, start = 0 }: Fat32Options) {
    this.writer = new ImageWriter(path, bytes);
    this.clusterBytes = clusterBytes;
    this.start = start;
    const sectors = Math.floor((bytes - start) / SECTOR);
    const clusters = Math.floor(((sectors - RESERVED) * SECTOR) / (clusterBytes + 8));
    const perTable = Math.ceil(((clusters + 2) * 4) / SECTOR);
    this.tableBytes = perTable * SECTOR;
    this.#heap = start + RESERVED * SECTOR + 2 * this.tableBytes;
    const boot = Buffer.alloc(SECTOR);
    boot.set([0xeb, 0x58, 0x90]);
    boot.write('MSDOS5.0', 3, 'latin1');
    boot.writeUInt16LE(SECTOR, 11);
    boot.writeUInt8(clusterBytes / SECTOR, 13);
    boot.writeUInt16LE(RESERVED, 14);
    boot.writeUInt8(2, 16);
    boot.writeUInt8(0xf8, 21);
    boot.writeUInt32LE(start / SECTOR, 28);
    boot.writeUInt32LE(sectors, 32);
    boot.writeUInt32LE(perTable, 36);
    boot.writeUInt32LE(this.root, 44);
    boot.writeUInt16LE(1, 48);
    boot.writeUInt16LE(6, 50);
    boot.writeUInt8(0x29, 66);
    boot.write('CAM        FAT32   ', 71, 'latin1');
    boot.set([0x55, 0xaa], 510);
    this.writer.put(start, boot);
    this.writer.put(start + 6 * SECTOR, boot);
    if (start > 0) this.writer.put(0, mbr(start, sectors, 0x0c));
    for (const table of [0, 1]) {
      this.writer.putU32(this.#linkAt(0, table), 0x0ffffff8);
      this.writer.putU32(this.#linkAt(1, table), END);
    }
    this.setLink(this.root, END);
    this.#folders.set('', { clusters: [this.root], used: 0, names: 0 });
  }

  placeOf(cluster: number): number {
    return this.#heap + (cluster - 2) * this.clusterBytes;
  }

  /** @param tables which FATs are written; both by default */
  setLink(cluster: number, value: number, tables: readonly number[] = [0, 1]): void {
    for (const table of tables) this.writer.putU32(this.#linkAt(cluster, table), value);
  }

  reserve(count: number): number[] {
    this.#next += count;
    return Array.from({ length: count }, (_, index) => this.#next - count + index);
  }

  folder(path: string): void {
    const clusters = this.#chain(this.reserve(1));
    const [parentPath] = split(path);
    const first = clusters[0] ?? 0;
    this.writer.put(this.placeOf(first), Buffer.alloc(this.clusterBytes));
    const dot = (name: string, cluster: number): Buffer => shortSlot(Buffer.from(name.padEnd(11)), 0x10, cluster, 0);
    const parent = this.#folders.get(parentPath)?.clusters[0] ?? 0;
    this.writer.put(this.placeOf(first), Buffer.concat([dot('.', first), dot('..', parentPath === '' ? 0 : parent)]));
    this.#folders.set(path, { clusters: [first], used: 64, names: 0 });
    this.#enter(path, 0x10, clusters, 0);
  }

  file(path: string, bytes: Uint8Array, clusters?: readonly number[]): void {
    const chain = this.#chain(clusters ?? this.reserve(Math.ceil(bytes.length / this.clusterBytes)));
    for (const [index, cluster] of chain.entries())
      this.writer.put(
        this.placeOf(cluster),
        bytes.subarray(index * this.clusterBytes, (index + 1) * this.clusterBytes),
      );
    this.#enter(path, 0x20, chain, bytes.length);
  }

  sparse(path: string, bytes: number, clusters: readonly number[]): void {
    this.#enter(path, 0x20, this.#chain(clusters), bytes);
  }

  item(path: string): ImageItem {
    const item = this.items.get(path);
    if (!item) throw new Error(`no ${path} in the image`);
    return item;
  }

  [Symbol.dispose](): void {
    this.writer[Symbol.dispose]();
  }

  #linkAt(cluster: number, table: number): number {
    return this.start + RESERVED * SECTOR + table * this.tableBytes + cluster * 4;
  }

  #chain(clusters: readonly number[]): readonly number[] {
    for (const [index, cluster] of clusters.entries()) this.setLink(cluster, clusters[index + 1] ?? END);
    return clusters;
  }

  #enter(path: string, attributes: number, clusters: readonly number[], bytes: number): void {
    const [parentPath, name] = split(path);
    const folder = this.#folders.get(parentPath);
    if (!folder) throw new Error(`no folder ${parentPath} in the image`);
    folder.names += 1;
    const short = Buffer.from(
      `${name
        .replace(/[^A-Z0-9]/gi, '')
        .toUpperCase()
        .slice(0, 4)}~${folder.names}`.padEnd(8),
    );
    const extension = (/\.([a-z0-9]{1,3})/i.exec(name)?.[1] ?? '').toUpperCase().padEnd(3);
    const eleven = Buffer.concat([short.subarray(0, 8), Buffer.from(extension)]);
    const all = [...longSlots(name, eleven), shortSlot(eleven, attributes, clusters[0] ?? 0, bytes)];
    const slots = all.map((slot) => {
      if (folder.used >= folder.clusters.length * this.clusterBytes) {
        const [more = 0] = this.reserve(1);
        this.writer.put(this.placeOf(more), Buffer.alloc(this.clusterBytes));
        folder.clusters.push(more);
        this.#chain(folder.clusters);
      }
      const cluster = folder.clusters[Math.floor(folder.used / this.clusterBytes)] ?? 0;
      const place = this.placeOf(cluster) + (folder.used % this.clusterBytes);
      this.writer.put(place, slot);
      folder.used += 32;
      return place;
    });
    this.items.set(path, { path, bytes, clusters, slots });
  }
}

/** A partition table with one partition. */
export function mbr(start: number, sectors: number, type: number): Buffer {
  const table = Buffer.alloc(SECTOR);
  table[446 + 4] = type;
  table.writeUInt32LE(start / SECTOR, 446 + 8);
  table.writeUInt32LE(sectors, 446 + 12);
  table.set([0x55, 0xaa], 510);
  return table;
}

export function split(path: string): [string, string] {
  const at = path.lastIndexOf('/');
  return at < 0 ? ['', path] : [path.slice(0, at), path.slice(at + 1)];
}

export function shortSlot(eleven: Buffer, attributes: number, cluster: number, bytes: number): Buffer {
  const slot = Buffer.alloc(32);
  eleven.copy(slot, 0, 0, 11);
  slot[11] = attributes;
  for (const [time, date] of [
    [14, 16],
    [22, 24],
  ] as const) {
    slot.writeUInt16LE(DOS_TIME, time);
    slot.writeUInt16LE(DOS_DATE, date);
  }
  slot.writeUInt16LE(cluster >>> 16, 20);
  slot.writeUInt16LE(cluster & 0xffff, 26);
  slot.writeUInt32LE(bytes, 28);
  return slot;
}

export function longSlots(name: string, eleven: Buffer): Buffer[] {
  let sum = 0;
  for (const byte of eleven) sum = (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff;
  const parts = Math.ceil(name.length / 13);
  const slots: Buffer[] = [];
  for (let part = parts; part >= 1; part -= 1) {
    const slot = Buffer.alloc(32);
    slot[0] = part | (part === parts ? 0x40 : 0);
    slot[11] = 0x0f;
    slot[13] = sum;
    for (const [index, at] of [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30].entries()) {
      const place = (part - 1) * 13 + index;
      slot.writeUInt16LE(place < name.length ? name.charCodeAt(place) : place === name.length ? 0 : 0xffff, at);
    }
    slots.push(slot);
  }
  return slots;
}
