/**
 * How far the hub has the manifest: a small file, and only a hint. Without it, or behind the truth, the hub is asked for what it has; never ahead of it.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { diskErrorCode } from '../../../blobs/disk.ts';
import { replaceFile } from '../role/replace-file.ts';

const State = z.object({
  version: z.literal(1),
  /** Address of the hub, and the car as it calls it. */
  hub: z.string(),
  car: z.string(),
  /** Identity of the spool. */
  library: z.string(),
  /** The first line that the hub may not have. */
  from: z.int().min(1),
});
export type PushState = Omit<z.output<typeof State>, 'version'>;

/** A file that is missing or damaged says nothing. */
export function readPushState(path: string): PushState | undefined {
  try {
    const read = State.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
    return read && { hub: read.hub, car: read.car, library: read.library, from: read.from };
  } catch (error) {
    if (error instanceof SyntaxError || diskErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export function writePushState(path: string, state: PushState): void {
  replaceFile(path, `${JSON.stringify({ version: 1, ...state })}\n`);
}
