/** An empty FAT32 volume (Microsoft FAT specification 1.03, sections 3 to 6). */
import { UserError } from '../../../../base/errors.ts';
import { alignUp, dosStamp, GIB, MIB, type Piece, SECTOR, type VolumeWish } from './volume-plan.ts';

const END = 0x0fffffff;
const RESERVED = 32;
const ROOT = 2;
/** With fewer it would be taken for FAT16 (section 3.5). */
const FEWEST_CLUSTERS = 65_525;
const MOST_CLUSTERS = 0x0ffffff4;
const MOST_SECTORS = 0xffffffff;
const MOST_CLUSTER_BYTES = 32 * 1024;

interface Shape {
  readonly sectors: number;
  readonly cluster: number;
  readonly reserved: number;
  readonly perTable: number;
  readonly clusters: number;
}

/** @throws UserError when it is too small or too large */
export function planFat32(wish: VolumeWish): Piece[] {
  const { start } = wish;
  const shape = shapeOf(wish);
  const tableBytes = shape.perTable * SECTOR;
  const heap = start + shape.reserved * SECTOR + 2 * tableBytes;
  const boot = bootSector(wish, shape);
  const used = 1 + wish.folders.length;
  const info = Buffer.alloc(SECTOR);
  info.write('RRaA', 0, 'latin1');
  info.write('rrAa', 484, 'latin1');
  info.writeUInt32LE(shape.clusters - used, 488);
  info.writeUInt32LE(ROOT + used, 492);
  info.writeUInt32LE(0xaa550000, 508);
  const fat = Buffer.alloc((ROOT + used) * 4);
  fat.writeUInt32LE(0x0ffffff8, 0);
  for (let number = 1; number < ROOT + used; number += 1) fat.writeUInt32LE(END, number * 4);
  const stamp = dosStamp(wish.now);
  const root: Buffer[] = [];
  if (wish.label !== '') root.push(slot(Buffer.from(wish.label.toUpperCase().slice(0, 11).padEnd(11)), 0x08, 0, stamp));
  const pieces: Piece[] = [];
  const aliases = new Set<string>();
  for (const [index, name] of wish.folders.entries()) {
    const cluster = ROOT + 1 + index;
    const eleven = shortName(name, aliases);
    root.push(...longName(name, eleven), slot(eleven, 0x10, cluster, stamp));
    const dots = [
      slot(Buffer.from('.'.padEnd(11)), 0x10, cluster, stamp),
      slot(Buffer.from('..'.padEnd(11)), 0x10, 0, stamp),
    ];
    pieces.push({ at: heap + (cluster - 2) * shape.cluster, bytes: Buffer.concat(dots) });
  }
  pieces.push({ at: heap, bytes: Buffer.concat(root) });
  const tables = start + shape.reserved * SECTOR;
  for (const at of [tables, tables + tableBytes]) pieces.push({ at, bytes: fat });
  // The boot sector last: without it nobody takes it for a volume.
  for (const copy of [6, 0]) {
    pieces.push({ at: start + (copy + 1) * SECTOR, bytes: info });
    pieces.push({ at: start + copy * SECTOR, bytes: boot });
  }
  return pieces;
}

function shapeOf({ bytes, clusterBytes }: VolumeWish): Shape {
  const sectors = Math.floor(bytes / SECTOR);
  if (sectors > MOST_SECTORS) throw new UserError('FAT32 ends at 2 TiB.', 'Make the image smaller, or use exFAT.');
  const sizes = clusterBytes === undefined ? [MOST_CLUSTER_BYTES, 16384, 8192, 4096, 2048, 1024, 512] : [clusterBytes];
  for (const cluster of sizes) {
    const perTable = Math.ceil(((Math.floor(bytes / cluster) + 2) * 4) / SECTOR);
    // The heap begins where flash memory likes it.
    const align = bytes >= GIB ? MIB : cluster;
    const reserved = (alignUp((RESERVED + 2 * perTable) * SECTOR, align) - 2 * perTable * SECTOR) / SECTOR;
    const clusters = Math.floor(((sectors - reserved - 2 * perTable) * SECTOR) / cluster);
    if (clusters >= FEWEST_CLUSTERS && clusters <= MOST_CLUSTERS && reserved <= 0xffff)
      return { sectors, cluster, reserved, perTable, clusters };
  }
  throw new UserError('An image of that size cannot be FAT32.', 'Make it larger than 64 MB, or use exFAT.');
}

function bootSector(wish: VolumeWish, { sectors, cluster, reserved, perTable }: Shape): Buffer {
  const boot = Buffer.alloc(SECTOR);
  boot.set([0xeb, 0x58, 0x90]);
  boot.write('MSWIN4.1', 3, 'latin1');
  boot.writeUInt16LE(SECTOR, 11);
  boot[13] = cluster / SECTOR;
  boot.writeUInt16LE(reserved, 14);
  boot[16] = 2;
  boot[21] = 0xf8;
  boot.writeUInt16LE(63, 24);
  boot.writeUInt16LE(255, 26);
  boot.writeUInt32LE(wish.start / SECTOR, 28);
  boot.writeUInt32LE(sectors, 32);
  boot.writeUInt32LE(perTable, 36);
  boot.writeUInt32LE(ROOT, 44);
  boot.writeUInt16LE(1, 48);
  boot.writeUInt16LE(6, 50);
  boot[64] = 0x80;
  boot[66] = 0x29;
  boot.writeUInt32LE(wish.serial >>> 0, 67);
  boot.write((wish.label === '' ? 'NO NAME' : wish.label.toUpperCase().slice(0, 11)).padEnd(11), 71, 'latin1');
  boot.write('FAT32   ', 82, 'latin1');
  boot.set([0x55, 0xaa], 510);
  return boot;
}

function slot(eleven: Buffer, attributes: number, cluster: number, stamp: number): Buffer {
  const entry = Buffer.alloc(32);
  eleven.copy(entry, 0, 0, 11);
  entry[11] = attributes;
  entry.writeUInt32LE(stamp, 14);
  entry.writeUInt16LE(stamp >>> 16, 18);
  entry.writeUInt16LE(cluster >>> 16, 20);
  entry.writeUInt32LE(stamp, 22);
  entry.writeUInt16LE(cluster & 0xffff, 26);
  return entry;
}

/** `LICENS~1` of `LicensePlate`; one that fits is itself. */
function shortName(name: string, taken: Set<string>): Buffer {
  const letters = name.toUpperCase().replace(/[^A-Z0-9]/g, '');
  let short = letters;
  for (let number = 1; short.length > 8 || taken.has(short); number += 1)
    short = `${letters.slice(0, 7 - String(number).length)}~${number}`;
  taken.add(short);
  return Buffer.from(short.padEnd(11));
}

/** Section 7: one slot of 13 characters. */
function longName(name: string, eleven: Buffer): Buffer[] {
  if (name.length > 13) throw new RangeError(`${name} is longer than a slot`);
  let sum = 0;
  for (const byte of eleven) sum = (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff;
  const entry = Buffer.alloc(32);
  entry[0] = 0x41;
  entry[11] = 0x0f;
  entry[13] = sum;
  for (const [index, at] of [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30].entries())
    entry.writeUInt16LE(index < name.length ? name.charCodeAt(index) : index === name.length ? 0 : 0xffff, at);
  return [entry];
}
