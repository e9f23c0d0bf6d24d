/**
 * One picture of a clip as it would be made: a clip of a few pictures out of the small files, made by the same process, and its first picture.
 */

import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, Unavailable, UserError } from '../../base/errors.ts';
import type { DriveRow, SourceRow } from '../../catalog/tables.ts';
import { ClipRequest } from '../../contract/clip.ts';
import type { DriveFrameRequest } from '../../contract/drive.ts';
import { renderDrive } from '../../sources/openpilot/clip/drive-clip.ts';
import { planDrive } from '../../sources/openpilot/plan.ts';
import { MadeFiles, writing } from '../made-files.ts';
import { Turns } from '../turns.ts';
import type { DriveReader } from './reader.ts';
import { DriveSettingsRow } from './source-settings.ts';
import type { DriveStore, WantedFile } from './store.ts';

export interface FramesOptions {
  readonly store: DriveStore;
  readonly reader: Pick<DriveReader, 'ask'>;
  readonly cache: MadeFiles;
  readonly sourceOf: (id: string) => Promise<SourceRow | undefined>;
  /** For work in progress. */
  readonly tmpDir: string;
}

const WIDTH = 960;
/** A clip of a few pictures: its first one counts. */
const SECONDS = 0.2;
const PATIENCE_MS = 45_000;
/** More at once are refused: each takes a processor for a second. */
const MOST_WAITING = 4;
/** A full camera file of an account is 75 MB: not for one picture. */
const LARGE = new Set(['fcamera', 'ecamera', 'dcamera']);

export class Frames {
  readonly #options: FramesOptions;
  readonly #turns = new Turns(MOST_WAITING, () => new Unavailable('Other previews are being made just now.', 2000));

  constructor(options: FramesOptions) {
    this.#options = options;
  }

  /** JPEG. @throws UserError when there would be no such clip, Unavailable, InputError */
  async make(drive: DriveRow, asked: DriveFrameRequest, signal: AbortSignal): Promise<Buffer> {
    const { cache, store, sourceOf } = this.#options;
    const source = await sourceOf(drive.source_id);
    const isFolder = source !== undefined && DriveSettingsRow.parse(source.settings).from.type === 'folder';
    const { layout, overlays, privacy, size } = asked;
    const limits = size === undefined ? {} : { size };
    const request = ClipRequest.parse({ sources: [drive.id], layout, overlays, privacy, limits, sound: 'mute' });
    const { route, duration_ms: length, minutes } = drive;
    const at = Math.max(0, Math.min(asked.at, length / 1000 - 2 * SECONDS));
    const place = { route, length: length / 1000, minutes, keeper: isFolder ? 'folder' : 'api' } as const;
    const plan = planDrive(request, [{ start: at, end: at + SECONDS }], place, 'low');
    if (!isFolder && plan.inputs.some(({ file }) => LARGE.has(file)))
      throw new UserError('There is no preview of this camera.', 'The clip itself can be made.', { code: 'conflict' });
    const wanted = plan.inputs.map(({ minute, file }): WantedFile => ({ drive, minute, file }));
    const stamps = wanted.map((one) => store.stamp(one).join(' '));
    const name = MadeFiles.nameOf('poster', 'frame', WIDTH, JSON.stringify(plan.params), ...stamps);
    const make = (paths: readonly string[]): Promise<Uint8Array> =>
      this.#turns.take(async () => {
        signal.throwIfAborted();
        const pathOf = new Map(plan.inputs.map((input, index) => [input.name, paths[index] ?? '']));
        const { minutes: parts, ...options } = plan.params;
        const folder = join(this.#options.tmpDir, randomUUID());
        await mkdir(folder, { recursive: true, mode: 0o700 });
        try {
          const output = join(folder, 'frame.mp4');
          await renderDrive(
            {
              minutes: parts.map(({ segment, shown, files }) => ({
                segment,
                shown,
                files: Object.fromEntries(
                  Object.entries(files).map(([kind, input]) => [kind, pathOf.get(input ?? '') ?? '']),
                ),
              })),
              options,
              limits: { quality: 18 },
              output,
              scratch: folder,
            },
            { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]) },
          );
          const file = { minute: 0, path: output, name: 'the picture' };
          return (await this.#options.reader.ask({ do: 'poster', file, at: 0, width: WIDTH })).jpeg;
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      });
    try {
      await cache.keep(
        name,
        writing(() => store.withFiles(wanted, make, signal)),
      );
    } catch (error) {
      if (error instanceof DOMException && error.name === 'TimeoutError')
        throw new InputError('the preview', 'making it took too long');
      throw error;
    }
    return cache.read(name);
  }
}
