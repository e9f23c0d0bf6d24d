/** What a chunk process opens a replay with: plain values; all files lie on this machine. */
import type { SceneOptions } from '../scene/options.ts';
import type { SoundOptions } from '../sound/play-sound.ts';

export interface ReplayWork {
  /** Path of the `.osr`. */
  readonly replay: string;
  /** Path of the `.osu`. */
  readonly map: string;
  /** How errors call the two; never paths. */
  readonly names: { readonly replay: string; readonly map: string };
  /** The folder with the map's music, background and sounds; null: without them. */
  readonly folder: string | null;
  /** The folder of a skin; null: the built-in one. */
  readonly skin: string | null;
  readonly scene: SceneOptions;
  readonly sound: SoundOptions;
  /** Others who played the map: replays, and lists of scores. */
  readonly versus?: { readonly paths: readonly string[]; readonly knockout: boolean };
}
