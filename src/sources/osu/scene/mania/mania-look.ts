/** The `[Mania]` part of a skin: what its `skin.ini` says of one number of keys, and the pictures that it names. */
import type { ManiaPlay } from '../../judge/mania-play.ts';
import type { Rgb } from '../../read/beatmap.ts';
import type { SkinPicture } from '../skin-look.ts';
import { columnTypes, firstStage } from './column-types.ts';

/** Pixels of a skin are of 480 lines; undefined is what the skin does not say. */
export interface ManiaLook {
  readonly columnStart: number | undefined;
  readonly columnWidths: readonly number[];
  readonly spacing: readonly number[];
  /** Of the lines left of each column, and right of the last. */
  readonly lineWidths: readonly number[];
  readonly hitPosition: number;
  readonly scorePosition: number;
  readonly comboPosition: number;
  readonly barHeight: number;
  readonly judgementLine: boolean;
  readonly judgementColour: Rgb;
  /** Notes are as high as if their column were so wide; undefined: as the narrowest is. */
  readonly noteHeightWidth: number | undefined;
  /** Upside down, pictures are mirrored: of notes, and of keys. */
  readonly flipsNotes: boolean;
  readonly flipsKeys: boolean;
  readonly upsideDown: boolean;
  readonly keysUnderNotes: boolean;
  readonly splitStages: boolean | undefined;
  readonly stageSeparation: number;
  readonly special: boolean;
  /** By column; with how opaque it is, 0 to 1. */
  readonly colours: readonly (readonly [Rgb, number] | undefined)[];
  readonly lights: readonly (Rgb | undefined)[];
  readonly lineColour: readonly [Rgb, number];
  readonly barColour: readonly [Rgb, number];
  /** By our names: `note 0`, `head 0`, `body 0`, `tail 0`, `key 0`, `down 0` of a column, `hint`, `light`, `left`, `right`, `bottom`, `burst`, `holding`, `hit 320`. */
  readonly pictures: ReadonlyMap<string, SkinPicture>;
}

const WHITE: Rgb = { r: 255, g: 255, b: 255 };
const MOST_LIST = 40;
const HITS = [
  [320, 'hit300g'],
  [300, 'hit300'],
  [200, 'hit200'],
  [100, 'hit100'],
  [50, 'hit50'],
  [0, 'hit0'],
] as const;
const STAGE = [
  ['hint', 'stagehint', 'mania-stage-hint'],
  ['light', 'stagelight', 'mania-stage-light'],
  ['left', 'stageleft', 'mania-stage-left'],
  ['right', 'stageright', 'mania-stage-right'],
  ['bottom', 'stagebottom', 'mania-stage-bottom'],
  ['burst', 'lightingn', 'lightingn'],
  ['holding', 'lightingl', 'lightingl'],
] as const;

/**
 * @param ini `section.key` → value; the section of a number of keys is `mania 4`
 * @param picture of a name without ending, where the skin has it
 */
export async function maniaLook(
  ini: ReadonlyMap<string, string>,
  { columns, special: hasTable }: Pick<ManiaPlay, 'columns' | 'special'>,
  picture: (name: string) => Promise<SkinPicture | undefined>,
): Promise<ManiaLook> {
  const of = (key: string): string | undefined => ini.get(`mania ${columns}.${key}`);
  const number = (key: string, usual: number, least: number, most: number): number => {
    const value = Number.parseFloat(of(key) ?? '');
    return Number.isFinite(value) ? Math.max(least, Math.min(most, value)) : usual;
  };
  const list = (key: string, least: number, most: number): number[] =>
    (of(key) ?? '')
      .split(',')
      .slice(0, MOST_LIST)
      .flatMap((text) => {
        const value = Number.parseFloat(text);
        return Number.isFinite(value) ? [Math.max(least, Math.min(most, value))] : [];
      });
  const flag = (key: string, usual: boolean): boolean => (of(key) === undefined ? usual : of(key) !== '0');
  const widths = list('columnwidth', 5, 200);
  const splitStages = of('splitstages') === undefined ? undefined : flag('splitstages', false);
  const special = (of('specialstyle') ?? '0') !== '0' && of('specialstyle')?.toLowerCase() !== 'none';
  const types = columnTypes(columns, firstStage(columns, splitStages), hasTable || special);
  const pictures = new Map<string, SkinPicture>();
  const take = async (name: string, ...wanted: (string | undefined)[]): Promise<void> => {
    for (const one of wanted) {
      const path = one?.trim().replace(/\.png$/i, '');
      const found = path ? ((await picture(path)) ?? (await picture(`${path}-0`))) : undefined;
      if (found) {
        pictures.set(name, found);
        return;
      }
    }
  };
  for (const [column, type] of types.entries()) {
    const note = of(`noteimage${column}`) ?? `mania-note${type}`;
    await take(`note ${column}`, note);
    await take(`head ${column}`, of(`noteimage${column}h`), `mania-note${type}h`, note);
    await take(`body ${column}`, of(`noteimage${column}l`), `mania-note${type}l`);
    await take(`tail ${column}`, of(`noteimage${column}t`), `mania-note${type}t`);
    await take(`key ${column}`, of(`keyimage${column}`), `mania-key${type}`);
    await take(`down ${column}`, of(`keyimage${column}d`), `mania-key${type}d`);
  }
  for (const [name, key, usual] of STAGE) await take(name, of(key), usual);
  for (const [value, key] of HITS) await take(`hit ${value}`, of(key), `mania-${key}`);
  return {
    columnStart: of('columnstart') === undefined ? undefined : number('columnstart', 136, 0, 2000),
    columnWidths: types.map((_, column) => widths[column] ?? 30),
    spacing: list('columnspacing', 0, 200),
    lineWidths: list('columnlinewidth', 0, 20),
    hitPosition: number('hitposition', 402, 240, 480),
    scorePosition: number('scoreposition', 325, 0, 480),
    comboPosition: number('comboposition', 111, 0, 480),
    barHeight: number('barlineheight', 1.2, 0, 20),
    judgementLine: flag('judgementline', true),
    judgementColour: rgba(of('colourjudgementline'))?.[0] ?? WHITE,
    noteHeightWidth:
      of('widthfornoteheightscale') === undefined ? undefined : number('widthfornoteheightscale', 30, 5, 200),
    flipsNotes: flag('noteflipwhenupsidedown', true),
    flipsKeys: flag('keyflipwhenupsidedown', true),
    upsideDown: flag('upsidedown', false),
    keysUnderNotes: flag('keysundernotes', false),
    splitStages,
    stageSeparation: number('stageseparation', 40, 0, 400),
    special,
    colours: types.map((_, column) => rgba(of(`colour${column + 1}`))),
    lights: types.map((_, column) => rgba(of(`colourlight${column + 1}`))?.[0]),
    lineColour: rgba(of('colourcolumnline')) ?? [WHITE, 1],
    barColour: rgba(of('colourbarline')) ?? [WHITE, 1],
    pictures,
  };
}

function rgba(text: string | undefined): readonly [Rgb, number] | undefined {
  const [r, g, b, a = 255] = (text ?? '').split(',').map((part) => Number.parseInt(part, 10));
  const isLevel = (value: number | undefined): value is number => value !== undefined && value >= 0 && value <= 255;
  return isLevel(r) && isLevel(g) && isLevel(b) ? [{ r, g, b }, isLevel(a) ? a / 255 : 1] : undefined;
}
