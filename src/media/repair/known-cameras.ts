/** How the cameras that were met are coded: a small file, so that a clip can be repaired of which nothing else is left. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../base/errors.ts';
import type { KnownCoding } from './task.ts';

const MOST_KNOWN = 32;
const MOST_BYTES = 1 << 20;

const Known = z.array(
  z.object({
    codec: z.enum(['h264', 'h265']),
    description: z.base64().max(20_000),
    width: z.number().int().min(16).max(16_384),
    height: z.number().int().min(16).max(16_384),
    fps: z.number().min(0.1).max(1000),
    timescale: z.number().int().min(1),
  }),
);

/** Newest first; none where there is no file, or it is not one of ours. */
export async function knownCameras(path: string): Promise<KnownCoding[]> {
  try {
    const text = await readFile(path, 'utf8');
    if (text.length > MOST_BYTES) return [];
    const known = Known.safeParse(JSON.parse(text));
    return known.success ? known.data : [];
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error)) return [];
    throw error;
  }
}

/** @returns why it could not be kept; undefined when it was */
export async function rememberCamera(path: string, coding: KnownCoding): Promise<string | undefined> {
  try {
    const others = (await knownCameras(path)).filter((one) => one.description !== coding.description);
    if (others.length > 0 && (await knownCameras(path))[0]?.description === coding.description) return undefined;
    await mkdir(dirname(path), { recursive: true });
    const draft = `${path}.${process.pid}.tmp`;
    await writeFile(draft, JSON.stringify([coding, ...others].slice(0, MOST_KNOWN)));
    await rename(draft, path);
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return messageOf(error);
    throw error;
  }
}
