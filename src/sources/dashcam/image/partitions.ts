/**
 * Where the volumes of an image are: behind an MBR, behind a GPT, or from its first byte. Damaged tables do not hide a volume.
 */
import type { Volume } from './cluster-space.ts';
import { parseExfatBoot } from './exfat-volume.ts';
import { parseFat32Boot } from './fat32-volume.ts';
import type { Findings } from './finding.ts';
import type { ImageFile } from './image-file.ts';

const SECTORS = [512, 4096];
/** Where partitions begin when nothing says where: cylinders of old, 1 MiB, 4 MiB, 16 MiB. */
const USUAL = [63 * 512, 64 * 512, 1 << 20, 4 << 20, 16 << 20];
const MOST_PARTITIONS = 16;

/** Every FAT32 and exFAT volume, in the order of the table. Empty when there is none; a finding says so. */
export function findVolumes(image: ImageFile, findings: Findings): Volume[] {
  const here = volumeAt(image, 0, false);
  if (here) return [here];
  const places = [...new Set([...mbr(image), ...SECTORS.flatMap((sector) => gpt(image, sector))])];
  const found = places.slice(0, MOST_PARTITIONS).flatMap((place) => volumeAt(image, place, true) ?? []);
  if (found.length > 0) return found;
  const spared = volumeAt(image, 0, true);
  if (spared) return [spared];
  for (const place of USUAL) {
    const volume = volumeAt(image, place, true);
    if (!volume) continue;
    findings.add('boot', 'byte 0', 'No partition table can be read', `a volume was found at byte ${place}`);
    return [volume];
  }
  findings.add('no-volume', '', 'There is no FAT32 or exFAT volume in it', 'nothing could be read');
  return [];
}

/** @param copies also look at the copy that each file system keeps of its boot sector */
function volumeAt(image: ImageFile, start: number, copies: boolean): Volume | undefined {
  if (start >= image.size) return undefined;
  const direct = parseExfatBoot(image, start, start) ?? parseFat32Boot(image, start, start);
  if (direct || !copies) return direct;
  for (const sector of SECTORS) {
    const spare = parseExfatBoot(image, start + 12 * sector, start) ?? parseFat32Boot(image, start + 6 * sector, start);
    if (spare) return spare;
  }
  return undefined;
}

function mbr(image: ImageFile): number[] {
  const table = image.cached(0, 512);
  if (table[510] !== 0x55 || table[511] !== 0xaa) return [];
  const out: number[] = [];
  for (let at = 446; at < 510; at += 16) {
    const type = table[at + 4];
    const first = table.readUInt32LE(at + 8);
    if (type !== 0 && type !== 0xee && first > 0) out.push(first * 512);
  }
  return out;
}

const GPT = Buffer.from('EFI PART', 'latin1');

/** UEFI specification, section 5.3: the table behind the first sector, else its copy at the end. */
function gpt(image: ImageFile, sector: number): number[] {
  for (const at of [sector, Math.floor(image.size / sector) * sector - sector]) {
    const head = image.cached(Math.max(0, at), 512);
    if (!head.subarray(0, 8).equals(GPT)) continue;
    const entries = Number(head.readBigUInt64LE(72)) * sector;
    const count = Math.min(head.readUInt32LE(80), 128);
    const bytes = head.readUInt32LE(84);
    if (bytes < 128 || bytes > 4096 || entries >= image.size) continue;
    const out: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const entry = image.cached(entries + index * bytes, 128);
      if (entry.subarray(0, 16).every((byte) => byte === 0)) continue;
      const first = Number(entry.readBigUInt64LE(32)) * sector;
      if (first > 0 && first < image.size) out.push(first);
    }
    if (out.length > 0) return out;
  }
  return [];
}
