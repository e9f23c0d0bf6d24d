/**
 * One picture of a replay's clip before it is made: drawn by the same process that makes clips, which is kept for a while, because who chooses
 * options asks for many.
 */

import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { entry } from '../../base/entry.ts';
import { InputError, Unavailable } from '../../base/errors.ts';
import type { ReplayFileRow } from '../../catalog/tables.ts';
import type { ReplayFrameRequest } from '../../contract/replay.ts';
import type { ChunkTask, Opened } from '../../media/chunks/chunk-task.ts';
import { NativeProcess } from '../../media/codec/native-process.ts';
import { DRAWING_VERSION } from '../../sources/osu/clip/replay-clip.ts';
import { sceneOf } from '../../sources/osu/clip/scene-of.ts';
import type { ReplayWork } from '../../sources/osu/clip/work.ts';
import { sizeOf } from '../../sources/osu/plan.ts';
import type { Laid } from '../../sources/osu/reader/messages.ts';
import { MadeFiles, writing } from '../made-files.ts';
import { Turns } from '../turns.ts';
import type { ClipFiles } from './clip-files.ts';
import type { ReplayReader } from './reader.ts';
import type { Shelf } from './shelf.ts';

export interface PicturesOptions {
  readonly shelf: Pick<Shelf, 'local'>;
  readonly reader: Pick<ReplayReader, 'ask'>;
  readonly cache: MadeFiles;
  /** For archives that are unpacked; nothing else is there. */
  readonly tmpDir: string;
}

export interface ReplayPicture {
  readonly jpeg: Buffer;
  /** Of the whole video. */
  readonly seconds: number;
}

/** Of the longer side. */
const SIDE = 960;
const FPS = 60;
const PATIENCE_MS = 45_000;
const MOST_MEMORY = 1_200_000_000;
/** More at once are refused: each takes a processor for a while. */
const MOST_WAITING = 4;
const IDLE_MS = 60_000;
/** Unpacked at once; a set has 600 MB at most. */
const MOST_LAID = 3;
/** A kept picture begins with the seconds of its video. */
const HEAD = 8;

export class ReplayPictures {
  readonly #options: PicturesOptions;
  /** By what was unpacked, the newest last. */
  readonly #laid = new Map<string, { readonly folder: string; readonly paths: Laid }>();
  #process: { readonly native: NativeProcess; work: string; opened: Opened | undefined } | undefined;
  #idle: NodeJS.Timeout | undefined;
  readonly #turns = new Turns(MOST_WAITING, () => new Unavailable('Other previews are being made just now.', 1000));

  constructor(options: PicturesOptions) {
    this.#options = options;
  }

