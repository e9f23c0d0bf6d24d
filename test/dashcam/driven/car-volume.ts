/**
 * The file system as the car has it: mounted from what is on the medium, changed in memory, and written back through the car's own cache, each kind of
 * write in its own time. FAT32 with chains, exFAT in one piece (NoFatChain) where there is room.
 */
import { entrySet, setSum } from '../exfat-image.ts';
import { longSlots, shortSlot, split } from '../fat32-image.ts';
import type { Kind, Medium } from './medium.ts';

const SLOT = 32;
const LAST = { fat32: 0x0fffffff, exfat: 0xffffffff };

interface CarFolder {
  readonly path: string;
  readonly clusters: number[];
  /** Of its own entry; none of the root. */
  readonly slots: readonly number[];
}

export interface CarFile {
  readonly path: string;
  readonly slots: readonly number[];
  readonly clusters: number[];
  bytes: number;
  /** exFAT: in one piece, and not in the table. */
  contiguous: boolean;
}

type Put = (kind: Kind, offset: number, bytes: Buffer) => void;

export class CarVolume {
  readonly kind: 'fat32' | 'exfat';
  readonly clusterBytes: number;
  readonly files = new Map<string, CarFile>();
  readonly folders = new Map<string, CarFolder>();
  readonly #medium: Medium;
  readonly #put: Put;
  readonly #clusters: number;
  readonly #heap: number;
  /** Byte of each table. */
  readonly #tables: readonly number[];
  readonly #links: Uint32Array;
  readonly #used: Uint8Array;
  /** exFAT: byte of the bitmap. */
  #bitmapAt = 0;
  /** Directory slots that are free, by folder. */
  readonly #free = new Map<string, number[]>();
  #next = 2;
  #names = 0;

