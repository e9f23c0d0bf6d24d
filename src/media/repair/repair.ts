/**
 * Repairing a video, from outside: a process of its own finds and decodes what is left, and the files get their names when they are whole.
 */
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { entry } from '../../base/entry.ts';
import { type CodecOptions, runTask } from '../codec/native-process.ts';
import { publish, refuseExisting } from '../finished-file.ts';
import { knownCameras, rememberCamera } from './known-cameras.ts';
import type { MadeFile, RepairReport, RepairTask } from './task.ts';

export interface RepairVideoOptions extends CodecOptions {
  /** Existing or not; where the repaired files go. */
  readonly folder: string;
  /** What the files are called after; by default the video. */
  readonly name?: string;
  /** Videos of the same camera, tried first. */
  readonly likes?: readonly string[];
  /** Where codings of cameras are remembered. */
  readonly memory?: string;
  /** Replaces files of the same names. */
  readonly force?: boolean;
  /** Whose bytes these are is known (the clusters of one file of a drive). */
  readonly owned?: boolean;
}

const MAX_MEMORY = 700_000_000;
const MOST_LIKES = 200;
/** Files of one minute are tried before those of others. */
const VIDEO = /\.(mp4|mov|m4v)$/i;

/** `front` of `2026-03-01_17-02-05-front.mp4`. */
const cameraOf = (path: string): string => /-([a-z_]+)\.[a-z0-9]+$/i.exec(basename(path))?.[1]?.toLowerCase() ?? '';

/**
 * `NAME.repaired.mp4`, and `NAME.unverified-1.mp4` … for what cannot be proven to be of it. The original stays as it is.
 * @throws UserError when a name is taken, InputError when the file kills or stops the decoder
 */
export async function repairVideo(path: string, options: RepairVideoOptions): Promise<RepairReport> {
  const name = options.name ?? basename(path, extname(path));
  const folder = resolve(options.folder);
  const force = options.force ?? false;
  const target = join(folder, `${name}.repaired.mp4`);
  await refuseExisting(target, force, path);
  await mkdir(folder, { recursive: true });
  const scratch = await mkdtemp(join(folder, '.vidette-repair-'));
  try {
    const task: RepairTask = {
      path: resolve(path),
      name: basename(path),
      likes: [...(options.likes ?? []).map((like) => resolve(like)), ...(await likelyVideos(resolve(path)))],
      known: options.memory === undefined ? [] : await knownCameras(options.memory),
      scratch,
      owned: options.owned ?? false,
    };
    const report = await runTask<RepairReport>(entry(import.meta.url, './repair.main'), task, task.name, {
      maxMemory: MAX_MEMORY,
      ...options,
    });
    const notes = [...report.notes];
    if (report.coding && options.memory !== undefined) {
      const why = await rememberCamera(options.memory, report.coding);
      if (why !== undefined) notes.push(`How this camera is coded could not be remembered (${why}).`);
    }
    const named = async (file: MadeFile, to: string): Promise<MadeFile> => {
      await publish(file.path, to, force);
      return { ...file, path: to };
    };
    const main = report.main && (await named(report.main, target));
    const unverified: MadeFile[] = [];
    for (const [index, file] of report.unverified.entries())
      unverified.push(await named(file, join(folder, `${name}.unverified-${index + 1}.mp4`)));
    return { ...report, main, unverified, notes };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Videos nearby that may be of the same camera: in its folder, then in the folders beside it; those with its camera's name first. */
async function likelyVideos(path: string): Promise<string[]> {
  const folder = dirname(path);
  const here = await videosIn(folder);
  const beside: string[] = [];
  for (const item of await readdir(dirname(folder), { withFileTypes: true }).catch(() => [])) {
    if (beside.length > MOST_LIKES) break;
    const other = join(dirname(folder), item.name);
    if (item.isDirectory() && other !== folder) beside.push(...(await videosIn(other)));
  }
  const camera = cameraOf(path);
  const own = (one: string): number => (camera !== '' && cameraOf(one) === camera ? 0 : 1);
  const list = [...here.sort((a, b) => own(a) - own(b)), ...beside.sort((a, b) => own(a) - own(b))];
  return list.filter((one) => one !== path).slice(0, MOST_LIKES);
}

async function videosIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const found: string[] = [];
  for (const name of names.filter((one) => VIDEO.test(one)).slice(0, MOST_LIKES)) {
    const path = join(folder, name);
    const is = await stat(path).catch(() => undefined);
    if (is?.isFile() && is.size > 0) found.push(path);
  }
  return found;
}
