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
  'K1',
  'K2',
  'K3',
  'K4',
  'K5',
  'K6',
  'K7',
  'K8',
  'K9',
  'KC',
] as const;
/** Of bits whose name here is not the game's. */
const SHOWN: Readonly<Record<string, string>> = { KC: 'DS' };
const shownName = (name: string): string => SHOWN[name] ?? name.replace(/^K(\d)$/, '$1K');
const PLACES: ReadonlyMap<string, number> = new Map(ORDER.map((name, place) => [shownName(name), place]));
/** Not shown: it says which rules there were, not what the player took on. */
const CLASSIC = 'CL';
/** A file may name what no game knows. */
const MOST_SHOWN = 12;

/** `HD`, `DT1.3x` … NC and PF stand for DT and SD beside them. */
export function modNames({ header: { mods }, lazerMods }: NamedReplay): string[] {
  if (lazerMods.length > 0) return lazerNames(lazerMods);
  return ORDER.filter((name) => (mods & MOD[name]) !== 0)
    .filter((name) => !(name === 'DT' && (mods & MOD.NC) !== 0) && !(name === 'SD' && (mods & MOD.PF) !== 0))
    .map(shownName);
}

/** `HDDT`; `NM` without any. */
export const modsText = (replay: NamedReplay): string => modNames(replay).join('') || 'NM';

/** How fast a play with such names went: what `modNames` says of a speed, read again. @param text `HDDT1.3x` */
export function rateInNames(text: string): number {
  let rate = 1;
  for (const [, acronym = '', own] of text.matchAll(/([A-Z0-9]{2})(?:(\d(?:\.\d+)?)x)?/g))
    rate *= own === undefined ? speedOf({ acronym, settings: {} }) : Number(own);
  return rate;
}

type NamedReplay = Pick<Replay, 'lazerMods'> & { readonly header: { readonly mods: number } };

function lazerNames(mods: readonly NamedMod[]): string[] {
  const place = ({ acronym }: NamedMod): number => PLACES.get(acronym) ?? ORDER.length;
  return mods
    .filter(({ acronym }) => acronym !== CLASSIC)
    .slice(0, MOST_SHOWN)
    .toSorted((a, b) => place(a) - place(b))
    .map((mod) => (hasOwnSpeed(mod) ? `${mod.acronym}${Number(speedOf(mod).toFixed(2))}x` : mod.acronym));
}
