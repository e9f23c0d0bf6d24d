/**
 * The worker's half of a clip of a replay: nothing but the job. Inputs come through `io`, the file goes back through it.
 */
import { join } from 'node:path';
import { InputError } from '../../base/errors.ts';
import { OsuRenderParams, type RenderJob } from '../../contract/worker.ts';
import { fetchInputs, hashFile } from '../../media/render-inputs.ts';
import type { Rendered, RenderIo } from '../../media/render-io.ts';
import { renderReplay } from './clip/replay-clip.ts';
import { sceneOf } from './clip/scene-of.ts';

/** Bringing the files is this part of the work, for the progress bar. */
const FETCH_PART = 0.05;

/** @throws InputError when the job or its files are not what they should be, UserError when the limit cannot be met */
export async function render(job: RenderJob, io: RenderIo): Promise<Rendered> {
  const parsed = OsuRenderParams.safeParse(job.params);
  if (!parsed.success) throw new InputError(`job ${job.id}`, `its parameters are wrong: ${parsed.error.message}`);
  const params = parsed.data;
  const names = [params.replay, params.set, ...params.others, ...(params.skin === null ? [] : [params.skin])];
  const [replay = '', beatmap = '', ...more] = await fetchInputs(names, io, FETCH_PART);
  const paths = more.slice(0, params.others.length);
  const skin = more[params.others.length];
  const output = join(io.scratch, 'clip.mp4');
  const { maxBytes, quality } = job.limits;
  const kept = io.keep?.();
  const result = await renderReplay(
    {
      replay,
      beatmap,
      ...(skin === undefined ? {} : { skin }),
      ...(paths.length > 0 ? { versus: { paths, knockout: params.knockout } } : {}),
      name: params.names.replay,
      scene: sceneOf(params),
      sound: { ...params.volumes, mute: params.sound === 'mute' },
      limits: {
        ...(maxBytes === undefined ? {} : { maxBytes }),
        ...(quality === undefined ? {} : { quality }),
      },
      preset: params.preset,
      ...(params.title === '' ? {} : { title: params.title }),
      output,
      scratch: io.scratch,
      ...(kept === undefined ? {} : { kept }),
    },
    {
      signal: io.signal,
      onProgress: (progress, stage) => io.onProgress(FETCH_PART + (1 - FETCH_PART) * progress, stage),
      ...(io.picture === undefined ? {} : { picture: io.picture }),
    },
  );
  const { bytes, duration, width, height, notes } = result;
  return { path: output, bytes, sha256: await hashFile(output, io.signal), duration, width, height, notes };
}
