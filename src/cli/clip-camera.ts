/**
 * `vidette clip CAMERA`: the hub makes the clip; this command asks, waits and downloads.
 */
import { extname, resolve } from 'node:path';
import { UserError } from '../base/errors.ts';
import type { AskedClip } from '../contract/clip.ts';
import { routes } from '../contract/routes.ts';
import { Moment } from '../contract/time.ts';
import { refuseExisting } from '../media/finished-file.ts';
import { cameraCalled } from './camera-called.ts';
import type { ClipOfPart, MadeClip } from './clip.ts';
import { parseSeconds } from './duration.ts';
import { bringClip } from './hub-clip.ts';
import { noFile } from './no-file.ts';
import { findHub } from './own-hub.ts';
import { mostBytes } from './size-limit.ts';
import { progressLine, untilAsked } from './terminal.ts';

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
  if (options.out !== undefined) await refuseExisting(resolve(options.out), options.force ?? false);
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
    return await bringClip(asked, hub, options, signal, (done, stage) => bar.update(done, stage));
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
