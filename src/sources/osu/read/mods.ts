/** What mods are called, in the order in which the game shows them. Pure. */
import { hasOwnSpeed, speedOf } from './pace.ts';
import { MOD, type NamedMod, type Replay } from './replay.ts';

const ORDER = [
  'EZ',
  'NF',
  'HT',
  'HD',
  'HR',
  'SD',
  'PF',
  'DT',
  'NC',
  'FL',
  'FI',
  'RX',
  'AP',
  'SO',
  'AT',
  'CN',
  'TD',
  'V2',
  'RD',
  'MR',
] as const;
const PLACES: ReadonlyMap<string, number> = new Map(ORDER.map((name, place) => [name, place]));
/** Not shown: it says which rules there were, not what the player took on. */
const CLASSIC = 'CL';
/** A file may name what no game knows. */
const MOST_SHOWN = 12;

/** `HD`, `DT1.3x` … NC and PF stand for DT and SD beside them. */
export function modNames({ header: { mods }, lazerMods }: NamedReplay): string[] {
  if (lazerMods.length > 0) return lazerNames(lazerMods);
  return ORDER.filter((name) => (mods & MOD[name]) !== 0).filter(
    (name) => !(name === 'DT' && (mods & MOD.NC) !== 0) && !(name === 'SD' && (mods & MOD.PF) !== 0),
  );
}

/** `HDDT`; `NM` without any. */
export const modsText = (replay: NamedReplay): string => modNames(replay).join('') || 'NM';

type NamedReplay = Pick<Replay, 'lazerMods'> & { readonly header: { readonly mods: number } };

function lazerNames(mods: readonly NamedMod[]): string[] {
  const place = ({ acronym }: NamedMod): number => PLACES.get(acronym) ?? ORDER.length;
  return mods
    .filter(({ acronym }) => acronym !== CLASSIC)
    .slice(0, MOST_SHOWN)
    .toSorted((a, b) => place(a) - place(b))
    .map((mod) => (hasOwnSpeed(mod) ? `${mod.acronym}${Number(speedOf(mod).toFixed(2))}x` : mod.acronym));
}
