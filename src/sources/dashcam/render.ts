/**
 * The worker's half of a clip of a car's footage: nothing but the job. Inputs come through `io`, the file goes back through it.
 */
import { join } from 'node:path';
import { InputError } from '../../base/errors.ts';
import { DashcamRenderParams, type RenderJob } from '../../contract/worker.ts';
import { fetchInputs, hashFile } from '../../media/render-inputs.ts';
import type { Rendered, RenderIo } from '../../media/render-io.ts';
import { renderCar } from './clip/car-clip.ts';

/** Bringing the files is this part of the work, for the progress bar. */
const FETCH_PART = 0.2;

/**
 * @throws InputError when the job or its files are not what they should be, UserError when footage is encrypted or the limit cannot be met
 */
export async function render(job: RenderJob, io: RenderIo): Promise<Rendered> {
  const checked = DashcamRenderParams.safeParse(job.params);
  if (!checked.success) throw new InputError(`job ${job.id}`, `its parameters are wrong: ${checked.error.message}`);
  const params = checked.data;
  const names = [...new Set([...params.clips.map(({ input }) => input), ...params.likes])];
  const paths = await fetchInputs(names, io, FETCH_PART);
  const output = join(io.scratch, 'clip.mp4');
  const result = await renderCar(
    {
      params,
      files: names.map((name, index) => ({ input: name, name, path: paths[index] ?? '' })),
      limits: Object.fromEntries(Object.entries(job.limits).filter(([, value]) => value !== undefined)),
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
