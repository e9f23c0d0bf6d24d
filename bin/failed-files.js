/** A reporter for `node --test`: the file of each test that failed, a line each. */
import { relative } from 'node:path';

export default async function* failedFiles(events) {
  const named = new Set();
  for await (const { type, data } of events) {
    if (type !== 'test:fail' || !data.file) continue;
    const file = relative(process.cwd(), data.file);
    if (!named.has(file)) yield `${file}\n`;
    named.add(file);
  }
}
