/**
 * A clip that a hub makes: waited for, and brought here.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, Unavailable, UserError } from '../base/errors.ts';
import { pathOf } from '../contract/client.ts';
import type { Clip } from '../contract/clip.ts';
import { routes } from '../contract/routes.ts';
import { publish, refuseExisting, scratchBeside } from '../media/finished-file.ts';
import type { MadeClip } from './clip.ts';
import { type OwnHub, whileHubRestarts } from './own-hub.ts';
import { say } from './terminal.ts';

const ASK_EVERY_MS = 500;
const CANCEL_WITHIN_MS = 5000;

/** @throws UserError when it cannot be made, or there is a file of its name */
export async function bringClip(
  asked: Clip,
  hub: { current: OwnHub },
  { out, force = false }: { readonly out?: string; readonly force?: boolean },
  signal: AbortSignal,
  onProgress: (done: number, stage: string) => void,
): Promise<MadeClip> {
  const finished = await follow(asked, hub, signal, onProgress);
  const { result } = finished;
  if (!result) throw new Error('the hub says that the clip is done, but not what it is');
  const output = resolve(out ?? basename(result.fileName));
  await refuseExisting(output, force);
  await whileHubRestarts(hub, signal, (now) => download(now, finished, output, force, signal));
  const { bytes, duration, width, height, notes } = result;
  return { file: out ?? basename(output), bytes, duration, width, height, notes };
}

/** Until it is done; when the person stops waiting, the clip is cancelled. */
async function follow(
  asked: Clip,
  hub: { current: OwnHub },
  signal: AbortSignal,
  onProgress: (done: number, stage: string) => void,
): Promise<Clip> {
  const params = { id: asked.id };
  try {
    for (let clip = asked; ; ) {
      if (clip.state === 'done') return clip;
      if (clip.state === 'failed')
        throw new UserError(clip.error ?? 'The clip could not be made.', '', { code: 'clip-failed' });
      if (clip.state === 'cancelled')
        throw new UserError('The clip was cancelled.', 'Somebody did it on the page or by the API.', {
          code: 'cancelled',
        });
      onProgress(clip.progress, clip.stage === '' ? 'Waiting' : clip.stage);
      await sleep(ASK_EVERY_MS, undefined, { signal });
      clip = await whileHubRestarts(hub, signal, (now) => now.client.call(routes.getClip, { params }, { signal }));
    }
  } catch (error) {
    if (signal.aborted)
      await hub.current.client
        .call(routes.cancelClip, { params }, { signal: AbortSignal.timeout(CANCEL_WITHIN_MS) })
        .catch((cause: unknown) => say(`The clip could not be cancelled: ${messageOf(cause)}`));
    throw error;
  }
}

async function download(hub: OwnHub, clip: Clip, output: string, force: boolean, signal: AbortSignal): Promise<void> {
  const beside = await scratchBeside(output);
  try {
    const path = join(beside, 'clip.mp4');
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      const response = await fetch(hub.base + pathOf(routes.clipFile, { id: clip.id }), {
        headers: { authorization: `Bearer ${hub.token}` },
        signal,
      });
      if (!response.ok || !response.body) throw new Error(`the hub answered ${response.status}`);
      const { body } = response;
      await pipeline(async function* () {
        for await (const chunk of body) {
          hash.update(chunk);
          bytes += chunk.byteLength;
          yield chunk;
        }
      }, createWriteStream(path));
    } catch (cause) {
      if (signal.aborted || isDiskError(cause)) throw cause;
      throw new Unavailable('The clip is made, but cannot be downloaded.', 1000, { cause });
    }
    if (bytes !== clip.result?.bytes || hash.digest('hex') !== clip.result.sha256)
      throw new Unavailable(
        `The download has ${bytes} bytes and is not the clip of ${clip.result?.bytes} bytes that the hub has.`,
        1000,
      );
    await publish(path, output, force);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

function isDiskError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && (error.syscall === 'write' || error.syscall === 'open');
}
