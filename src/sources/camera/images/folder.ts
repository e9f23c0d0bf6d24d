/**
 * The images of a folder.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, Unavailable, UserError } from '../../../base/errors.ts';

const IMAGE = /\.(jpe?g|png|webp|avif|bmp|gif)$/i;
const MOST_IMAGES = 100_000;
const ORDER = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** As a person counts: 2 before 10. */
export function naturalOrder(a: string, b: string): number {
  return ORDER.compare(a, b) || (a < b ? -1 : Number(a > b));
}

/**
 * Names in natural order.
 * @throws UserError when there is no such folder, Unavailable when it holds no image yet
 */
export async function imagesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new UserError(
      `The folder of images cannot be read: ${messageOf(error)}.`,
      'It must exist on the machine that records, and the recorder must be allowed to read it.',
    );
  });
  // A name that begins with a dot is a file on its way (rsync, browsers).
  const images = names.filter((name) => IMAGE.test(name) && !name.startsWith('.'));
  if (images.length === 0)
    throw new Unavailable('The folder holds no image yet (JPEG, PNG, WebP, AVIF, BMP or GIF).', 5000);
  return images.sort(naturalOrder).slice(0, MOST_IMAGES);
}

/** The one that was changed last; of those changed at once, the last in natural order. */
export async function newestOf(folder: string, names: readonly string[]): Promise<string | undefined> {
  let newest: { name: string; at: number } | undefined;
  for (const name of names) {
    const at = (await stat(join(folder, name)).catch(() => undefined))?.mtimeMs;
    if (at !== undefined && (newest === undefined || at >= newest.at)) newest = { name, at };
  }
  return newest?.name;
}
