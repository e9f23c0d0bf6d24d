/** The letter of a play, by the rules of score V1. Pure. */
import { MOD } from '../../read/replay.ts';

export type Grade = 'XH' | 'X' | 'SH' | 'S' | 'A' | 'B' | 'C' | 'D';

export function gradeOf(
  { n300, n100, n50, miss }: { n300: number; n100: number; n50: number; miss: number },
  mods: number,
): Grade {
  const all = n300 + n100 + n50 + miss;
  const silver = (mods & (MOD.HD | MOD.FL)) !== 0;
  if (all === 0 || n300 === all) return silver ? 'XH' : 'X';
  const part300 = n300 / all;
  if (part300 > 0.9 && n50 / all <= 0.01 && miss === 0) return silver ? 'SH' : 'S';
  if ((part300 > 0.8 && miss === 0) || part300 > 0.9) return 'A';
  if ((part300 > 0.7 && miss === 0) || part300 > 0.8) return 'B';
  return part300 > 0.6 ? 'C' : 'D';
}

/** Of osu!catch: by accuracy alone. @param accuracy 0 to 1 */
export function catchGradeOf(accuracy: number, mods: number): Grade {
  const silver = (mods & (MOD.HD | MOD.FL)) !== 0;
  if (accuracy === 1) return silver ? 'XH' : 'X';
  if (accuracy > 0.98) return silver ? 'SH' : 'S';
  return accuracy > 0.94 ? 'A' : accuracy > 0.9 ? 'B' : accuracy > 0.85 ? 'C' : 'D';
}

/** As it is written on the screen. */
export const gradeText = (grade: Grade): string => grade.replace('X', 'SS').replace(/H$/, '').replace('SSH', 'SS');

export const gradeColour = (grade: Grade): string =>
  ({
    XH: '#e8eef8',
    SH: '#e8eef8',
    X: '#ffd966',
    S: '#ffd966',
    A: '#7fe08a',
    B: '#7cb8ff',
    C: '#d68cff',
    D: '#ff7a7a',
  })[grade];
