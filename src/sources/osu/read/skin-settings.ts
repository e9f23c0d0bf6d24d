/** What a `skin.ini` says, but for its sections of single games (osu! wiki, “skin.ini”). What it says badly is as if it said nothing. Pure. */
import type { Rgb } from './beatmap.ts';

/** Pictures of digits: their names up to the digit, and how many of the skin's pixels each lies over the one before. */
export interface SkinFont {
  readonly prefix: string;
  readonly overlap: number;
}

export interface SkinSettings {
  /** 1 where the file does not say, the newest where there is no file. */
  readonly version: number;
  /** Pictures a second of most animations; undefined: all of one in a second. */
  readonly framerate: number | undefined;
  readonly allowSliderBallTint: boolean;
  /** On the way back the ball is mirrored. */
  readonly sliderBallFlip: boolean;
  readonly cursorCentre: boolean;
  readonly cursorExpand: boolean;
  readonly cursorRotate: boolean;
  readonly cursorTrailRotate: boolean;
  readonly overlayAboveNumber: boolean;
  /** A hit is heard beside its additions. */
  readonly layeredHitSounds: boolean;
  readonly spinnerFadePlayfield: boolean;
  readonly spinnerNoBlink: boolean;
  /** Pictures of long combos come in any order. */
  readonly comboBurstRandom: boolean;
  /** Combos at which they are heard; undefined: whenever they are seen. */
  readonly comboBurstSounds: ReadonlySet<number> | undefined;
  /** The sound of a spinner rises as it is turned. */
  readonly spinnerFrequencyModulate: boolean;
  readonly comboColours: readonly Rgb[];
  readonly sliderBorder: Rgb | undefined;
  readonly sliderTrack: Rgb | undefined;
  readonly sliderBall: Rgb | undefined;
  readonly inputText: Rgb;
  readonly spinnerBackground: Rgb;
  /** Of osu!catch: the catcher while it dashes over, fruits that let it, and the images behind it. */
  readonly hyperDash: Rgb;
  readonly hyperDashFruit: Rgb;
  readonly hyperDashAfterImage: Rgb;
  readonly hitCircleFont: SkinFont;
  readonly scoreFont: SkinFont;
  readonly comboFont: SkinFont;
}

const NEWEST = 2.7;
const OLDEST = 1;
const MOST_FRAMERATE = 1000;
const MOST_OVERLAP = 1000;
const MOST_COUNTS = 1000;

/** @param ini `section.key` in lower case → value; undefined: the skin has no such file */
export function skinSettings(ini: ReadonlyMap<string, string> | undefined): SkinSettings {
  const text = (key: string): string | undefined => ini?.get(key)?.trim();
  const flag = (key: string, otherwise: boolean): boolean => {
    const value = text(`general.${key}`);
    return value === undefined || value === '' ? otherwise : value === '1';
  };
  const number = (key: string): number | undefined => {
    const value = text(key);
    return value === undefined || !/^[+-]?\d+(\.\d+)?$/.test(value) ? undefined : Number(value);
  };
  const colour = (key: string): Rgb | undefined => rgbOf(text(`colours.${key}`));
  const font = (key: string, prefix: string, overlap: number): SkinFont => ({
    prefix: pathOf(text(`fonts.${key}prefix`)) ?? prefix,
    overlap: Math.max(-MOST_OVERLAP, Math.min(MOST_OVERLAP, number(`fonts.${key}overlap`) ?? overlap)),
  });
  const hyperDash = rgbOf(text('catchthebeat.hyperdash')) ?? { r: 255, g: 0, b: 0 };
  const framerate = number('general.animationframerate');
  const version = text('general.version')?.toLowerCase();
  return {
    version:
      ini === undefined || version === 'latest' || version === 'user' ? NEWEST : (number('general.version') ?? OLDEST),
    framerate: framerate !== undefined && framerate > 0 ? Math.min(MOST_FRAMERATE, framerate) : undefined,
    allowSliderBallTint: flag('allowsliderballtint', false),
    sliderBallFlip: flag('sliderballflip', true),
    cursorCentre: flag('cursorcentre', true),
    cursorExpand: flag('cursorexpand', true),
    cursorRotate: flag('cursorrotate', true),
    cursorTrailRotate: flag('cursortrailrotate', true),
    // The game once wrote it without a letter.
    overlayAboveNumber: flag('hitcircleoverlayabovenumber', flag('hitcircleoverlayabovenumer', true)),
    layeredHitSounds: flag('layeredhitsounds', true),
    spinnerFadePlayfield: flag('spinnerfadeplayfield', false),
    spinnerNoBlink: flag('spinnernoblink', false),
    comboBurstRandom: flag('comboburstrandom', false),
    comboBurstSounds: countsOf(text('general.customcomboburstsounds')),
    spinnerFrequencyModulate: flag('spinnerfrequencymodulate', true),
    comboColours: Array.from({ length: 8 }, (_, index) => colour(`combo${index + 1}`)).flatMap((one) => one ?? []),
    sliderBorder: colour('sliderborder'),
    sliderTrack: colour('slidertrackoverride'),
    sliderBall: colour('sliderball'),
    inputText: colour('inputoverlaytext') ?? { r: 0, g: 0, b: 0 },
    spinnerBackground: colour('spinnerbackground') ?? { r: 100, g: 100, b: 100 },
    hyperDash,
    hyperDashFruit: rgbOf(text('catchthebeat.hyperdashfruit')) ?? hyperDash,
    hyperDashAfterImage: rgbOf(text('catchthebeat.hyperdashafterimage')) ?? hyperDash,
    hitCircleFont: font('hitcircle', 'default', -2),
    scoreFont: font('score', 'score', 0),
    comboFont: font('combo', 'score', 0),
  };
}

/** `255, 128, 0`; an alpha behind it is passed over. */
function rgbOf(text: string | undefined): Rgb | undefined {
  const [r, g, b] = (text ?? '').split(',').map((part) => (/^\s*\d{1,3}\s*$/.test(part) ? Number(part) : Number.NaN));
  const isLevel = (value: number | undefined): value is number => value !== undefined && value >= 0 && value <= 255;
  return isLevel(r) && isLevel(g) && isLevel(b) ? { r, g, b } : undefined;
}

/** `30, 100`; what is no whole number is passed over. */
function countsOf(text: string | undefined): ReadonlySet<number> | undefined {
  if (text === undefined || text === '') return undefined;
  const words = text.split(',', MOST_COUNTS).map((word) => word.trim());
  return new Set(words.filter((word) => /^\d{1,6}$/.test(word)).map(Number));
}

/** Prefixes may name a folder of the skin. */
function pathOf(text: string | undefined): string | undefined {
  const path = text?.replaceAll('\\', '/').toLowerCase();
  return path === undefined || path === '' || path.length > 200 ? undefined : path;
}