  /** @param put the car's cache @param mends the car makes its bitmap right again */
  constructor(medium: Medium, put: Put, mends: boolean) {
    this.#medium = medium;
    this.#put = put;
    const first = medium.read(0, 512);
    // A stick with a partition table, or a volume that is all of the image.
    const start = first[0] === 0xeb ? 0 : first.readUInt32LE(446 + 8) * 512;
    const boot = medium.read(start, 512);
    this.kind = boot.toString('latin1', 3, 8) === 'EXFAT' ? 'exfat' : 'fat32';
    let root = 2;
    if (this.kind === 'exfat') {
      this.clusterBytes = 512 << boot.readUInt8(109);
      this.#clusters = boot.readUInt32LE(92);
      this.#heap = start + boot.readUInt32LE(88) * 512;
      this.#tables = [start + boot.readUInt32LE(80) * 512];
      root = boot.readUInt32LE(96);
    } else {
      this.clusterBytes = 512 * boot.readUInt8(13);
      const [reserved, perTable] = [boot.readUInt16LE(14) * 512, boot.readUInt32LE(36) * 512];
      this.#tables = [start + reserved, start + reserved + perTable];
      this.#heap = start + reserved + 2 * perTable;
      this.#clusters = Math.floor((boot.readUInt32LE(32) * 512 - reserved - 2 * perTable) / this.clusterBytes);
      root = boot.readUInt32LE(44);
    }
    const table = medium.read(this.#tables[0] ?? 0, (this.#clusters + 2) * 4);
    this.#links = Uint32Array.from({ length: this.#clusters + 2 }, (_, index) => table.readUInt32LE(index * 4));
    this.#used = Uint8Array.from(this.#links, (link) => (this.kind === 'fat32' && link !== 0 ? 1 : 0));
    this.#readFolder('', this.#chainOf(root, 0, false), [], mends);
  }

  /** Whether the table still leads from each cluster of a file to the next; what exFAT holds in one piece needs none. */
  leadsThrough({ clusters, bytes, contiguous }: CarFile): boolean {
    const last = Math.ceil(bytes / this.clusterBytes) - 1;
    return (
      contiguous || clusters.slice(0, last).every((cluster, index) => this.#links[cluster] === clusters[index + 1])
    );
  }

  placeOf(cluster: number): number {
    return this.#heap + (cluster - 2) * this.clusterBytes;
  }

  makeFolder(path: string): void {
    if (this.folders.has(path)) return;
    const [cluster = 0] = this.#allocate(1);
    const [parent] = split(path);
    const bytes = Buffer.alloc(this.clusterBytes);
    if (this.kind === 'fat32') {
      const above = parent === '' ? 0 : (this.folders.get(parent)?.clusters[0] ?? 0);
      shortSlot(Buffer.from('.'.padEnd(11)), 0x10, cluster, 0).copy(bytes, 0);
      shortSlot(Buffer.from('..'.padEnd(11)), 0x10, above, 0).copy(bytes, SLOT);
    }
    this.#put('directory', this.placeOf(cluster), bytes);
    this.#link([cluster], this.kind === 'fat32');
    const slots = this.#enter(path, 0x10, [cluster], this.kind === 'exfat' ? this.clusterBytes : 0, true);
    this.folders.set(path, { path, clusters: [cluster], slots });
    this.#free.set(path, this.#slotsIn(cluster).slice(this.kind === 'fat32' ? 2 : 0));
  }

  /** An empty file. @param expected bytes that it will have: exFAT gets them in one piece */
  create(path: string, expected: number): CarFile {
    const wanted = Math.ceil(expected / this.clusterBytes);
    // The folder may grow first.
    const slots = this.#enter(path, 0x20, [], 0, false);
    const piece = this.kind === 'exfat' ? this.#piece(wanted) : undefined;
    const file: CarFile = { path, slots, clusters: [], bytes: 0, contiguous: piece !== undefined };
    if (piece !== undefined)
      for (let index = 0; index < wanted; index += 1) {
        file.clusters.push(piece + index);
        this.#use(piece + index, true);
      }
    this.files.set(path, file);
    return file;
  }

  /** At the end; the entry does not know of it before {@link update}. */
  append(file: CarFile, bytes: Buffer): void {
    const need = Math.ceil((file.bytes + bytes.length) / this.clusterBytes) - file.clusters.length;
    if (need > 0) {
      if (file.contiguous) throw new Error('the piece is too small');
      file.clusters.push(...this.#allocate(need));
      this.#link(file.clusters, true);
    }
    for (let done = 0; done < bytes.length; ) {
      const at = file.bytes + done;
      const inside = at % this.clusterBytes;
      const take = Math.min(this.clusterBytes - inside, bytes.length - done);
      const cluster = file.clusters[Math.floor(at / this.clusterBytes)] ?? 0;
      this.#put('data', this.placeOf(cluster) + inside, bytes.subarray(done, done + take));
      done += take;
    }
    file.bytes += bytes.length;
  }

  /** Writes the entry anew, with the length as it is. */
  update(file: CarFile): void {
    const [, name] = split(file.path);
    const first = file.bytes > 0 ? (file.clusters[0] ?? 0) : 0;
    const slots = this.#slotBytes(name, 0x20, first, file.bytes, file.contiguous && file.bytes > 0, file.slots);
    for (const [index, slot] of slots.entries()) this.#put('directory', file.slots[index] ?? 0, slot);
  }

  remove(path: string): void {
    const file = this.files.get(path);
    if (!file) return;
    this.files.delete(path);
    for (const [index, place] of file.slots.entries())
      this.#put('directory', place, Buffer.of(this.kind === 'fat32' ? 0xe5 : ([0x05, 0x40][index] ?? 0x41)));
    this.#free.get(split(path)[0])?.push(...file.slots);
    for (const cluster of file.clusters) {
      this.#use(cluster, false);
      if (this.#links[cluster] !== 0) this.#setLink(cluster, 0);
    }
  }

  /** Lowest free ones first: what was deleted is used again at once. */
  #allocate(count: number): number[] {
    const out: number[] = [];
    for (let cluster = 2; cluster < this.#clusters + 2 && out.length < count; cluster += 1)
      if (this.#used[cluster] === 0) out.push(cluster);
    if (out.length < count) throw new Error('the drive is full');
    for (const cluster of out) this.#use(cluster, true);
    return out;
  }

  #piece(count: number): number | undefined {
    let from = this.#next;
    // Goes round, as drivers do.
    for (let round = 0; round < 2; round += 1) {
      for (let length = 0, cluster = from; cluster < this.#clusters + 2; cluster += 1) {
        length = this.#used[cluster] === 0 ? length + 1 : 0;
        if (length < count) continue;
        this.#next = Math.min(cluster + 1, 400);
        return cluster - count + 1;
      }
      from = 2;
    }
    return undefined;
  }

  #use(cluster: number, used: boolean): void {
    this.#used[cluster] = used ? 1 : 0;
    if (this.kind === 'fat32') return;
    const byte = (cluster - 2) >> 3;
    let value = 0;
    for (let bit = 0; bit < 8; bit += 1) value |= (this.#used[byte * 8 + bit + 2] ?? 0) << bit;
    this.#put('table', this.#bitmapAt + byte, Buffer.of(value));
  }

  #link(clusters: readonly number[], chained: boolean): void {
    if (!chained) return;
    for (const [index, cluster] of clusters.entries()) {
      const next = clusters[index + 1] ?? LAST[this.kind];
      if (this.#links[cluster] !== next) this.#setLink(cluster, next);
    }
  }

  #setLink(cluster: number, next: number): void {
    this.#links[cluster] = next;
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(next);
    for (const table of this.#tables) this.#put('table', table + cluster * 4, bytes);
  }

  #enter(path: string, attributes: number, clusters: readonly number[], bytes: number, contiguous: boolean): number[] {
    const [parent, name] = split(path);
    const count = this.#slotBytes(name, attributes, 0, 0, false, []).length;
    const places = this.#takeSlots(parent, count);
    const slots = this.#slotBytes(name, attributes, clusters[0] ?? 0, bytes, contiguous, places);
    for (const [index, slot] of slots.entries()) this.#put('directory', places[index] ?? 0, slot);
    return places;
  }

  /** The slots of an entry; the short name of FAT32 depends on where it lies, so that it stays the same. */
  #slotBytes(
    name: string,
    attributes: number,
    first: number,
    bytes: number,
    contiguous: boolean,
    places: readonly number[],
  ): Buffer[] {
    if (this.kind === 'exfat') {
      const set = entrySet(name, attributes, first, bytes, contiguous);
      return Array.from({ length: set.length / SLOT }, (_, index) => set.subarray(index * SLOT, (index + 1) * SLOT));
    }
    this.#names += 1;
    const letters = name.replace(/[^A-Z0-9]/gi, '').toUpperCase();
    const extension = (/\.([a-z0-9]{1,3})$/i.exec(name)?.[1] ?? '').toUpperCase();
    const tail = `~${((places.at(-1) ?? 0) / SLOT).toString(36).toUpperCase()}`;
    const eleven = Buffer.from((letters.slice(0, 8 - tail.length) + tail).slice(0, 8).padEnd(8) + extension.padEnd(3));
    return [...longSlots(name, eleven), shortSlot(eleven, attributes, first, bytes)];
  }

  /** Neighbouring free slots; the folder grows when there are none. */
  #takeSlots(path: string, count: number): number[] {
    for (;;) {
      const free = (this.#free.get(path) ?? []).sort((one, other) => one - other);
      const folder = this.folders.get(path);
      if (!folder) throw new Error(`no folder ${path}`);
      const places = folder.clusters.flatMap((cluster) => this.#slotsIn(cluster));
      const isFree = new Set(free);
      for (let from = 0; from + count <= places.length; from += 1) {
        const run = places.slice(from, from + count);
        if (!run.every((place) => isFree.has(place))) continue;
        this.#free.set(
          path,
          free.filter((place) => !run.includes(place)),
        );
        return run;
      }
      this.#grow(folder);
    }
  }

  #grow(folder: CarFolder): void {
    const [cluster = 0] = this.#allocate(1);
    this.#put('directory', this.placeOf(cluster), Buffer.alloc(this.clusterBytes));
    folder.clusters.push(cluster);
    this.#link(folder.clusters, true);
    this.#free.get(folder.path)?.push(...this.#slotsIn(cluster));
    if (this.kind === 'fat32' || folder.path === '') return;
    const [, name] = split(folder.path);
    const bytes = folder.clusters.length * this.clusterBytes;
    const slots = this.#slotBytes(name, 0x10, folder.clusters[0] ?? 0, bytes, false, folder.slots);
    for (const [index, slot] of slots.entries()) this.#put('directory', folder.slots[index] ?? 0, slot);
  }

  #slotsIn(cluster: number): number[] {
    return Array.from({ length: this.clusterBytes / SLOT }, (_, index) => this.placeOf(cluster) + index * SLOT);
  }

