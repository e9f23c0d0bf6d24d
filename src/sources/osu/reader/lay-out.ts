/** Archives unpacked to where a scene reads them, as far as they are of use. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackSet } from '../clip/unpack-set.ts';
import { findMap } from '../read/find-map.ts';
import type { Laid, ReaderOrder } from './messages.ts';

/** @throws InputError for the archive that is damaged, UserError when the set does not hold the map */
export async function layOut({ md5, set, skin, to }: Extract<ReaderOrder, { do: 'lay' }>): Promise<Laid> {
  // Its parent ends this process when it takes too long.
  const { signal } = new AbortController();
  const found = await findMap(set.path, md5);
  await mkdir(to, { recursive: true, mode: 0o700 });
  const map = join(to, 'map.osu');
  await writeFile(map, found.bytes);
  return {
    map,
    mapName: found.name,
    folder: await unpackSet(set.path, join(to, 'set'), signal),
    skin: skin && (await unpackSet(skin.path, join(to, 'skin'), signal)),
  };
}
