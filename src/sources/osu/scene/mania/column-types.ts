/** Which picture each column of mania has. Pure. */

/** `S` is the special one in the middle or at the side. */
export type ColumnType = '1' | '2' | 'S';

/** More keys than these are played on two stages. */
const ONE_STAGE = 9;

/** How many columns the first stage has: all of them where there is one. @param split what a skin says of it */
export const firstStage = (count: number, split: boolean | undefined): number =>
  (split ?? count > ONE_STAGE) && count > 1 ? Math.ceil(count / 2) : count;

/** In turns from the edge, the middle one of an odd number special; with a turntable the first one. */
export function columnTypes(count: number, first: number, special: boolean): ColumnType[] {
  return Array.from({ length: count }, (_, column) => typeOf(column, count, first, special));
}

function typeOf(column: number, count: number, first: number, special: boolean): ColumnType {
  const [own, among] = column < first ? [column, first] : [column - first, count - first];
  const hasTable = special && among > 4 && among % 2 === 0;
  if (hasTable && own === 0) return 'S';
  const [place, keys] = hasTable ? [own - 1, among - 1] : [own, among];
  if (keys % 2 === 1 && place === (keys - 1) / 2 && keys > 1) return 'S';
  return Math.min(place, keys - 1 - place) % 2 === 0 ? '1' : '2';
}
