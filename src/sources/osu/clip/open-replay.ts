/** Reads map and replay, judges, and lays scene and sound out. Inside of chunk processes. */
import { readFile, stat } from 'node:fs/promises';
import type { Image } from '@napi-rs/canvas';
import type { OpenScene } from '../../../media/chunks/serve-chunks.ts';
import { judge } from '../judge/judge.ts';
import { playOf } from '../judge/play.ts';
import { performanceAlong } from '../performance-points.ts';
import { modNames } from '../read/mods.ts';
import { readBeatmap } from '../read/read-beatmap.ts';
import { readReplay } from '../read/read-replay.ts';
import { decodePicture } from '../scene/decode-picture.ts';
import { type PlayedMap, playScene } from '../scene/play-scene.ts';
import type { JudgedReplay } from '../scene/versus/players.ts';
import { playSound } from '../sound/play-sound.ts';
import { AssetFolder } from './asset-folder.ts';
import { openSkin } from './open-skin.ts';
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
  const look = await openSkin(
    { skin: work.skin === null ? undefined : skin, map: work.scene.mapSkin ? assets : undefined },
    play,
    modNames(replay),
    notes,
  );
  const performance = work.scene.hud.includes('pp') ? performanceAlong(mapFile, replay, timeline) : undefined;
  const sounded = { map, play, timeline, replay };
  const { story, video } = await openStory(
    { map, mapFile, mapName: names.map, assets, skin, played: sounded },
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
