/**
 * What the contents of a file say of themselves: what they are, and how long. A directory entry may be wrong about that; the contents are not.
 */
import { type FileBoxes, fileBoxes } from '../../../media/mp4/file-boxes.ts';
import { encryptedLength } from '../layout/encrypted.ts';

export type ContentKind = 'mp4' | 'json' | 'png' | 'encrypted' | 'unknown';

export interface Content {
  readonly kind: ContentKind;
  /** Length that the contents prove; undefined when they do not say. */
  readonly bytes: number | undefined;
  readonly boxes: FileBoxes | undefined;
}

type Read = (offset: number, length: number) => Buffer;

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MOST_JSON = 64 * 1024;
const MOST_CHUNKS = 100_000;

/** @param limit bytes that there are in the clusters, which may be more than the file has */
export function contentOf(read: Read, limit: number): Content {
  const head = read(0, Math.min(limit, 24));
  const unknown: Content = { kind: 'unknown', bytes: undefined, boxes: undefined };
  if (head.length < 8) return unknown;
  if (head.toString('latin1', 4, 8) === 'ftyp') {
    const boxes = fileBoxes(read, limit);
    if (boxes.state !== 'none') return { kind: 'mp4', bytes: boxes.state === 'whole' ? boxes.end : undefined, boxes };
  }
  if (head.subarray(0, 8).equals(PNG)) return { kind: 'png', bytes: pngLength(read, limit), boxes: undefined };
  const encrypted = encryptedLength(head);
  if (encrypted !== undefined)
    return { kind: 'encrypted', bytes: encrypted <= limit ? encrypted : undefined, boxes: undefined };
  if (/^\s*\{\s*"/.test(head.toString('latin1')))
    return { kind: 'json', bytes: jsonLength(read(0, Math.min(limit, MOST_JSON))), boxes: undefined };
  return unknown;
}

/** Chunk by chunk to IEND (PNG specification, section 5.3). */
function pngLength(read: Read, limit: number): number | undefined {
  let at = PNG.length;
  for (let chunks = 0; chunks < MOST_CHUNKS && at + 12 <= limit; chunks += 1) {
    const head = read(at, 8);
    if (head.length < 8) return undefined;
    at += 12 + head.readUInt32BE(0);
    if (head.toString('latin1', 4, 8) === 'IEND') return at <= limit ? at : undefined;
  }
  return undefined;
}

/** To the brace that closes the first one, and the line's end behind it. */
function jsonLength(bytes: Buffer): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === 0) return undefined;
    if (quoted) {
      if (byte === 0x5c) at += 1;
      else if (byte === 0x22) quoted = false;
    } else if (byte === 0x22) quoted = true;
    else if (byte === 0x7b) depth += 1;
    else if (byte === 0x7d) {
      depth -= 1;
      if (depth > 0) continue;
      let end = at + 1;
      while (bytes[end] === 0x0a || bytes[end] === 0x0d) end += 1;
      return end;
    }
  }
  return undefined;
}
