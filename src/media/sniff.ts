/**
 * What a file is by its first bytes. Pure. Kinds of sources that know more about a format refine this later.
 */
export interface Sniffed {
  readonly kind: 'video' | 'audio' | 'image' | 'archive' | 'replay' | 'disk' | 'text' | 'unknown';
  readonly format: string;
}

interface Magic extends Sniffed {
  readonly at: number;
  /** As Latin-1 text. */
  readonly bytes: string;
}

const MAGICS: readonly Magic[] = [
  { at: 0, bytes: '\x89PNG\r\n\x1a\n', kind: 'image', format: 'PNG picture' },
  { at: 0, bytes: '\xff\xd8\xff', kind: 'image', format: 'JPEG picture' },
  { at: 0, bytes: 'GIF8', kind: 'image', format: 'GIF picture' },
  { at: 8, bytes: 'WEBP', kind: 'image', format: 'WebP picture' },
  { at: 4, bytes: 'ftypavif', kind: 'image', format: 'AVIF picture' },
  { at: 4, bytes: 'ftypheic', kind: 'image', format: 'HEIC picture' },
  { at: 4, bytes: 'ftyp', kind: 'video', format: 'MP4' },
  { at: 4, bytes: 'moov', kind: 'video', format: 'QuickTime' },
  { at: 0, bytes: '\x1aE\xdf\xa3', kind: 'video', format: 'Matroska' },
  { at: 8, bytes: 'AVI ', kind: 'video', format: 'AVI' },
  { at: 0, bytes: 'FLV\x01', kind: 'video', format: 'FLV' },
  { at: 8, bytes: 'WAVE', kind: 'audio', format: 'WAV' },
  { at: 0, bytes: 'fLaC', kind: 'audio', format: 'FLAC' },
  { at: 0, bytes: 'OggS', kind: 'audio', format: 'Ogg' },
  { at: 0, bytes: 'ID3', kind: 'audio', format: 'MP3' },
  { at: 0, bytes: 'PK\x03\x04', kind: 'archive', format: 'ZIP archive' },
  { at: 0, bytes: '\x1f\x8b', kind: 'archive', format: 'gzip' },
  { at: 0, bytes: 'BZh', kind: 'archive', format: 'bzip2' },
  { at: 0, bytes: '(\xb5/\xfd', kind: 'archive', format: 'Zstandard' },
  { at: 0, bytes: '\xfd7zXZ', kind: 'archive', format: 'xz' },
  { at: 0, bytes: 'osu file format', kind: 'text', format: 'osu! beatmap' },
];

/** @param head the first bytes, as many as there are @param size of the whole file */
export function sniff(head: Buffer, size: number): Sniffed {
  if (size === 0) return { kind: 'unknown', format: 'empty' };
  for (const { at, bytes, kind, format } of MAGICS)
    if (head.subarray(at, at + bytes.length).equals(Buffer.from(bytes, 'latin1'))) return { kind, format };
  if (isTransportStream(head)) return { kind: 'video', format: 'MPEG-TS' };
  if (isAnnexB(head)) return { kind: 'video', format: 'H.264 or H.265 elementary stream' };
  if (isOsuReplay(head)) return { kind: 'replay', format: 'osu! replay' };
  if (head.length >= 512 && head[510] === 0x55 && head[511] === 0xaa) return { kind: 'disk', format: 'disk image' };
  if (head[0] === 0xff && ((head[1] ?? 0) & 0xe6) === 0xe2) return { kind: 'audio', format: 'MP3' };
  if (head.every((byte) => byte >= 0x20 || byte === 9 || byte === 10 || byte === 13))
    return { kind: 'text', format: 'text' };
  return { kind: 'unknown', format: 'unknown' };
}

/** ISO/IEC 13818-1: packets of 188 bytes, each beginning with 0x47. */
function isTransportStream(head: Buffer): boolean {
  return head.length > 188 * 3 && [0, 188, 376, 564].every((at) => head[at] === 0x47);
}

function isAnnexB(head: Buffer): boolean {
  const at = head[2] === 1 ? 3 : 4;
  return head[0] === 0 && head[1] === 0 && (head[2] === 1 || (head[2] === 0 && head[3] === 1)) && head.length > at + 1;
}

/** Mode (0 to 3), then the version of the game as a date such as 20240102, then a string or none. */
function isOsuReplay(head: Buffer): boolean {
  if (head.length < 6 || (head[0] ?? 9) > 3) return false;
  const version = head.readInt32LE(1);
  return version > 20_070_000 && version < 20_990_000 && (head[5] === 0x0b || head[5] === 0);
}
