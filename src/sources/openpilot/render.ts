/**
 * The worker's half of a clip of a drive: nothing but the job. Inputs come through `io`, the file goes back through it.
 */
import { join } from 'node:path';
import { InputError } from '../../base/errors.ts';
import { OpenpilotRenderParams, type RenderJob } from '../../contract/worker.ts';
import { fetchInputs, hashFile } from '../../media/render-inputs.ts';
import type { Rendered, RenderIo } from '../../media/render-io.ts';
import { renderDrive } from './clip/drive-clip.ts';
import type { BroughtMinute } from './files/drive.ts';
import { fileKinds } from './files/file-kind.ts';

/** Bringing the files is this part of the work, for the progress bar. */
const FETCH_PART = 0.2;

/**
 * @throws InputError when the job or its files are not what they should be, UserError when a camera is missing or the limit cannot be met
 */
export async function render(job: RenderJob, io: RenderIo): Promise<Rendered> {
  const params = OpenpilotRenderParams.safeParse(job.params);
  if (!params.success) throw new InputError(`job ${job.id}`, `its parameters are wrong: ${params.error.message}`);
  const { minutes, ...options } = params.data;
  const names = [...new Set(minutes.flatMap(({ files }) => fileKinds.flatMap((kind) => files[kind] ?? [])))];
  const paths = await fetchInputs(names, io, FETCH_PART);
  const pathOf = new Map(names.map((name, index) => [name, paths[index] ?? '']));
  const output = join(io.scratch, 'clip.mp4');
  const { maxBytes, quality } = job.limits;
  const result = await renderDrive(
    {
      minutes: minutes.map(
        ({ segment, shown, files }): BroughtMinute => ({
          segment,
          shown,
          files: Object.fromEntries(
            fileKinds.flatMap((kind) => {
              const path = pathOf.get(files[kind] ?? '');
              return path === undefined ? [] : [[kind, path]];
            }),
          ),
        }),
      ),
      options,
      limits: {
        ...(maxBytes === undefined ? {} : { maxBytes }),
        ...(quality === undefined ? {} : { quality }),
      },
      output,
      scratch: io.scratch,
    },
    {
      signal: io.signal,
      onProgress: (progress, stage) => io.onProgress(FETCH_PART + (1 - FETCH_PART) * progress, stage),
    },
  );
  return {
    path: output,
    bytes: result.bytes,
    sha256: await hashFile(output, io.signal),
    duration: result.duration,
    width: result.width,
    height: result.height,
    notes: result.notes,
  };
}
