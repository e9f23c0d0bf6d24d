/** Lines of a file that may be large, in constant memory. */
import type { Disk } from '../../../blobs/disk.ts';

const BLOCK = 1 << 18;
const MOST_LINE = 8 << 20;
const END = 0x0a;

/** @param onLine without its end, valid until it is done. What follows the last end is no line. @throws SyntaxError when one has no end */
export async function eachLine(
  disk: Disk,
  path: string,
  onLine: (line: Buffer) => void | Promise<void>,
): Promise<void> {
  const file = await disk.openRead(path);
  try {
    let rest: Uint8Array = new Uint8Array(0);
    for (let at = 0; at < file.size; ) {
      const block = await file.read(at, BLOCK);
      if (block.length === 0) break;
      at += block.length;
      const text =
        rest.length === 0 ? Buffer.from(block.buffer, block.byteOffset, block.length) : Buffer.concat([rest, block]);
      let from = 0;
      for (let end = text.indexOf(END); end >= 0; end = text.indexOf(END, from)) {
        const slow = onLine(text.subarray(from, end));
        if (slow) await slow;
        from = end + 1;
      }
      rest = text.subarray(from);
      if (rest.length > MOST_LINE) throw new SyntaxError('a line has no end');
    }
  } finally {
    await file.close();
  }
}
