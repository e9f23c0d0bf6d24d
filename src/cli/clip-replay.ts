/**
 * `vidette clip replay.osr --beatmap set.osz`: a replay of osu! as a video. No hub, no game and no graphics card is needed.
 */
import { createHash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { UserError } from '../base/errors.ts';
import { takeLock } from '../blobs/lock.ts';
import { beside, publish, refuseExisting } from '../media/finished-file.ts';
import { PRESETS, type Preset, renderReplay } from '../sources/osu/clip/replay-clip.ts';
import { HIGHLIGHT_SECONDS } from '../sources/osu/highlight.ts';
import { HUD_PARTS, SCENE_DEFAULTS, type SceneOptions } from '../sources/osu/scene/options.ts';
import type { ClipOptions, MadeClip } from './clip.ts';
import { parseSeconds } from './duration.ts';
import { mostBytes } from './size-limit.ts';
import { progressLine, untilAsked } from './terminal.ts';

/** What only a clip of a replay has. */
export interface ReplayOptions {
  readonly beatmap?: string;
  readonly songs?: string;
  readonly skin?: string;
  /** Per cent. */
  readonly dim?: number;
  /** Parts of the display, with commas. */
  readonly hide?: string;
  readonly fps?: number;
  readonly preset?: string;
  readonly skipIntro?: boolean;
  /** Other plays of the map beside it: replays, and lists of scores. */
  readonly versus?: readonly string[];
  /** All of them at once. */
  readonly knockout?: boolean;
  /** Seconds. */
  readonly highlight?: string;
  /** Of mania. */
  readonly scrollSpeed?: number;
  readonly results?: boolean;
  /** Of the map, before those of the skin. */
  readonly mapColours?: boolean;
  readonly mapSkin?: boolean;
  readonly mapSounds?: boolean;
  readonly storyboard?: boolean;
  readonly video?: boolean;
  /** Ms. */
  readonly offset?: number;
  /** Per cent. */
  readonly musicVolume?: number;
  readonly hitVolume?: number;
}

/** Sizes by their names: the height, of a picture of 16:9. */
const SMALLEST = 144;
const LARGEST = { width: 3840, height: 3840 };
const FPS = [10, 240] as const;
const SCROLL_SPEEDS = [1, 40] as const;

export const looksLikeReplay = (what: string): boolean => extname(what).toLowerCase() === '.osr';

/** @param more replays, of a knock-out */
export async function clipReplay(what: string, options: ClipOptions, more: readonly string[] = []): Promise<MadeClip> {
  const maxBytes = mostBytes(options);
  const scene = sceneOf(options);
  const preset = presetOf(options.preset);
  const beatmap = options.beatmap ?? options.songs;
  if (beatmap === undefined)
    throw new UserError(
      'Which map was played?',
      'Name its set, or your Songs folder: --beatmap set.osz, --songs ~/osu/Songs. A replay holds no map.',
      { code: 'usage' },
    );
  const replay = resolve(what);
  await there(replay, what);
  const versus = await versusOf(options, more);
  const out = options.out ?? `${basename(what, extname(what))}.mp4`;
  if (extname(out).toLowerCase() !== '.mp4')
    throw new UserError('A clip is an MP4 file.', 'Give it a name that ends in .mp4.', { code: 'usage' });
  const output = resolve(out);
  await refuseExisting(output, options.force ?? false, replay);
  const asked = createHash('sha256')
    .update(JSON.stringify([replay, output, beatmap, options.skin ?? '', scene, preset, maxBytes ?? 0, versus]))
    .digest('hex');
  // The same name each time: what a crash left is gone on with.
  const scratch = join(dirname(output), `.vidette-replay-${asked.slice(0, 16)}`);
  const made = join(scratch, 'clip.mp4');
  // Two that share their pieces would spoil each other's.
  const held = (): UserError =>
    new UserError('Another vidette is making this clip.', 'Wait until it has ended, or end it.', { code: 'busy' });
  using _lock = await beside(output, () => takeLock(`${scratch}.lock`, held));
  const signal = untilAsked();
  const bar = progressLine(options.json ?? false);
  try {
    const result = await renderReplay(
      {
        replay,
        beatmap: resolve(beatmap),
        ...(options.skin === undefined ? {} : { skin: resolve(options.skin) }),
        ...(versus ? { versus } : {}),
        scene,
        sound: {
          musicVolume: part(options.musicVolume, 70, '--music-volume'),
          hitVolume: part(options.hitVolume, 60, '--hit-volume'),
          offset: options.offset ?? 0,
          mapSounds: options.mapSounds ?? true,
          mute: options.mute ?? false,
        },
        limits: {
          ...(maxBytes === undefined ? {} : { maxBytes }),
          ...(options.quality === undefined ? {} : { quality: options.quality }),
        },
        preset,
        ...(options.title === undefined ? {} : { title: options.title }),
        output: made,
        scratch,
      },
      { signal, onProgress: (done, stage) => bar.update(done, stage) },
    );
    await publish(made, output, options.force ?? false);
    await rm(scratch, { recursive: true, force: true });
    const { bytes, duration, width, height, notes } = result;
    return { file: out, bytes, duration, width, height, notes };
  } catch (error) {
    // Who asked for it to end wants nothing left; after a fault it can be gone on with.
    if (signal.aborted || error instanceof UserError) await rm(scratch, { recursive: true, force: true });
    signal.throwIfAborted();
    throw error;
  } finally {
    bar.end();
  }
}

async function versusOf(
  { versus = [], knockout = false }: ClipOptions,
  more: readonly string[],
): Promise<{ paths: string[]; knockout: boolean } | undefined> {
  if (knockout && (versus.length > 0 || more.length === 0))
    throw new UserError(
      '--knockout is of several replays.',
      'Name them one after the other: vidette clip --knockout a.osr b.osr --beatmap set.osz.',
      { code: 'usage' },
    );
  const others = knockout ? more : versus;
  for (const other of others) await there(resolve(other), other);
  return others.length === 0 ? undefined : { paths: others.map((other) => resolve(other)), knockout };
}

async function there(path: string, what: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile())
    throw new UserError(`There is no replay ${what}.`, 'Name a file that ends in .osr.', { code: 'not-found' });
}

