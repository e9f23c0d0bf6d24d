/**
 * `vidette clip CAMERA`: the hub makes the clip; this command asks, waits and downloads.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, Unavailable, UserError } from '../base/errors.ts';
import { pathOf } from '../contract/client.ts';
import type { AskedClip, Clip } from '../contract/clip.ts';
import { routes } from '../contract/routes.ts';
import { Moment } from '../contract/time.ts';
import { publish, refuseExisting } from '../media/finished-file.ts';
import { cameraCalled } from './camera-called.ts';
import type { ClipOfPart, MadeClip } from './clip.ts';
import { parseSeconds } from './duration.ts';
import { noFile } from './no-file.ts';
import { findHub, type OwnHub, whileHubRestarts } from './own-hub.ts';
import { mostBytes } from './size-limit.ts';
import { progressLine, say, untilAsked } from './terminal.ts';

const ASK_EVERY_MS = 500;
const CANCEL_WITHIN_MS = 5000;

export async function clipCamera(name: string, options: ClipOfPart): Promise<MadeClip> {
  if (looksLikeFile(name)) throw await noFile(name);
  if (options.master !== undefined)
    throw new UserError('A master can be made from a file only.', 'Leave --master out.', { code: 'usage' });
  if (!Moment.safeParse(options.start).success)
    throw new UserError(
      `“${options.start}” is not a time of a camera's footage.`,
      'Write it as 2026-11-21T18:05:00Z, or -5m for five minutes ago.',
      { code: 'usage' },
    );
  const length = parseSeconds(options.length);
  const request = requestOf(name, options, length);
  const force = options.force ?? false;
  if (options.out !== undefined) await refuseExisting(resolve(options.out), force);
  const signal = untilAsked();
  const hub = { current: await findHub().catch((error: unknown) => Promise.reject(neither(name, error))) };
  const bar = progressLine(options.json ?? false);
  try {
    const camera = await cameraCalled(name, hub.current, signal);
    const asked = await hub.current.client.call(
      routes.createClip,
      { body: { ...request, sources: [camera] } },
      { signal },
    );
    const finished = await follow(asked, hub, signal, (done, stage) => bar.update(done, stage));
    const { result } = finished;
    if (!result) throw new Error('the hub says that the clip is done, but not what it is');
    const output = resolve(options.out ?? basename(result.fileName));
    await refuseExisting(output, force);
    await whileHubRestarts(hub, signal, (now) => download(now, finished, output, force, signal));
    const { bytes, duration, width, height, notes } = result;
    return { file: options.out ?? basename(output), bytes, duration, width, height, notes };
  } finally {
    bar.end();
  }
}

function requestOf(name: string, options: ClipOfPart, length: number): AskedClip {
  const maxBytes = mostBytes(options);
  return {
    sources: [name],
    ranges: [{ start: options.start, length }],
    layout: 'main',
    overlays: { clock: options.clock ?? false, ...(options.title === undefined ? {} : { title: options.title }) },
    limits: {
      ...(maxBytes === undefined ? {} : { maxBytes }),
      ...(options.height === undefined ? {} : { height: options.height }),
    },
    sound: options.mute ? 'mute' : 'keep',
    deliver: [],
    notify: [],
  };
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
  await mkdir(dirname(output), { recursive: true });
  const beside = await mkdtemp(join(dirname(output), '.vidette-clip-'));
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

const looksLikeFile = (name: string): boolean =>
  name.includes('/') || /^\.(mp4|m4v|mov|mkv|webm|avi|ts|mts|flv|hevc|h264|h265|mpg|mpeg|3gp)$/i.test(extname(name));

function neither(name: string, error: unknown): unknown {
  if (!(error instanceof UserError && error.code === 'no-hub')) return error;
  return new UserError(
    `There is no file called “${name}”, and no hub is running here that could have a camera of that name.`,
    error.remedy,
    { code: 'not-found', cause: error },
  );
}
