/** Reads a JPEG over and over while another process replaces it, and counts what is no whole picture. */
import { readFileSync } from 'node:fs';

process.once('message', ({ path, reads }: { path: string; reads: number }) => {
  let torn = 0;
  let empty = 0;
  let pictures = 0;
  let last = Buffer.alloc(0);
  for (let read = 0; read < reads; read += 1) {
    const bytes = readFileSync(path);
    if (bytes.length === 0) empty += 1;
    // Start and end of image (ITU-T T.81 section B.1.1.3); a file that is being written has no end yet.
    else if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8 || bytes.readUInt16BE(bytes.length - 2) !== 0xffd9)
      torn += 1;
    if (!bytes.equals(last)) pictures += 1;
    last = bytes;
  }
  process.send?.({ reads, torn, empty, pictures }, () => process.exit(0));
});
