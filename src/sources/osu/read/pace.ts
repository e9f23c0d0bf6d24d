/** How fast a play went, and how its music sounded. Pure. */
import { MOD, type NamedMod, type Replay } from './replay.ts';

export interface Pace {
  /** Milliseconds of the map in one of real time: 0.5 to 2. */
  readonly rate: number;
  /** How much higher the music is: 1 is its own pitch, 1.5 that of Nightcore, 0.75 that of Daycore. */
  readonly pitch: number;
  /** Drums on the beats. */
  readonly nightcore: boolean;
}

/** What each is where osu!(lazer)'s player did not set it. */
const SPEEDS: Readonly<Record<string, number>> = { DT: 1.5, NC: 1.5, HT: 0.75, DC: 0.75 };
/** These keep their pitch at any speed of their own (ppy/osu, `ModNightcore`, `ModDaycore`); others change it where that was switched on. */
const PITCHES: Readonly<Record<string, number>> = { NC: 1.5, DC: 0.75 };

/** Milliseconds of the map in one of real time; 1 of a mod that does not change it. */
export function speedOf({ acronym, settings }: NamedMod): number {
  const usual = SPEEDS[acronym];
  if (usual === undefined) return 1;
  const { speed_change: speed } = settings;
  return typeof speed === 'number' && speed >= 0.5 && speed <= 2 ? speed : usual;
}

/** Whether it goes at another speed than the mod has in stable. */
export const hasOwnSpeed = (mod: NamedMod): boolean => speedOf(mod) !== (SPEEDS[mod.acronym] ?? 1);

/** Of the header's bits, or of the mods that osu!(lazer) names: of both games. */
export function paceOf({ header: { mods }, lazerMods }: Pick<Replay, 'lazerMods'> & PacedHeader): Pace {
  if (lazerMods.length > 0)
    return {
      rate: clampRate(lazerMods.reduce((product, mod) => product * speedOf(mod), 1)),
      pitch: lazerMods.reduce((product, mod) => product * pitchOf(mod), 1),
      nightcore: lazerMods.some(({ acronym }) => acronym === 'NC'),
    };
  const nightcore = (mods & MOD.NC) !== 0;
  return {
    rate: rateOf(mods),
    pitch: nightcore ? 1.5 : 1,
    nightcore,
  };
}

/** Of the header's bits. */
export const rateOf = (mods: number): number => ((mods & MOD.DT) !== 0 ? 1.5 : (mods & MOD.HT) !== 0 ? 0.75 : 1);

interface PacedHeader {
  readonly header: { readonly mods: number };
}

/** No player can choose two of them; a file can. */
const clampRate = (rate: number): number => Math.max(0.5, Math.min(2, rate));

function pitchOf(mod: NamedMod): number {
  return PITCHES[mod.acronym] ?? (mod.settings.adjust_pitch === true ? speedOf(mod) : 1);
}