  #chainOf(start: number, bytes: number, contiguous: boolean): number[] {
    const wanted = Math.ceil(bytes / this.clusterBytes);
    const out: number[] = [];
    for (let cluster = start; cluster >= 2 && cluster < this.#clusters + 2 && !out.includes(cluster); ) {
      if (contiguous && out.length >= wanted) break;
      out.push(cluster);
      if (out.length > 2000) break;
      cluster = contiguous ? cluster + 1 : (this.#links[cluster] ?? 0);
    }
    return out;
  }

  /** What a driver sees of a folder, which may be damaged. */
  #readFolder(path: string, clusters: number[], slots: readonly number[], mends: boolean): void {
    const free: number[] = [];
    this.folders.set(path, { path, clusters, slots });
    this.#free.set(path, free);
    const places = clusters.flatMap((cluster) => this.#slotsIn(cluster));
    const bytes = places.map((place) => this.#medium.read(place, SLOT));
    if (this.kind === 'exfat' && path === '') this.#readBitmap(bytes);
    for (let at = 0; at < places.length; at += 1) {
      const slot = bytes[at] ?? Buffer.alloc(SLOT);
      const found = this.kind === 'exfat' ? exfatEntry(bytes, at) : fatEntry(bytes, at);
      if (isFreeSlot(this.kind, slot)) free.push(places[at] ?? 0);
      if (!found) continue;
      const own = places.slice(at, at + found.slots);
      const inside = path === '' ? found.name : `${path}/${found.name}`;
      const chain = this.#chainOf(found.start, found.bytes, found.contiguous);
      if (mends && this.kind === 'exfat')
        for (const cluster of chain) if (this.#used[cluster] === 0) this.#use(cluster, true);
      if (found.folder && chain.length > 0 && !this.folders.has(inside)) this.#readFolder(inside, chain, own, mends);
      else if (!found.folder)
        this.files.set(inside, {
          path: inside,
          slots: own,
          clusters: chain,
          bytes: found.bytes,
          contiguous: found.contiguous,
        });
      at += found.slots - 1;
    }
  }

  #readBitmap(slots: readonly Buffer[]): void {
    const slot = slots.find((bytes) => bytes[0] === 0x81);
    if (!slot) throw new Error('no bitmap');
    this.#bitmapAt = this.placeOf(slot.readUInt32LE(20));
    const bitmap = this.#medium.read(this.#bitmapAt, Math.ceil(this.#clusters / 8));
    for (let cluster = 2; cluster < this.#clusters + 2; cluster += 1)
      this.#used[cluster] = ((bitmap[(cluster - 2) >> 3] ?? 0) >> ((cluster - 2) & 7)) & 1;
  }
}

interface Found {
  readonly name: string;
  readonly folder: boolean;
  readonly start: number;
  readonly bytes: number;
  readonly contiguous: boolean;
  /** How many. */
  readonly slots: number;
}

function isFreeSlot(kind: 'fat32' | 'exfat', slot: Buffer): boolean {
  const [first = 0] = slot;
  return kind === 'exfat' ? first < 0x80 : first === 0 || first === 0xe5;
}

function exfatEntry(slots: readonly Buffer[], at: number): Found | undefined {
  const [head, stream] = [slots[at], slots[at + 1]];
  if (head?.[0] !== 0x85 || stream?.[0] !== 0xc0) return undefined;
  const count = 1 + (head[1] ?? 0);
  const names = slots.slice(at + 2, at + count);
  if (names.length !== count - 2 || names.some((slot) => slot[0] !== 0xc1)) return undefined;
  const set = Buffer.concat(slots.slice(at, at + count));
  if (setSum(set) !== set.readUInt16LE(2)) return undefined;
  const name = Buffer.concat(names.map((slot) => slot.subarray(2))).toString('utf16le', 0, (stream[3] ?? 0) * 2);
  return {
    name,
    folder: (head.readUInt16LE(4) & 0x10) !== 0,
    start: stream.readUInt32LE(20),
    bytes: Number(stream.readBigUInt64LE(24)),
    contiguous: (stream[1] ?? 0) === 3,
    slots: count,
  };
}

function fatEntry(slots: readonly Buffer[], at: number): Found | undefined {
  const parts: string[] = [];
  let short = slots[at];
  if (!short || short[0] === 0 || short[0] === 0xe5 || short[0] === 0x2e) return undefined;
  let count = 1;
  if (short[11] === 0x0f) {
    const wanted = (short[0] ?? 0) & 0x3f;
    if (((short[0] ?? 0) & 0x40) === 0) return undefined;
    for (let part = 0; part < wanted; part += 1) {
      const slot = slots[at + part];
      if (slot?.[11] !== 0x0f || ((slot[0] ?? 0) & 0x3f) !== wanted - part) return undefined;
      parts.unshift(
        [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30]
          .map((place) => String.fromCharCode(slot.readUInt16LE(place)))
          .join(''),
      );
    }
    short = slots[at + wanted];
    count = wanted + 1;
    if (!short || short[11] === 0x0f || short[0] === 0 || short[0] === 0xe5) return undefined;
  }
  const name = parts.length > 0 ? (parts.join('').split('\0')[0] ?? '') : short.toString('latin1', 0, 11).trim();
  return {
    name,
    folder: ((short[11] ?? 0) & 0x10) !== 0,
    start: (short.readUInt16LE(20) << 16) | short.readUInt16LE(26),
    bytes: short.readUInt32LE(28),
    contiguous: false,
    slots: count,
  };
}
