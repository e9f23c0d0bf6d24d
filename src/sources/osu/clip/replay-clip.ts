/** A replay as a file: finds its map, lays everything where chunk processes can read it, and has it drawn. Loads nothing native. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { entry } from '../../../base/entry.ts';
import { type ChunkedOptions, type ChunkedResult, renderChunks } from '../../../media/chunks/render-chunks.ts';
import { findMap } from '../read/find-map.ts';
import { readReplay } from '../read/read-replay.ts';
import { refuseUndrawn } from '../scene/games.ts';
import type { SceneOptions } from '../scene/options.ts';
import type { SoundOptions } from '../sound/play-sound.ts';
import { contentOf } from './content-of.ts';
import { readVersus, refuseOthers } from './read-versus.ts';
import { unpackSet } from './unpack-set.ts';
import type { ReplayWork } from './work.ts';

export interface ReplayClip {
  /** Path of the `.osr`. */
  readonly replay: string;
  /** How errors call it, where that is not the name of its file. */
  readonly name?: string;
  /** A `.osu`, an `.osz`, a folder of a set, or `Songs`. */
  readonly beatmap: string;
  /** An `.osk` or a folder. */
  readonly skin?: string;
  /** Other plays of the map: replays (`.osr`) and lists of scores (`.json`); all together, or beside this one. */
  readonly versus?: { readonly paths: readonly string[]; readonly knockout: boolean };
  readonly scene: SceneOptions;
  readonly sound: SoundOptions & { readonly mute: boolean };
  readonly limits: { readonly maxBytes?: number; readonly quality?: number };
  readonly preset: Preset;
  readonly title?: string;
  readonly output: string;
  readonly scratch: string;
  /** Where what is finished waits, between runs; below `scratch` when absent. On the file system of `output`. Who gives it removes it. */
  readonly kept?: string;
}

/** How much time the encoder takes: names of ours, and what x264 calls them. */
export const PRESETS = { draft: 'superfast', normal: 'veryfast', best: 'medium' } as const;
export type Preset = keyof typeof PRESETS;

/** Changed with every change of how things are drawn: chunks of another version are made anew. */
export const DRAWING_VERSION = 16;

export interface ReplayFacts {
  readonly artist: string;
  readonly title: string;
  readonly difficulty: string;
  readonly player: string;
}

/**
 * @throws UserError where map and replay do not belong together or the limit cannot be met, InputError for the file that is at fault
 */
export async function renderReplay(
  clip: ReplayClip,
  options: ChunkedOptions,
): Promise<ChunkedResult & { readonly facts: ReplayFacts }> {
  const { signal } = options;
  const name = clip.name ?? basename(clip.replay);
  const bytes = await readFile(clip.replay);
  const replay = readReplay(bytes, name);
  const { header } = replay;
  const { versus } = clip;
  const others = versus && (await readVersus(versus.paths));
  if (others) refuseOthers(replay, name, others, versus.knockout);
  options.onProgress?.(0, 'Looking for the map');
  const found = await findMap(clip.beatmap, header.beatmapMd5, signal);
  refuseUndrawn(header.mode, found.map.mode);
  const hash = createHash('sha256').update(bytes).update(found.bytes);
  for (const path of versus?.paths ?? []) hash.update(await readFile(path));
  for (const place of [found.set, clip.skin]) hash.update(place === undefined ? '-' : await contentOf(place, signal));
  hash.update(JSON.stringify([clip.scene, versus?.knockout ?? false]));
  const key = hash.digest('hex');
  await mkdir(clip.scratch, { recursive: true, mode: 0o700 });
  const map = join(clip.scratch, 'map.osu');
  await writeFile(map, found.bytes);
  const folder = await unpackSet(found.set, join(clip.scratch, 'set'), signal);
  const skin = clip.skin === undefined ? null : await unpackSet(clip.skin, join(clip.scratch, 'skin'), signal);
  const { mute, ...sound } = clip.sound;
  const work: ReplayWork = {
    replay: clip.replay,
    map,
    names: { replay: name, map: found.name },
    folder,
    skin,
    scene: clip.scene,
    sound,
    ...(versus ? { versus } : {}),
  };
  const { artist, title, difficultyName: difficulty } = found.map;
  const result = await renderChunks(
    {
      entry: entry(import.meta.url, './replay.main'),
      work,
      name,
      key: `${DRAWING_VERSION} ${key}`,
      limits: clip.limits,
      preset: PRESETS[clip.preset],
      sound: mute ? 'mute' : 'keep',
      metadata: { title: clip.title ?? `${artist} – ${title} [${difficulty}], ${header.player}` },
      output: clip.output,
      folder: clip.kept ?? join(clip.scratch, 'chunks'),
      keepFolder: clip.kept !== undefined,
    },
    options,
  );
  const notes = found.matches
    ? result.notes
    : [...result.notes, `${found.name} is another version of the map than was played.`];
  return { ...result, notes, facts: { artist, title, difficulty, player: header.player } };
}