export function sceneOf(options: ClipOptions): SceneOptions {
  const { width, height } = sizeOf(options);
  const fps = options.fps ?? SCENE_DEFAULTS.fps;
  if (!(fps >= FPS[0] && fps <= FPS[1]))
    throw new UserError(`--fps: ${fps} is not between ${FPS[0]} and ${FPS[1]}.`, '60 is usual.', { code: 'usage' });
  const hidden = new Set(
    (options.hide ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  );
  for (const name of hidden)
    if (name !== 'all' && !HUD_PARTS.some((known) => known === name))
      throw new UserError(`--hide: there is no “${name}”.`, `Choose among ${HUD_PARTS.join(', ')}, or all.`, {
        code: 'usage',
      });
  const hud = HUD_PARTS.filter((name) => !hidden.has('all') && !hidden.has(name));
  return {
    ...SCENE_DEFAULTS,
    width,
    height,
    fps,
    hud,
    dim: part(options.dim, 80, '--dim'),
    scrollSpeed: scrollSpeedOf(options),
    skipIntro: options.skipIntro ?? false,
    resultScreen: options.results ?? true,
    storyboard: options.storyboard ?? true,
    video: options.video ?? true,
    mapColours: options.mapColours ?? true,
    mapSkin: options.mapSkin ?? false,
    ...rangeOf(options),
  };
}

function scrollSpeedOf({ scrollSpeed = SCENE_DEFAULTS.scrollSpeed }: ClipOptions): number {
  const [least, most] = SCROLL_SPEEDS;
  if (scrollSpeed >= least && scrollSpeed <= most) return scrollSpeed;
  throw new UserError(
    `--scroll-speed: ${scrollSpeed} is not between ${least} and ${most}.`,
    `${SCENE_DEFAULTS.scrollSpeed} is usual.`,
    { code: 'usage' },
  );
}

function rangeOf({ start, length, highlight }: ClipOptions): Pick<SceneOptions, 'range' | 'highlight'> {
  if (highlight !== undefined) {
    if (start !== undefined || length !== undefined)
      throw new UserError('--highlight finds its part itself.', 'Leave out either --highlight, or -s and -l.', {
        code: 'usage',
      });
    const seconds = parseSeconds(highlight);
    const { least, most } = HIGHLIGHT_SECONDS;
    if (seconds >= least && seconds <= most) return { highlight: seconds };
    throw new UserError(`--highlight: ${highlight} is not between ${least} and ${most} seconds.`, '30 is usual.', {
      code: 'usage',
    });
  }
  if (start === undefined && length === undefined) return {};
  const from = start === undefined ? 0 : parseSeconds(start);
  const seconds = length === undefined ? Number.MAX_SAFE_INTEGER : parseSeconds(length);
  if (seconds <= 0) throw new UserError('The length is zero.', 'Give it in seconds, e.g. -l 30.', { code: 'usage' });
  return { range: { start: from, end: from + seconds } };
}

function sizeOf({ size, height }: ClipOptions): { width: number; height: number } {
  const even = (value: number): number => Math.round(value / 2) * 2;
  const found = /^(\d{3,4})x(\d{3,4})$/.exec(size ?? '');
  const high = height ?? SCENE_DEFAULTS.height;
  const wanted = found
    ? { width: even(Number(found[1])), height: even(Number(found[2])) }
    : { width: even((high * 16) / 9), height: even(high) };
  const isFine =
    (size === undefined || found) &&
    Math.min(wanted.width, wanted.height) >= SMALLEST &&
    wanted.width <= LARGEST.width &&
    wanted.height <= LARGEST.height;
  if (isFine) return wanted;
  throw new UserError(
    `${size ?? `A height of ${height}`} is no size for a replay.`,
    `Write it as 1920x1080, or 1080x1920 for an upright one; at most ${LARGEST.width} either way.`,
    { code: 'usage' },
  );
}

export function presetOf(name: string | undefined): Preset {
  const found = (Object.keys(PRESETS) as Preset[]).find((preset) => preset === (name ?? 'normal'));
  if (found) return found;
  throw new UserError(`--preset: there is no “${name}”.`, `Choose ${Object.keys(PRESETS).join(', ')}.`, {
    code: 'usage',
  });
}

export function part(percent: number | undefined, usual: number, option: string): number {
  const value = percent ?? usual;
  if (value >= 0 && value <= 100) return value / 100;
  throw new UserError(`${option}: ${value} is not between 0 and 100.`, `${usual} is usual.`, { code: 'usage' });
}
