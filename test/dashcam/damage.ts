/**
 * What a power cut does to a drive: the 26 cases of the facts page, each with the file that it hits. Every byte of every file is still in the image.
 */
import { clipName, EVENT, RECENT } from './car.ts';
import type { ExfatImage } from './exfat-image.ts';
import type { Fat32Image } from './fat32-image.ts';
import type { ImageItem } from './image-writer.ts';
import { randomOf } from './random.ts';

export interface Damage<Image> {
  readonly name: string;
  readonly what: string;
  /** @param at what it hits */
  readonly apply: (image: Image, at?: Hit) => void;
}

export interface Hit {
  readonly file: string;
  /** The other file, where two are involved. */
  readonly other: string;
}

export const HIT = `${RECENT}/${clipName(3, 'back')}`;
const OTHER = `${RECENT}/${clipName(3, 'front')}`;
const USUAL: Hit = { file: HIT, other: OTHER };
const END = 0x0fffffff;

const shortSlotOf = (item: ImageItem): number => item.slots.at(-1) ?? 0;

function setSize(image: Fat32Image, item: ImageItem, bytes: number): void {
  image.writer.putU32(shortSlotOf(item) + 28, bytes);
}

function setStart(image: Fat32Image, item: ImageItem, cluster: number): void {
  const word = (value: number): Uint8Array => Uint8Array.of(value & 0xff, value >>> 8);
  image.writer.put(shortSlotOf(item) + 20, word(cluster >>> 16));
  image.writer.put(shortSlotOf(item) + 26, word(cluster & 0xffff));
}

const tail = (item: ImageItem, from: number): readonly number[] =>
  item.clusters.slice(Math.floor(item.clusters.length * from));

export const FAT32_DAMAGE: readonly Damage<Fat32Image>[] = [
  {
    name: 'S1',
    what: 'the chain of the newest file never flushed',
    apply: (image, at = USUAL) => {
      for (const cluster of image.item(at.file).clusters) image.setLink(cluster, 0);
    },
  },
  {
    name: 'S2',
    what: 'the last 40 % of a chain missing',
    apply: (image, at = USUAL) => {
      for (const cluster of tail(image.item(at.file), 0.6)) image.setLink(cluster, 0);
    },
  },
  { name: 'S3', what: 'size 0 with a chain', apply: (image, at = USUAL) => setSize(image, image.item(at.file), 0) },
  {
    name: 'S4',
    what: 'size 0 and start cluster 0',
    apply: (image, at = USUAL) => {
      setSize(image, image.item(at.file), 0);
      setStart(image, image.item(at.file), 0);
    },
  },
  {
    name: 'S5',
    what: 'entry never written',
    apply: (image, at = USUAL) => {
      for (const slot of image.item(at.file).slots) image.writer.put(slot, Uint8Array.of(0xe5));
    },
  },
  {
    name: 'S6',
    what: 'two files share a tail',
    apply: (image, at = USUAL) => {
      const [one, other] = [image.item(at.file).clusters, image.item(at.other).clusters];
      const half = Math.min(one.length - 2, Math.floor(other.length / 2));
      image.setLink(other[half] ?? 0, one[half + 1] ?? 0);
    },
  },
  {
    name: 'S7',
    what: 'a piece of the long name lost',
    apply: (image, at = USUAL) => image.writer.put(image.item(at.file).slots.at(-2) ?? 0, Uint8Array.of(0xe5)),
  },
  {
    name: 'S8',
    what: 'cluster of the event folder zero',
    apply: (image) =>
      image.writer.put(image.placeOf(image.item(EVENT).clusters[0] ?? 0), new Uint8Array(image.clusterBytes)),
  },
  {
    name: 'S9',
    what: 'cluster of the event folder junk',
    apply: (image) =>
      image.writer.put(
        image.placeOf(image.item(EVENT).clusters[0] ?? 0),
        randomOf(3).bytes(Math.min(4096, image.clusterBytes)),
      ),
  },
  {
    name: 'S10',
    what: 'FAT 2 stale',
    apply: (image, at = USUAL) => {
      for (const cluster of tail(image.item(at.file), 0.5)) image.setLink(cluster, 0, [1]);
    },
  },
  {
    name: 'S11',
    what: 'FAT 1 stale, FAT 2 good',
    apply: (image, at = USUAL) => {
      for (const cluster of tail(image.item(at.file), 0.5)) image.setLink(cluster, 0, [0]);
    },
  },
  {
    name: 'S12',
    what: 'the chain runs in a circle',
    apply: (image, at = USUAL) => {
      const { clusters } = image.item(at.file);
      image.setLink(clusters.at(-1) ?? 0, clusters[3] ?? END);
    },
  },
  {
    name: 'S13',
    what: 'a stale, smaller size',
    apply: (image, at = USUAL) => setSize(image, image.item(at.file), Math.floor(image.item(at.file).bytes / 5)),
  },
];

