/** Pictures of osu!mania against stored ones (see `stored-picture.ts`). */
import { test } from 'node:test';
import { createCanvas, type Image, loadImage } from '@napi-rs/canvas';
import { prepareMania } from '../../../src/sources/osu/judge/mania-play.ts';
import { parseSkinIni } from '../../../src/sources/osu/read/read-skin.ts';
import { MOD } from '../../../src/sources/osu/read/replay.ts';
import { maniaLook } from '../../../src/sources/osu/scene/mania/mania-look.ts';
import { SCENE_DEFAULTS, type SceneOptions } from '../../../src/sources/osu/scene/options.ts';
import type { PlayedMap } from '../../../src/sources/osu/scene/play-scene.ts';
import { skinLook } from '../../../src/sources/osu/scene/skin-look.ts';
import { generatedMania, type ManiaCase } from './generated-mania.ts';
import { pictureAt, sameAsStored } from './stored-picture.ts';

/** How pictures are asked for, where a case says nothing else. */
const STORED: SceneOptions = { ...SCENE_DEFAULTS, width: 960, height: 540 };

const CASES: Readonly<Record<string, ManiaCase & { readonly at: number; readonly options?: Partial<SceneOptions> }>> = {
  '4k': { at: 2560 },
  '4k-held': { at: 2250, late: 20 },
  '4k-let-go': { at: 2420, letGo: [7] },
  '4k-missed': { at: 2080, misses: [4, 5, 6] },
  '4k-200': { at: 2500, late: 60 },
  '1k': { at: 2300, columns: 1 },
  '7k-hidden': { at: 3000, columns: 7, mods: MOD.HD },
  '5k-fade-in': { at: 3000, columns: 5, mods: MOD.FI },
  '6k-flashlight': { at: 3000, columns: 6, mods: MOD.FL },
  '9k': { at: 3000, columns: 9 },
  '10k': { at: 3000, columns: 10, options: { scrollSpeed: 12 } },
  '8k-upright': { at: 3000, columns: 8, options: { width: 540, height: 960 } },
  'speed-changes': {
    at: 2000,
    timing: ['0,400,4,2,0,70,1,0', '2200,-50,4,2,0,70,0,0', '2600,-400,4,2,0,70,0,0'],
    options: { scrollSpeed: 14 },
  },
  'mania-result-screen': { at: 11_500, misses: [4], late: 30 },
};

for (const [name, { at, options = {}, ...asked }] of Object.entries(CASES))
  test(`the picture is the stored one: mania ${name}`, () =>
    sameAsStored(
      `mania-${name}`.replace('mania-mania', 'mania'),
      pictureAt(generatedMania(asked), { ...STORED, ...options }, at),
    ));

/** A skin that says all of it and has some of the pictures. */
const INI = `[General]
Version: 2.5
[Mania]
Keys: 4
ColumnStart: 60
ColumnWidth: 40,30,30,60
ColumnSpacing: 4,4,4
ColumnLineWidth: 0,0,0,0,0
HitPosition: 380
ScorePosition: 200
ComboPosition: 80
JudgementLine: 0
BarlineHeight: 3
Colour1: 60,0,0,200
Colour4: 0,0,60,200
ColourBarline: 255,80,80,255
ColourLight2: 0,255,0
NoteImage0: own\\round
KeyImage3: own\\key
Hit300g: own\\best
[Mania]
Keys: 7
UpsideDown: 1
HitPosition: 420
ColourJudgementLine: 90,200,255
WidthForNoteHeightScale: 60
`;

async function skinned(played: PlayedMap): Promise<PlayedMap> {
  const ini = parseSkinIni(INI);
  const pictures = new Map<string, Image>([
    ['own\\round', await picture(64, 64, '#ff66cc')],
    ['own\\key', await picture(48, 120, '#66ffcc')],
    ['own\\best', await picture(160, 60, '#ffff66')],
    ['mania-note2', await picture(60, 20, '#66ccff')],
    ...(await digits()),
    ['mania-stage-hint', await picture(40, 20, '#ffffff')],
  ]);
  const find = async (name: string): Promise<{ image: Image; density: number } | undefined> => {
    const image = pictures.get(name);
    return image && { image, density: 1 };
  };
  const look = await skinLook(ini, find);
  return { ...played, skin: { ...look, mania: await maniaLook(ini, prepareMania(played.map, 0, 'made up'), find) } };
}

/** Of the combo: as many bars as each counts. */
async function digits(): Promise<[string, Image][]> {
  const list: [string, Image][] = [];
  for (let digit = 0; digit < 10; digit++) list.push([`score-${digit}`, await picture(24 + digit * 2, 40, '#ffcc66')]);
  return list;
}

function picture(width: number, height: number, colour: string): Promise<Image> {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.fillStyle = colour;
  context.beginPath();
  context.ellipse(width / 2, height / 2, width / 2, height / 2, 0, 0, 2 * Math.PI);
  context.fill();
  return loadImage(canvas.toBuffer('image/png'));
}

test('the picture is the stored one: mania of a skin', async () =>
  sameAsStored('mania-skin', pictureAt(await skinned(generatedMania()), STORED, 2410)));

test('the picture is the stored one: mania of a skin, upside down', async () =>
  sameAsStored('mania-skin-upside-down', pictureAt(await skinned(generatedMania({ columns: 7 })), STORED, 3000)));
