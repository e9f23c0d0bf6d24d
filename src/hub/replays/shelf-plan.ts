/** What of the dropped files goes, so that the others stay. Pure. */

export interface ShelvedFile {
  readonly id: string;
  readonly kind: 'replay' | 'set' | 'skin';
  readonly bytes: number;
  /** Days since it was used. */
  readonly age: number;
}

/**
 * Sets and skins before replays, which are small and are what people came with; of each those that were not used for longest.
 * @param files those not used for longest first
 * @param stays what must not go
 */
export function whatGoes<File extends ShelvedFile>(
  files: readonly File[],
  limits: { readonly mostBytes: number; readonly days: number | null },
  stays: (file: File) => boolean,
): File[] {
  const { mostBytes, days } = limits;
  const going = files.filter((file) => days !== null && file.age > days && !stays(file));
  const gone = new Set(going);
  let total = files.reduce((sum, file) => sum + (gone.has(file) ? 0 : file.bytes), 0);
  const inOrder = [...files.filter(({ kind }) => kind !== 'replay'), ...files.filter(({ kind }) => kind === 'replay')];
  for (const file of inOrder) {
    if (total <= mostBytes) break;
    if (gone.has(file) || stays(file)) continue;
    going.push(file);
    total -= file.bytes;
  }
  return going;
}
