/**
 * Where another entry file of Vidette is: `.ts` in a checkout, `.js` in a published package.
 */
import { fileURLToPath } from 'node:url';

/** Path of the entry file `name` (without extension) relative to the module at `from` (its `import.meta.url`). */
export function entry(from: string, name: string): string {
  const extension = from.endsWith('.ts') ? '.ts' : '.js';
  return fileURLToPath(new URL(name + extension, from));
}
