/** The storyboard and the video of a map's set. Inside of chunk processes. */
import { readFileSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { BadInput } from '../../../media/codec/input-file.ts';
import { CodecError } from '../../../media/codec/native.ts';
import type { Beatmap } from '../read/beatmap.ts';
import { MOST_STORY_BYTES, readStoryboard, type StoryFile } from '../read/read-storyboard.ts';
import type { Storyboard } from '../read/storyboard.ts';
import type { SceneOptions } from '../scene/options.ts';
import { type HeardHit, passChanges } from '../scene/storyboard/story-moments.ts';
import type { StoryInput } from '../scene/storyboard/story-scene.ts';
import { VideoPictures } from '../scene/video-pictures.ts';
import { type SoundedPlay, soundsOfPlay } from '../sound/sounds-of-play.ts';
import type { AssetFolder } from './asset-folder.ts';

/** A picture with more bytes is none. */
const MOST_IMAGE_BYTES = 30_000_000;
/** Pictures that are not there are named up to so many. */
const MOST_NAMED = 3;

export interface OpenedStory {
  readonly story: StoryInput | undefined;
  readonly video: VideoPictures | undefined;
}

export interface StorySources {
  readonly map: Beatmap;
  readonly mapFile: Uint8Array;
  /** Of the map, for notes and to find its `.osb`. */
  readonly mapName: string;
  readonly assets: AssetFolder;
  /** Whose pictures a storyboard may have too, where its map says so. */
  readonly skin: AssetFolder;
  readonly played: SoundedPlay;
}

/** @param notes what cannot be shown is told there */
export async function openStory(sources: StorySources, options: SceneOptions, notes: string[]): Promise<OpenedStory> {
  const { map, assets, skin, played } = sources;
  const storyboard = await storyboardOf(sources, notes);
  const video = options.video ? openVideo(map.video ?? storyboard.video, assets, options, notes) : undefined;
  if (!options.storyboard || storyboard.sprites.length + storyboard.samples.length === 0)
    return { story: undefined, video };
  const find = (name: string): string | undefined =>
    assets.file(name) ?? (map.useSkinSprites ? skin.file(name) : undefined);
  notes.push(...storyboard.notes, ...missing(storyboard, find));
  const isTriggered = storyboard.sprites.some(({ groups }) => groups.some(({ timing }) => timing.kind === 'trigger'));
  const hits = isTriggered
    ? soundsOfPlay(played).hits.flatMap(({ time, struck }): HeardHit[] => (struck ? [{ time, ...struck }] : []))
    : [];
  const story: StoryInput = {
    storyboard,
    widescreen: map.widescreenStoryboard,
    hits,
    passChanges: passChanges(played.timeline, map.objects, map.breaks),
    read: (file) => {
      const path = find(file);
      return path === undefined || statSync(path).size > MOST_IMAGE_BYTES ? undefined : readFileSync(path);
    },
  };
  return { story, video };
}

async function storyboardOf({ mapFile, mapName, assets }: StorySources, notes: string[]): Promise<Storyboard> {
  const files: StoryFile[] = [{ name: mapName, bytes: mapFile }];
  const path = storyFile(assets.withEnding('.osb'), mapName);
  if (path !== undefined && (await stat(path)).size <= MOST_STORY_BYTES)
    files.push({ name: basename(path), bytes: await readFile(path) });
  else if (path !== undefined) notes.push(`${basename(path)} is larger than any storyboard and is not shown.`);
  return readStoryboard(files);
}

/** A set has one: called as its maps are, without the name of the difficulty. */
function storyFile(paths: readonly string[], mapName: string): string | undefined {
  const map = basename(mapName.replaceAll('\\', '/')).toLowerCase();
  const ofMap = paths.find((path) =>
    map.startsWith(
      basename(path)
        .toLowerCase()
        .replace(/\.osb$/, ''),
    ),
  );
  return ofMap ?? paths[0];
}

function openVideo(
  wanted: Beatmap['video'],
  assets: AssetFolder,
  screen: SceneOptions,
  notes: string[],
): VideoPictures | undefined {
  if (!wanted || wanted.file === '') return undefined;
  const path = assets.file(wanted.file);
  // Sets are often handed round without their video.
  if (path === undefined) return undefined;
  try {
    return new VideoPictures({ name: basename(path), path }, wanted.time, screen);
  } catch (error) {
    if (!(error instanceof BadInput || error instanceof CodecError)) throw error;
    notes.push(`The video of the map (${basename(path)}) cannot be shown: ${error.message}.`);
    return undefined;
  }
}

function missing({ sprites }: Storyboard, find: (name: string) => string | undefined): string[] {
  const names = new Set(sprites.map(({ file, animation }) => (animation ? file.replace(/(\.[^.]*)?$/, '0$1') : file)));
  const gone = [...names].filter((name) => find(name) === undefined);
  if (gone.length === 0) return [];
  const named = gone.slice(0, MOST_NAMED).map((name) => name.slice(0, 80));
  const more = gone.length > named.length ? ` and ${gone.length - named.length} more` : '';
  return [`Pictures of the storyboard are not in the map's set: ${named.join(', ')}${more}.`];
}
