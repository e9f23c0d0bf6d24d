/** Opens the pictures of a skin, and those of a map. Inside of chunk processes. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Play } from '../judge/play.ts';
import { parseSkinIni } from '../read/read-skin.ts';
import { decodePicture } from '../scene/decode-picture.ts';
import { maniaLook } from '../scene/mania/mania-look.ts';
import { elementsOf } from '../scene/skin-elements.ts';
import { type SkinLook, type SkinPicture, skinLook } from '../scene/skin-look.ts';
import type { AssetFolder } from './asset-folder.ts';

const MOST_BYTES = 30_000_000;
/** Of all pictures together. */
const MOST_PIXELS = 40_000_000;
/** What maps cannot change (osu! wiki, “Skinning/Interface”). */
const OF_SKINS_ALONE = /^(ranking-|play-warningarrow|arrow-)/;

export interface Pictured {
  /** Undefined: the built-in look. */
  readonly skin: AssetFolder | undefined;
  /** Whose pictures come first, where they are wanted. */
  readonly map: AssetFolder | undefined;
}

/** What cannot be read is told, and drawn in the built-in look. @param mods their names @returns undefined where there is nothing but that look */
export async function openSkin(
  { skin, map }: Pictured,
  play: Play,
  mods: readonly string[],
  notes: string[],
): Promise<SkinLook | undefined> {
  if (!skin && !map) return undefined;
  const path = skin?.file('skin.ini');
  const ini = path === undefined ? undefined : parseSkinIni(await readFile(path, 'utf8'));
  let pixels = 0;
  const read = async (file: string, density: number, whose: string): Promise<SkinPicture | undefined> => {
    try {
      if ((await stat(file)).size > MOST_BYTES) throw new Error('it is too large');
      const image = decodePicture(await readFile(file), MOST_PIXELS - pixels);
      pixels += image.width * image.height;
      return { image, density };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      notes.push(`${basename(file)} of the ${whose} cannot be shown: ${why}.`);
      return undefined;
    }
  };
  const picture = async (name: string): Promise<SkinPicture | undefined> => {
    const folders = [
      { whose: 'map', folder: OF_SKINS_ALONE.test(name) ? undefined : map },
      { whose: 'skin', folder: skin },
    ];
    for (const { whose, folder } of folders)
      for (const density of [2, 1]) {
        const file = folder?.file(`${name}${density === 2 ? '@2x' : ''}.png`);
        if (file !== undefined) return read(file, density, whose);
      }
    return undefined;
  };
  const look = await skinLook(ini, picture, elementsOf(play.game, mods));
  return play.game === 'mania' ? { ...look, mania: await maniaLook(ini ?? new Map(), play, picture) } : look;
}
