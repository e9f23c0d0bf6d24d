/**
 * The digest of a manifest: what the lines up to a place still say, so that who starts need not read years of them. All of it can be found in the manifest
 * again, which alone is the record: a digest that is missing, damaged, of another version or of another manifest counts for nothing.
 *
 * One piece a line, and last a line that says for which manifest and up to where, with the SHA-256 of those before it.
 */
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Disk, DiskFile } from '../../../blobs/disk.ts';
import { MANIFEST } from '../../../blobs/folder.ts';
import type { Known } from './known.ts';
import { type ManifestEnd, readManifest } from './manifest.ts';
import { hashOfLine, LINE_KINDS, NOTHING_BEFORE } from './manifest-line.ts';
import { type Memory, memoryIn, memoryText } from './memory.ts';
import { eachLine } from './text-lines.ts';

/** In the folder of the source. */
export const DIGEST = '.manifest-digest.jsonl';
const DRAFT = '.manifest-digest.draft';
const VERSION = 1;
const PIECE = 1 << 17;

const Foot = z.object({
  digest: z.literal(VERSION),
  /** Kinds of lines that its writer knew: who knows others reads the manifest for himself. */
  kinds: z.array(z.string()),
  /** The end of the manifest then. */
  head: z.string(),
  bytes: z.int().positive(),
  lines: z.int().positive(),
  /** Bytes of its last line, with its end. */
  last: z.int().positive(),
  /** Of all lines before this one, and of the rest of it. */
  sha256: z.string(),
});
type Foot = z.output<typeof Foot>;

export interface Digest {
  /** Up to where it says what the manifest says. */
  readonly end: ManifestEnd;
  /** Each piece, in constant memory. */
  memories(take: (memory: Memory) => void | Promise<void>): Promise<void>;
}

/** Where a manifest and its digest are. */
export interface DigestPlace {
  readonly disk: Disk;
  /** The library. */
  readonly root: string;
  readonly source: string;
}

/** Undefined when there is none that counts. */
export async function openDigest({ disk, root, source }: DigestPlace): Promise<Digest | undefined> {
  const path = join(root, source, DIGEST);
  const foot = await readFoot(disk, path);
  if (!foot || !(await isOf(disk, join(root, source, MANIFEST), foot))) return undefined;
  const { head, bytes, lines } = foot;
  return {
    end: { head, bytes, lines },
    async memories(take) {
      let before = '';
      await eachLine(disk, path, (line) => {
        const piece = before;
        before = line.toString('utf8');
        return piece === '' ? undefined : take(memoryIn(piece));
      });
    },
  };
}

/** Of a digest that is whole. */
async function readFoot(disk: Disk, path: string): Promise<Foot | undefined> {
  if (!(await disk.stat(path))) return undefined;
  const hash = createHash('sha256');
  let last = Buffer.alloc(0);
  try {
    await eachLine(disk, path, (line) => {
      if (last.length > 0) hash.update(last).update('\n');
      last = Buffer.from(line);
    });
    const foot = Foot.safeParse(JSON.parse(last.toString('utf8'))).data;
    if (!foot) return undefined;
    const { sha256, ...rest } = foot;
    return sha256 === hash.update(JSON.stringify(rest)).digest('hex') && foot.kinds.join() === LINE_KINDS.join()
      ? foot
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether the manifest has the very line there that the digest goes up to: each holds the hash of all before it. */
async function isOf(disk: Disk, path: string, { bytes, last, head }: Foot): Promise<boolean> {
  if (((await disk.stat(path))?.size ?? 0) < bytes || last > bytes) return false;
  const file = await disk.openRead(path);
  try {
    const line = await file.read(bytes - last, last);
    return line.length === last && hashOfLine(line.subarray(0, -1)) === head;
  } finally {
    await file.close();
  }
}

/**
 * Takes the place of the digest that is there, whole and at once. In constant memory: lines come from the digest before it, and from what was appended since.
 * @param known all of the manifest, as it is now. @param before the digest that it was begun with
 */
export async function writeDigest(place: DigestPlace, known: Known, before: Digest | undefined): Promise<void> {
  const { disk, root, source } = place;
  const draft = join(root, source, DRAFT);
  if (await disk.stat(draft)) await disk.unlink(draft);
  const sheet = new Sheet(await disk.openAppend(draft, 'new'));
  try {
    await before?.memories((memory) => {
      if (memory.kind !== 'line') return undefined;
      const weight = known.weightOf(memory.line, memory.place.number);
      if (weight !== undefined) sheet.add({ ...memory, quiet: weight === 'quiet' });
      return sheet.isLong ? sheet.write() : undefined;
    });
    const from = before?.end ?? { head: NOTHING_BEFORE, bytes: 0, lines: 0 };
    let [number, offset, last] = [from.lines, from.bytes, 0];
    const read = await readManifest(
      disk,
      join(root, source, MANIFEST),
      (line, _hash, end) => {
        number += 1;
        last = end - offset;
        const weight = line === undefined ? undefined : known.weightOf(line, number);
        const placed = { number, offset, length: last - 1 };
        offset = end;
        if (line && weight !== undefined) sheet.add({ kind: 'line', line, place: placed, quiet: weight === 'quiet' });
        return sheet.isLong ? sheet.write() : undefined;
      },
      { from },
    );
    for (const memory of known.memories()) {
      sheet.add(memory);
      if (sheet.isLong) await sheet.write();
    }
    // Nothing new, or more than is known: there is nothing to be said.
    if (last === 0 || read.broken || read.lines !== known.lines) return await sheet.close();
    const { head, bytes, lines } = read;
    await sheet.end({ digest: VERSION, kinds: [...LINE_KINDS], head, bytes, lines, last });
  } catch (error) {
    await sheet.close();
    throw error;
  }
  await disk.rename(draft, join(root, source, DIGEST));
  await disk.syncFolder(dirname(draft));
}

/** What is being written, a piece after the other. */
class Sheet {
  readonly #file: DiskFile;
  readonly #hash = createHash('sha256');
  #texts: Buffer[] = [];
  #bytes = 0;
  #closed = false;

  constructor(file: DiskFile) {
    this.#file = file;
  }

  get isLong(): boolean {
    return this.#bytes >= PIECE;
  }

  add(memory: Memory): void {
    this.#push(Buffer.from(memoryText(memory)));
  }

  async write(): Promise<void> {
    const texts = this.#texts;
    [this.#texts, this.#bytes] = [[], 0];
    if (texts.length > 0) await this.#file.writev(texts);
  }

  async end(foot: Omit<Foot, 'sha256'>): Promise<void> {
    const sha256 = this.#hash.update(JSON.stringify(foot)).digest('hex');
    this.#texts.push(Buffer.from(`${JSON.stringify({ ...foot, sha256 })}\n`));
    await this.write();
    await this.#file.datasync();
    await this.close();
  }

  async close(): Promise<void> {
    if (!this.#closed) await this.#file.close();
    this.#closed = true;
  }

  #push(text: Buffer): void {
    this.#hash.update(text);
    this.#texts.push(text);
    this.#bytes += text.length;
  }
}
