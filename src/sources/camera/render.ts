/**
 * The worker's half of a camera clip: nothing but the job. Inputs come through `io`, the file goes back through it.
 */
import { join } from 'node:path';
import { InputError } from '../../base/errors.ts';
import { CameraRenderParams, type RenderJob } from '../../contract/worker.ts';
import { renderVideo } from '../../media/codec/codec.ts';
import type { RenderPlan } from '../../media/codec/plan.ts';
import { fetchWhatIsThere, hashFile } from '../../media/render-inputs.ts';
import type { Rendered, RenderIo } from '../../media/render-io.ts';

/** Bringing the footage is this part of the work, for the progress bar. */
const FETCH_PART = 0.2;

/**
 * @throws InputError when the job or its footage is not what it should be, UserError when the size limit cannot be met
 */
export async function render(job: RenderJob, io: RenderIo): Promise<Rendered> {
  const params = CameraRenderParams.safeParse(job.params);
  if (!params.success) throw new InputError(`job ${job.id}`, `its parameters are wrong: ${params.error.message}`);
  const { sources, layout, title, clock, timeZone, sound } = params.data;
  const names = [...new Set(sources.flatMap((source) => source.pieces.map((piece) => piece.input)))];
  const paths = await fetchWhatIsThere(names, io, FETCH_PART);
  const output = join(io.scratch, 'clip.mp4');
  const start = Math.min(...sources.flatMap((source) => source.pieces.map((piece) => piece.wallStart)));
  const { maxBytes, width, height, fps, quality } = job.limits;
  const plan: RenderPlan = {
    inputs: names.map((name, index) => ({ name, path: paths[index] ?? '' })),
    sources: sources.map((source) => ({
      name: source.name,
      pieces: source.pieces.map((piece) => ({ ...piece, input: names.indexOf(piece.input) })),
    })),
    layout,
    overlay: { ...(title === undefined ? {} : { title }), clock, timeZone },
    limits: {
      ...(maxBytes === undefined ? {} : { maxBytes }),
      ...(width === undefined ? {} : { width }),
      ...(height === undefined ? {} : { height }),
      ...(fps === undefined ? {} : { fps }),
      ...(quality === undefined ? {} : { quality }),
    },
    sound,
    metadata: { title: title ?? params.data.fileName.replace(/\.mp4$/, ''), createdAt: start },
    output,
    scratch: io.scratch,
  };
  const result = await renderVideo(plan, {
    signal: io.signal,
    onProgress: (progress, stage) => io.onProgress(FETCH_PART + (1 - FETCH_PART) * progress, stage),
  });
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