/** Changes the stream entry of a file, and its checksum with it. */
function stream(image: ExfatImage, path: string, change: (slot: Buffer, item: ImageItem) => void): void {
  const item = image.item(path);
  const place = item.slots[1] ?? 0;
  const slot = image.writer.get(place, 32);
  change(slot, item);
  image.writer.put(place, slot);
  image.sum(item);
}

/** Gives a file a chain in the table instead of NoFatChain. */
function chained(image: ExfatImage, path: string): readonly number[] {
  const { clusters } = image.item(path);
  for (const [index, cluster] of clusters.entries()) image.setLink(cluster, clusters[index + 1] ?? 0xffffffff);
  stream(image, path, (slot) => {
    slot[1] = (slot[1] ?? 0) & ~2;
  });
  return clusters;
}

const setLengths = (slot: Buffer, valid: number, bytes: number): void => {
  slot.writeBigUInt64LE(BigInt(valid), 8);
  slot.writeBigUInt64LE(BigInt(bytes), 24);
};

function forget(image: ExfatImage, path: string): void {
  for (const place of image.item(path).slots) {
    const [type = 0] = image.writer.get(place, 1);
    image.writer.put(place, Uint8Array.of(type & 0x7f));
  }
}

export const EXFAT_DAMAGE: readonly Damage<ExfatImage>[] = [
  {
    name: 'E1',
    what: 'bitmap not flushed',
    apply: (image, at = USUAL) => {
      for (const cluster of image.item(at.file).clusters) image.setBit(cluster, false);
    },
  },
  {
    name: 'E2',
    what: 'ValidDataLength 0',
    apply: (image, at = USUAL) => stream(image, at.file, (slot, item) => setLengths(slot, 0, item.bytes)),
  },
  {
    name: 'E3',
    what: 'ValidDataLength half',
    apply: (image, at = USUAL) => stream(image, at.file, (slot, item) => setLengths(slot, item.bytes >> 1, item.bytes)),
  },
  {
    name: 'E4',
    what: 'size 0, start cluster kept',
    apply: (image, at = USUAL) => stream(image, at.file, (slot) => setLengths(slot, 0, 0)),
  },
  {
    name: 'E5',
    what: 'size 0 and start cluster 0',
    apply: (image, at = USUAL) =>
      stream(image, at.file, (slot) => {
        setLengths(slot, 0, 0);
        slot.writeUInt32LE(0, 20);
      }),
  },
  {
    name: 'E6',
    what: 'a stale, smaller size',
    apply: (image, at = USUAL) =>
      stream(image, at.file, (slot, item) => setLengths(slot, Math.floor(item.bytes / 5), Math.floor(item.bytes / 5))),
  },
  {
    name: 'E7',
    what: 'checksum of the entry set wrong',
    apply: (image, at = USUAL) => {
      const { slots, bytes } = image.item(at.file);
      image.writer.putU32((slots[1] ?? 0) + 24, bytes - 5);
    },
  },
  {
    name: 'E8',
    what: 'entry set gone, chain in the table',
    apply: (image, at = USUAL) => {
      chained(image, at.file);
      forget(image, at.file);
    },
  },
  { name: 'E9', what: 'entry set gone, no chain', apply: (image, at = USUAL) => forget(image, at.file) },
  {
    name: 'E10',
    what: 'the tail of a chain zero',
    apply: (image, at = USUAL) => {
      const clusters = chained(image, at.file);
      for (const cluster of clusters.slice(clusters.length >> 1)) image.setLink(cluster, 0);
    },
  },
  {
    name: 'E11',
    what: 'a file begins inside of another',
    apply: (image, at = USUAL) =>
      stream(image, at.other, (slot) => {
        slot.writeUInt32LE((image.item(at.file).clusters[0] ?? 0) + 5, 20);
      }),
  },
  {
    name: 'E12',
    what: 'cluster of the event folder zero',
    apply: (image) =>
      image.writer.put(image.placeOf(image.item(EVENT).clusters[0] ?? 0), new Uint8Array(image.clusterBytes)),
  },
  {
    name: 'E13',
    what: 'last name entry zero',
    apply: (image, at = USUAL) => image.writer.put(image.item(at.file).slots.at(-1) ?? 0, new Uint8Array(32)),
  },
];
