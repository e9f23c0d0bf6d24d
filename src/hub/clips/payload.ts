/**
 * What is stored of a render job: keys and references, never URLs. And the hash by which equal jobs are one.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ClipRequest } from '../../contract/clip.ts';
import type { CameraRenderParams } from '../../contract/worker.ts';
import { RenderJob } from '../../contract/worker.ts';

const BlobInput = z.object({ name: z.string(), key: z.string(), bytes: z.number(), sha256: z.string() });

/** A file that is no blob: its kind knows where it is, and signs a URL when a worker takes the job. */
const ReferenceInput = z.object({
  name: z.string(),
  /** Whose reference it is. */
  source: z.uuid(),
  /** What the kind needs to find it; no URL, nothing secret. */
  ref: z.record(z.string(), z.union([z.string(), z.number()])),
  bytes: z.number().optional(),
});

const Stored = z.object({
  kind: RenderJob.shape.kind,
  params: z.record(z.string(), z.unknown()),
  inputs: z.array(z.union([BlobInput, ReferenceInput])),
  limits: RenderJob.shape.limits,
  /** What the result is called when it is downloaded. */
  fileName: z.string(),
  /** Hash of all of the above; the result's name. */
  hash: z.string(),
});

/** Rows of before there were drives are all of cameras. */
export const JobPayload = z.preprocess((value) => {
  if (typeof value !== 'object' || value === null || 'kind' in value) return value;
  const params = (value as { params?: { fileName?: unknown } }).params;
  return { kind: 'camera', fileName: params?.fileName, ...value };
}, Stored);
export type JobPayload = z.output<typeof JobPayload>;
type BlobInput = z.output<typeof BlobInput>;
export type ReferenceInput = z.output<typeof ReferenceInput>;

/** Changes when the same job would give another result, e.g. after a correction of the renderer. */
const RENDERING = 1;

/** The payload of a camera clip, with its hash over parameters, limits and what the inputs contain. */
export function cameraPayload(
  params: CameraRenderParams,
  inputs: readonly BlobInput[],
  limits: ClipRequest['limits'],
): JobPayload {
  const content = inputs.map(({ name, sha256, bytes }) => ({ name, sha256, bytes }));
  return payloadOf({ kind: 'camera', params, inputs, limits, fileName: params.fileName, content });
}

/**
 * A payload with its hash.
 * @param content what tells one input from another: never where it is, which may change
 */
export function payloadOf(job: {
  readonly kind: JobPayload['kind'];
  readonly params: Record<string, unknown>;
  readonly inputs: readonly JobPayload['inputs'][number][];
  readonly limits: ClipRequest['limits'];
  readonly fileName: string;
  readonly content: readonly object[];
}): JobPayload {
  const { kind, params, inputs, fileName, content } = job;
  const limits = Object.fromEntries(
    Object.entries(job.limits)
      .filter(([, value]) => value !== undefined)
      .sort(),
  );
  const text = JSON.stringify({ rendering: RENDERING, kind, params, content, limits });
  return { kind, params, inputs: [...inputs], limits, fileName, hash: createHash('sha256').update(text).digest('hex') };
}

/** Each attempt has its own place, so that a late worker cannot change what another one has made. */
export function outputKey(hash: string, attempt: number): string {
  return attempt === 0 ? `clips/${hash}.mp4` : `clips/${hash}-${attempt}.mp4`;
}
