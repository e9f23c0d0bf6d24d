import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCanvas } from '@napi-rs/canvas';
import { AssetFolder } from '../../src/sources/osu/clip/asset-folder.ts';
import { openSkin } from '../../src/sources/osu/clip/open-skin.ts';
import { generatedPlay } from './scene/generated-play.ts';

/** A folder of pictures, each as wide as its number says. */
async function folderOf(widths: Readonly<Record<string, number>>, broken: readonly string[] = []): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-skin-'));
  for (const [name, width] of Object.entries(widths))
    await writeFile(join(folder, name), createCanvas(width, 4).toBuffer('image/png'));
  for (const name of broken) await writeFile(join(folder, name), 'no picture');
  return folder;
}

test('pictures of the map come first where that is wanted, but for those that are the skin’s alone', async () => {
  const folders = await Promise.all([
    folderOf({ 'hitcircle.png': 10, 'ranking-S.png': 11, 'approachcircle@2x.png': 12, 'cursor.png': 13 }),
    folderOf({ 'HitCircle.png': 20, 'ranking-s.png': 21, 'approachcircle.png': 22 }),
  ]);
  try {
    const [skin, map] = folders.map((folder) => new AssetFolder(folder));
    const widths = async (wanted: boolean): Promise<(number | undefined)[]> => {
      const look = await openSkin({ skin, map: wanted ? map : undefined }, generatedPlay().play, [], []);
      return ['hitcircle', 'ranking-s', 'approachcircle', 'cursor'].map(
        (name) => look?.pictures.get(name)?.image.width,
      );
    };
    assert.deepEqual(await widths(false), [10, 11, 12, 13]);
    assert.deepEqual(await widths(true), [20, 11, 22, 13]);
    const notes: string[] = [];
    assert.equal(await openSkin({ skin: undefined, map: undefined }, generatedPlay().play, [], notes), undefined);
  } finally {
    for (const folder of folders) await rm(folder, { recursive: true });
  }
});

test('a picture that cannot be read is told by its name, and the others are there', async () => {
  const folder = await folderOf({ 'cursor.png': 13 }, ['hitcircle.png']);
  try {
    const notes: string[] = [];
    const look = await openSkin({ skin: new AssetFolder(folder), map: undefined }, generatedPlay().play, [], notes);
    assert.deepEqual([look?.pictures.has('hitcircle'), look?.pictures.has('cursor')], [false, true]);
    assert.match(notes.join(), /^hitcircle\.png of the skin cannot be shown: /);
  } finally {
    await rm(folder, { recursive: true });
  }
});
