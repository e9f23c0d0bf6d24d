/** An empty file system as a value: what to write where. Everything that is not named is zero. */

export interface Piece {
  /** Byte in the image. */
  readonly at: number;
  readonly bytes: Buffer;
}

export interface VolumeWish {
  /** Byte in the image where the volume begins, and its length. Multiples of a sector. */
  readonly start: number;
  readonly bytes: number;
  /** At most 11 characters of ASCII. */
  readonly label: string;
  /** Folders of the root: letters, digits, at most 13 characters. */
  readonly folders: readonly string[];
  /** 32 bits that tell volumes apart. */
  readonly serial: number;
  /** Local time of the folders. */
  readonly now: Date;
  /** Bytes of a cluster; what the size asks for by default. */
  readonly clusterBytes?: number;
}

export const SECTOR = 512;
export const MIB = 1 << 20;
export const GIB = 1 << 30;

export const alignUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/** Date and time of MS-DOS, in the high and the low half of 32 bits. */
export function dosStamp(now: Date): number {
  const date = (Math.max(0, now.getFullYear() - 1980) << 9) | ((now.getMonth() + 1) << 5) | now.getDate();
  const time = (now.getHours() << 11) | (now.getMinutes() << 5) | (now.getSeconds() >> 1);
  return ((date << 16) | time) >>> 0;
}

/** A partition table with one partition. @param type 7: exFAT, 12: FAT32 with LBA */
export function partitionTable(start: number, bytes: number, type: number, serial: number): Buffer {
  const table = Buffer.alloc(SECTOR);
  table.writeUInt32LE(serial >>> 0, 440);
  // Cylinders mean nothing on such a drive: the largest ones say so.
  table.set([0, 0xfe, 0xff, 0xff, type, 0xfe, 0xff, 0xff], 446);
  table.writeUInt32LE(start / SECTOR, 446 + 8);
  table.writeUInt32LE(bytes / SECTOR, 446 + 12);
  table.set([0x55, 0xaa], 510);
  return table;
}
