/** An empty exFAT volume (Microsoft exFAT specification 1.00, sections 3 to 7). */
import { UserError } from '../../../../base/errors.ts';
import { upcaseTable } from './upcase.ts';
import { alignUp, dosStamp, GIB, MIB, type Piece, SECTOR, type VolumeWish } from './volume-plan.ts';

const LAST = 0xffffffff;
const BOOT_SECTORS = 12;
const MOST_CLUSTERS = 0xfffffff5;

/** Section 7.2.5 has no rule; these are what computers and the car choose: large clusters, so that clips lie in few pieces. */
function clusterFor(bytes: number): number {
  if (bytes <= 256 * MIB) return 4096;
  return bytes <= 32 * GIB ? 32 * 1024 : 128 * 1024;
}

/** @throws UserError when it is too small */
export function planExfat(wish: VolumeWish): Piece[] {
  const { start, bytes, serial } = wish;
  const cluster = wish.clusterBytes ?? clusterFor(bytes);
  const sectors = Math.floor(bytes / SECTOR);
  // Table and heap begin where flash memory likes it, on a drive that has room for that.
  const align = bytes >= 64 * MIB ? MIB : Math.max(cluster, 4096);
  const fatAt = bytes >= 64 * MIB ? MIB : 24 * SECTOR;
  const most = Math.floor((bytes - fatAt) / cluster);
  const fatBytes = alignUp((most + 2) * 4, SECTOR);
  const heap = alignUp(start + fatAt + fatBytes, align) - start;
  const clusters = Math.min(Math.floor((sectors * SECTOR - heap) / cluster), MOST_CLUSTERS);
  const upcase = upcaseTable();
  const bitmapBytes = Math.ceil(clusters / 8);
  const bitmapClusters = Math.ceil(bitmapBytes / cluster);
  const upcaseClusters = Math.ceil(upcase.length / cluster);
  const bitmapStart = 2;
  const upcaseStart = bitmapStart + bitmapClusters;
  const root = upcaseStart + upcaseClusters;
  const used = root + 1 - 2 + wish.folders.length;
  if (clusters < used + 1)
    throw new UserError(
      'An image of that size has no room for exFAT.',
      'Make it larger: 64 GB and more is what a car wants.',
    );
  const boot = bootRegion({ sectors, fatAt, fatBytes, heap, clusters, cluster, root, used });
  const fat = Buffer.alloc((root + 1) * 4);
  fat.writeUInt32LE(0xfffffff8, 0);
  fat.writeUInt32LE(LAST, 4);
  for (const [first, count] of [
    [bitmapStart, bitmapClusters],
    [upcaseStart, upcaseClusters],
    [root, 1],
  ] as const)
    for (let index = 0; index < count; index += 1)
      fat.writeUInt32LE(index + 1 < count ? first + index + 1 : LAST, (first + index) * 4);
  const bitmap = Buffer.alloc(Math.ceil(used / 8));
  for (let index = 0; index < used; index += 1) bitmap[index >> 3] = (bitmap[index >> 3] ?? 0) | (1 << (index & 7));
  const placeOf = (number: number): number => start + heap + (number - 2) * cluster;
  const entries = [
    labelEntry(wish.label),
    systemEntry(0x81, bitmapStart, bitmapBytes),
    upcaseEntry(upcaseStart, upcase),
  ];
  const stamp = dosStamp(wish.now);
  for (const [index, name] of wish.folders.entries()) entries.push(folderSet(name, root + 1 + index, cluster, stamp));
  return [
    { at: start + fatAt, bytes: fat },
    { at: placeOf(bitmapStart), bytes: bitmap },
    { at: placeOf(upcaseStart), bytes: upcase },
    { at: placeOf(root), bytes: Buffer.concat(entries) },
    { at: start + BOOT_SECTORS * SECTOR, bytes: boot },
    // Last: without it nobody takes it for a volume.
    { at: start, bytes: boot },
  ];

  function bootRegion(shape: Shape): Buffer {
    const region = Buffer.alloc(BOOT_SECTORS * SECTOR);
    region.set([0xeb, 0x76, 0x90]);
    region.write('EXFAT   ', 3, 'latin1');
    region.writeBigUInt64LE(BigInt(start / SECTOR), 64);
    region.writeBigUInt64LE(BigInt(shape.sectors), 72);
    region.writeUInt32LE(shape.fatAt / SECTOR, 80);
    region.writeUInt32LE(shape.fatBytes / SECTOR, 84);
    region.writeUInt32LE(shape.heap / SECTOR, 88);
    region.writeUInt32LE(shape.clusters, 92);
    region.writeUInt32LE(shape.root, 96);
    region.writeUInt32LE(serial >>> 0, 100);
    region.writeUInt16LE(0x100, 104);
    region[108] = Math.log2(SECTOR);
    region[109] = Math.log2(shape.cluster / SECTOR);
    region[110] = 1;
    region[111] = 0x80;
    region[112] = Math.floor((shape.used * 100) / shape.clusters);
    region.fill(0xf4, 120, 510);
    for (let sector = 0; sector < 9; sector += 1) region.set([0x55, 0xaa], sector * SECTOR + 510);
    const sum = bootSum(region.subarray(0, (BOOT_SECTORS - 1) * SECTOR));
    for (let at = (BOOT_SECTORS - 1) * SECTOR; at < region.length; at += 4) region.writeUInt32LE(sum, at);
    return region;
  }
}