  /** What was unpacked before the last end is of no use. */
  async start(): Promise<void> {
    await rm(this.#options.tmpDir, { recursive: true, force: true });
    await mkdir(this.#options.tmpDir, { recursive: true, mode: 0o700 });
  }

  async stop(): Promise<void> {
    await this.#turns.idle;
    await this.#end();
  }

  /** @throws InputError for the file that is at fault, Unavailable when others wait already */
  async make(files: ClipFiles, asked: ReplayFrameRequest, signal: AbortSignal): Promise<ReplayPicture> {
    const { cache } = this.#options;
    const frame = Math.floor(asked.at * FPS);
    const look = { ...asked.options.look, hide: [...asked.options.look.hide].sort() };
    const scene = sceneOf({ look, ...smaller(asked), fps: FPS, range: null, highlight: null });
    const { replay, set, skin, others } = files;
    const contents = [replay, set, ...(skin ? [skin] : [])].map(({ sha256 }) => sha256.toString('hex'));
    const { knockout } = asked.options;
    const beside = others.length === 0 ? [] : [knockout, ...others.map(({ sha256 }) => sha256.toString('hex'))];
    const all = JSON.stringify([contents, scene, frame, beside]);
    const name = MadeFiles.nameOf('poster', 'replay', DRAWING_VERSION, all);
    const make = (): Promise<Uint8Array> =>
      this.#turns.take(async () => {
        signal.throwIfAborted();
        const laid = await this.#layOut(files, contents.join(' '));
        const paths: string[] = [];
        for (const other of others) paths.push(await this.#options.shelf.local(other));
        const work: ReplayWork = {
          replay: await this.#options.shelf.local(replay),
          map: laid.map,
          names: { replay: replay.name, map: laid.mapName },
          folder: laid.folder,
          skin: laid.skin,
          scene,
          sound: asked.options.sound,
          ...(paths.length > 0 ? { versus: { paths, knockout } } : {}),
        };
        return await this.#draw(work, frame, signal);
      });
    await cache.keep(name, writing(make));
    const kept = await cache.read(name);
    return { seconds: kept.readDoubleLE(0), jpeg: kept.subarray(HEAD) };
  }

  async #draw(work: ReplayWork, frame: number, signal: AbortSignal): Promise<Uint8Array> {
    const name = work.names.replay;
    const patience = AbortSignal.timeout(PATIENCE_MS);
    const bounds = { signal: AbortSignal.any([signal, patience]) };
    const path = join(this.#options.tmpDir, `${randomUUID()}.jpg`);
    const run = <Result>(native: NativeProcess, task: ChunkTask): Promise<Result> => native.run(task, name, bounds);
    clearTimeout(this.#idle);
    try {
      if (!this.#process?.native.alive)
        this.#process = {
          native: new NativeProcess(entry(import.meta.url, '../../sources/osu/clip/replay.main'), {
            maxMemory: MOST_MEMORY,
          }),
          work: '',
          opened: undefined,
        };
      const process = this.#process;
      const wanted = JSON.stringify(work);
      if (process.work !== wanted || !process.opened) {
        process.opened = await run<Opened>(process.native, { do: 'open', work });
        process.work = wanted;
      }
      await run(process.native, { do: 'picture', frame, path });
      const head = Buffer.alloc(HEAD);
      head.writeDoubleLE((process.opened.frames * process.opened.rate.den) / process.opened.rate.num);
      return Buffer.concat([head, await readFile(path)]);
    } catch (error) {
      // A process that has failed is of no more use.
      await this.#end();
      if (patience.aborted && !signal.aborted) throw new InputError(name, 'making a preview of it took too long');
      throw error;
    } finally {
      await rm(path, { force: true });
      this.#idle = setTimeout(() => void this.#end(), IDLE_MS).unref();
    }
  }

  async #layOut({ replay, set, skin }: ClipFiles, key: string): Promise<Laid> {
    const known = this.#laid.get(key);
    if (known) {
      this.#laid.delete(key);
      this.#laid.set(key, known);
      return known.paths;
    }
    for (const [old, { folder }] of this.#laid) {
      if (this.#laid.size < MOST_LAID) break;
      this.#laid.delete(old);
      await rm(folder, { recursive: true, force: true });
    }
    const { shelf, reader, tmpDir } = this.#options;
    const folder = join(tmpDir, randomUUID());
    const fileOf = async (row: ReplayFileRow) => ({ path: await shelf.local(row), name: row.name });
    try {
      const paths = await reader.ask({
        do: 'lay',
        md5: replay.map_md5 ?? '',
        set: await fileOf(set),
        skin: skin && (await fileOf(skin)),
        to: folder,
      });
      this.#laid.set(key, { folder, paths });
      return paths;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle);
    const process = this.#process;
    this.#process = undefined;
    await process?.native.close();
  }
}

/** The size of the picture: the clip's shape. Everything is drawn in proportion. */
function smaller(asked: { width: number; height: number }): { width: number; height: number } {
  const { width, height } = sizeOf(asked);
  const scale = Math.min(1, SIDE / Math.max(width, height));
  const even = (length: number): number => Math.max(2, Math.round((length * scale) / 2) * 2);
  return { width: even(width), height: even(height) };
}
