/**
 * What is stored of a render job: keys, never URLs. And the hash by which equal jobs are one.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ClipRequest } from '../../contract/clip.ts';
import { CameraRenderParams, RenderJob } from '../../contract/worker.ts';

export const JobPayload = z.object({
  params: CameraRenderParams,
  inputs: z.array(z.object({ name: z.string(), key: z.string(), bytes: z.number(), sha256: z.string() })),
  limits: RenderJob.shape.limits,
  /** Hash of all of the above; the result's name. */
  hash: z.string(),
});
export type JobPayload = z.output<typeof JobPayload>;

/** Changes when the same job would give another result, e.g. after a correction of the renderer. */
const RENDERING = 1;

/** The payload of a camera clip, with its hash over parameters, limits and what the inputs contain. */
export function cameraPayload(
  params: CameraRenderParams,
  inputs: JobPayload['inputs'],
  limits: ClipRequest['limits'],
): JobPayload {
  const content = inputs.map(({ name, sha256, bytes }) => ({ name, sha256, bytes }));
  const kept = Object.fromEntries(
    Object.entries(limits)
      .filter(([, value]) => value !== undefined)
      .sort(),
  );
  const text = JSON.stringify({ rendering: RENDERING, kind: 'camera', params, content, limits: kept });
  return { params, inputs, limits: kept, hash: createHash('sha256').update(text).digest('hex') };
}

/** Each attempt has its own place, so that a late worker cannot change what another one has made. */
export function outputKey(hash: string, attempt: number): string {
  return attempt === 0 ? `clips/${hash}.mp4` : `clips/${hash}-${attempt}.mp4`;
}
