/** Reads map and replay, judges, and lays scene and sound out. Inside of chunk processes. */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Image } from '@napi-rs/canvas';
import type { OpenScene } from '../../../media/chunks/serve-chunks.ts';
import { judge } from '../judge/judge.ts';
import { type Play, playOf } from '../judge/play.ts';
import { performanceAlong } from '../performance-points.ts';
import { modNames } from '../read/mods.ts';
import { readBeatmap } from '../read/read-beatmap.ts';
import { readReplay } from '../read/read-replay.ts';
import { parseSkinIni } from '../read/read-skin.ts';
import { decodePicture } from '../scene/decode-picture.ts';
import { maniaLook } from '../scene/mania/mania-look.ts';
import { type PlayedMap, playScene } from '../scene/play-scene.ts';
import { elementsOf } from '../scene/skin-elements.ts';
import { type SkinLook, type SkinPicture, skinLook } from '../scene/skin-look.ts';
import type { JudgedReplay } from '../scene/versus/players.ts';
import { playSound } from '../sound/play-sound.ts';
import { AssetFolder } from './asset-folder.ts';
import { openStory } from './open-story.ts';
import { openVersus } from './read-versus.ts';
import type { ReplayWork } from './work.ts';

/** A background that is larger is not looked at. */
const MOST_IMAGE_BYTES = 30_000_000;
const MOST_IMAGE_PIXELS = 40_000_000;

/** @throws InputError for the file that is at fault; UserError where the play cannot be judged or drawn */
export async function openReplay(work: ReplayWork): Promise<OpenScene> {
  const { names } = work;
  const mapFile = await readFile(work.map);
  const map = readBeatmap(mapFile, names.map);
  const asked = readReplay(await readFile(work.replay), names.replay);
  const judged: JudgedReplay = { replay: asked, timeline: judge(map, asked, names.map) };
  const plays = work.versus && (await openVersus(map, judged, work.versus, names.map));
  const { replay, timeline } = plays ?? judged;
  const play = playOf(map, replay, names.map);
  const assets = new AssetFolder(work.folder ?? undefined);
  const skin = new AssetFolder(work.skin ?? undefined);
  const notes: string[] = [...replay.notes];
  const background = await imageOf(assets, map.background?.file, notes);
  const look = work.skin === null ? undefined : await lookOf(skin, play, modNames(replay), notes);
  const performance = work.scene.hud.includes('pp') ? performanceAlong(mapFile, replay, timeline) : undefined;
  const sounded = { map, play, timeline, replay };
  const { story, video } = await openStory(
    { map, mapFile, mapName: names.map, assets, played: sounded },
    work.scene,
    notes,
  );
  const played: PlayedMap = {
    map,
    play,
    replay,
    timeline,
    background,
    story,
    video,
    skin: look,
    performance,
    versus: plays?.versus,
  };
  const scene = playScene(played, work.scene);
  const music = assets.file(map.audio);
  if (music === undefined && work.folder !== null && map.audio !== '')
    notes.push(`The music (${map.audio.slice(0, 100)}) is not in the map's set: there are hit sounds alone.`);
  const files = { music, ofMap: (name: string) => assets.sound(name), ofSkin: (name: string) => skin.sound(name) };
  return { scene, sound: playSound(played, scene.span, files, work.sound), notes };
}

async function imageOf(assets: AssetFolder, name: string | undefined, notes: string[]): Promise<Image | undefined> {
  const path = name === undefined ? undefined : assets.file(name);
  if (path === undefined) return undefined;
  try {
    if ((await stat(path)).size > MOST_IMAGE_BYTES) throw new Error('it is too large');
    return decodePicture(await readFile(path), MOST_IMAGE_PIXELS);
  } catch (error) {
    notes.push(`The background cannot be shown: ${error instanceof Error ? error.message : String(error)}.`);
    return undefined;
  }
}

/** The pictures of a skin. What cannot be read is drawn by the built-in look. */
async function lookOf(skin: AssetFolder, play: Play, mods: readonly string[], notes: string[]): Promise<SkinLook> {
  const path = skin.file('skin.ini');
  const ini = path === undefined ? undefined : parseSkinIni(await readFile(path, 'utf8'));
  let pixels = 0;
  const picture = async (name: string): Promise<SkinPicture | undefined> => {
    for (const density of [2, 1]) {
      const file = skin.file(`${name}${density === 2 ? '@2x' : ''}.png`);
      if (file === undefined) continue;
      try {
        if ((await stat(file)).size > MOST_IMAGE_BYTES) throw new Error('it is too large');
        const image = decodePicture(await readFile(file), MOST_IMAGE_PIXELS - pixels);
        pixels += image.width * image.height;
        return { image, density };
      } catch (error) {
        notes.push(
          `${basename(file)} of the skin cannot be shown: ${error instanceof Error ? error.message : String(error)}.`,
        );
        return undefined;
      }
    }
    return undefined;
  };
  const look = await skinLook(ini, picture, elementsOf(play.game, mods));
  return play.game === 'mania' ? { ...look, mania: await maniaLook(ini ?? new Map(), play, picture) } : look;
}