interface Shape {
  readonly sectors: number;
  readonly fatAt: number;
  readonly fatBytes: number;
  readonly heap: number;
  readonly clusters: number;
  readonly cluster: number;
  readonly root: number;
  readonly used: number;
}

/** Section 3.4; VolumeFlags and PercentInUse do not count. */
function bootSum(region: Buffer): number {
  let sum = 0;
  for (const [index, byte] of region.entries())
    if (index !== 106 && index !== 107 && index !== 112) sum = ((((sum << 31) | (sum >>> 1)) >>> 0) + byte) >>> 0;
  return sum;
}

function systemEntry(type: number, first: number, bytes: number): Buffer {
  const slot = Buffer.alloc(32);
  slot[0] = type;
  slot.writeUInt32LE(first, 20);
  slot.writeBigUInt64LE(BigInt(bytes), 24);
  return slot;
}

function upcaseEntry(first: number, table: Buffer): Buffer {
  const slot = systemEntry(0x82, first, table.length);
  let sum = 0;
  for (const byte of table) sum = ((((sum << 31) | (sum >>> 1)) >>> 0) + byte) >>> 0;
  slot.writeUInt32LE(sum, 4);
  return slot;
}

function labelEntry(label: string): Buffer {
  const slot = Buffer.alloc(32);
  const name = label.slice(0, 11);
  slot[0] = name === '' ? 0x03 : 0x83;
  slot[1] = name.length;
  slot.write(name, 2, 'utf16le');
  return slot;
}

/** Section 7.4 and 7.6: a folder of one cluster, without a chain. */
function folderSet(name: string, first: number, bytes: number, stamp: number): Buffer {
  const set = Buffer.alloc(96);
  set[0] = 0x85;
  set[1] = 2;
  set.writeUInt16LE(0x10, 4);
  for (const at of [8, 12, 16]) set.writeUInt32LE(stamp, at);
  set[32] = 0xc0;
  set[33] = 3;
  set[35] = name.length;
  let hash = 0;
  for (const byte of Buffer.from(name.toUpperCase(), 'utf16le'))
    hash = ((((hash << 15) | (hash >> 1)) & 0xffff) + byte) & 0xffff;
  set.writeUInt16LE(hash, 36);
  set.writeBigUInt64LE(BigInt(bytes), 40);
  set.writeUInt32LE(first, 52);
  set.writeBigUInt64LE(BigInt(bytes), 56);
  set[64] = 0xc1;
  set.write(name, 66, 'utf16le');
  let sum = 0;
  for (const [index, byte] of set.entries())
    if (index !== 2 && index !== 3) sum = ((((sum << 15) | (sum >> 1)) & 0xffff) + byte) & 0xffff;
  set.writeUInt16LE(sum, 2);
  return set;
}
