/** Names of mods in the order in which the game shows them. Pure. */
import { MOD } from '../../read/replay.ts';

const ORDER = [
  'EZ',
  'NF',
  'HT',
  'HD',
  'HR',
  'SD',
  'DT',
  'FL',
  'FI',
  'RX',
  'AP',
  'SO',
  'TD',
  'AT',
  'CN',
  'V2',
  'MR',
] as const;

export function modNames(mods: number): string[] {
  return ORDER.filter((name) => (mods & MOD[name]) !== 0).map((name) =>
    name === 'DT' && mods & MOD.NC ? 'NC' : name === 'SD' && mods & MOD.PF ? 'PF' : name,
  );
}

/** Milliseconds of the map in one of real time. */
export const rateOf = (mods: number): number => ((mods & MOD.DT) !== 0 ? 1.5 : (mods & MOD.HT) !== 0 ? 0.75 : 1);
