/**
 * What a source's folder in the library is called: made from its name once, and fixed for ever.
 */

/** Folders of the library that are not a source's. */
export const RESERVED_FOLDERS: readonly string[] = ['spool', 'clips', 'cache'];
const LONGEST = 40;

/**
 * Small letters, digits and hyphens: good on every file system and in every URL.
 * @param taken in lower case
 */
export function folderFor(name: string, taken: ReadonlySet<string>): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST)
    .replace(/^-+|-+$/g, '');
  const base = plain === '' ? 'camera' : plain;
  for (let count = 1; ; count++) {
    const folder = count === 1 ? base : `${base}-${count}`;
    if (!taken.has(folder) && !RESERVED_FOLDERS.includes(folder)) return folder;
  }
}
