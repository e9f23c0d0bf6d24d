/**
 * `vidette clip EVENT_FOLDER`: what a car's dash cam saw, of an event's folder, a TeslaCam folder, a stick or an image. No hub is needed.
 */
import { rm } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { UserError } from '../base/errors.ts';
import { publish, refuseExisting, scratchBeside } from '../media/finished-file.ts';
import { renderCar } from '../sources/dashcam/clip/car-clip.ts';
import { parseCarTime } from '../sources/dashcam/clip/car-time.ts';
import { type OpenFootage, openFootage } from '../sources/dashcam/clip/open-footage.ts';
import { utcOf } from '../sources/dashcam/harvest/clip-time.ts';
import { formatLocal } from '../sources/dashcam/layout/clip-name.ts';
import { aroundTrigger, type CarWish, planCar } from '../sources/dashcam/plan.ts';
import type { ClipOptions, MadeClip } from './clip.ts';
import { parseSeconds } from './duration.ts';
import { type KeyOptions, keysOf } from './keys.ts';
import { mostBytes } from './size-limit.ts';
import { progressLine, untilAsked } from './terminal.ts';

/** What only a clip of a car has. */
export interface CarOptions extends KeyOptions {
  readonly event?: string;
  readonly layout?: string;
  readonly camera?: string;
  readonly telemetry?: boolean;
  readonly stamp?: boolean;
  readonly stripPlace?: boolean;
  readonly width?: number;
}

/** Where nobody says how long. */
const USUAL_LENGTH = '30';
/** Reading the footage is this part of the work, for the progress bar. */
const FETCH_PART = 0.1;
const BEST_CRF = 10;
const WORST_CRF = 40;
const FASTEST = 60;
const SLOWEST = 0.25;
const LEAST_SIDE = 64;
const MOST_SIDE = 3840;
const DAY = 86_400_000;

export async function clipCar(what: string, options: ClipOptions): Promise<MadeClip> {
  checkOptions(options);
  const maxBytes = mostBytes(options);
  const length = parseSeconds(options.length ?? USUAL_LENGTH) * 1000;
  if (length <= 0) throw new UserError('The length is zero.', 'Give it in seconds, e.g. -l 30.', { code: 'usage' });
  const output = options.out === undefined ? undefined : resolve(options.out);
  if (output !== undefined) await refuseExisting(output, options.force ?? false);
  const signal = untilAsked();
  const bar = progressLine(options.json ?? false);
  try {
    bar.update(0, 'Reading the footage');
    const choice = {
      event: options.event,
      start: options.start === undefined ? undefined : parseCarTime(options.start),
      length,
    };
    await using footage = await openFootage(what, {
      choice,
      now: Date.now(),
      keys: await keysOf(options),
      signal,
    });
    const start = startOf(options, footage);
    const range =
      start === undefined ? aroundTrigger(footage.trigger?.at, footage.clips, length) : { start, end: start + length };
    const plan = planCar(wishOf(options, footage, range), footage);
    const file = options.out ?? nameOf(footage, plan.params.ranges[0]?.start ?? range.start);
    const target = output ?? resolve(file);
    const master = options.master === undefined ? undefined : resolve(options.master);
    for (const path of [target, ...(master === undefined ? [] : [master])])
      await refuseExisting(path, options.force ?? false);
    const scratch = await scratchBeside(target);
    try {
      const files = await footage.bring(plan.inputs, scratch, {
        signal,
        onProgress: (done) => bar.update(FETCH_PART * done, 'Reading the footage'),
      });
      const made = join(scratch, 'clip.mp4');
      const lossless = master && join(scratch, 'master.mkv');
      const result = await renderCar(
        {
          params: plan.params,
          files,
          limits: {
            ...mostPixels(options),
            ...(maxBytes === undefined ? {} : { maxBytes }),
            ...(options.quality === undefined ? {} : { quality: options.quality }),
          },
          output: made,
          scratch,
          ...(lossless ? { master: lossless } : {}),
        },
        { signal, onProgress: (done, stage) => bar.update(FETCH_PART + (1 - FETCH_PART) * done, stage) },
      );
      if (lossless && master) await publish(lossless, master, options.force ?? false);
      await publish(made, target, options.force ?? false);
      const { bytes, duration, width, height } = result;
      return {
        file,
        bytes,
        duration,
        width,
        height,
        ...(options.master === undefined ? {} : { master: options.master }),
        coding: { bitrate: Math.round(result.bitrate), passes: result.passes, firstPass: result.firstPass },
        notes: [...footage.notes, ...plan.notes, ...result.notes],
      };
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  } catch (error) {
    // Ctrl-C may reach the other process first: its end is then no fault of the footage.
    signal.throwIfAborted();
    throw error;
  } finally {
    bar.end();
  }
}

function checkOptions(options: ClipOptions): void {
  const { out, master, quality, speed = 1 } = options;
  const usage = (what: string, remedy: string): UserError => new UserError(what, remedy, { code: 'usage' });
  if (out !== undefined && extname(out).toLowerCase() !== '.mp4')
    throw usage('A clip is an MP4 file.', 'Give it a name that ends in .mp4.');
  if (master !== undefined && extname(master).toLowerCase() !== '.mkv')
    throw usage('A master is a Matroska file.', 'Give it a name that ends in .mkv.');
  if (quality !== undefined && (quality < BEST_CRF || quality > WORST_CRF))
    throw usage(`--quality: ${quality} is not between ${BEST_CRF} and ${WORST_CRF}.`, 'Lower is better and larger.');
  if (speed < SLOWEST || speed > FASTEST)
    throw usage(`--speed: ${speed} is not between ${SLOWEST} and ${FASTEST}.`, '4 is four times as fast.');
  if ((options.title?.length ?? 0) > 200) throw usage('--title: at most 200 characters.', 'Make it shorter.');
  for (const name of ['mode', 'look', 'range', 'wide', 'inset', 'stack'] as const)
    if (options[name] !== undefined)
      throw usage(`--${name} belongs to clips of openpilot drives.`, 'Leave it out; see --layout.');
}

/** UTC ms; undefined: it is not said. @throws UserError */
function startOf({ start }: ClipOptions, footage: OpenFootage): number | undefined {
  if (start === undefined) return undefined;
  const first = Math.min(...footage.clips.map((clip) => clip.start));
  const last = Math.max(...footage.clips.map((clip) => clip.end));
  const asked = parseCarTime(start);
  const unknown = (): UserError =>
    new UserError(
      'No clip tells how the car’s clock and UTC go together at that time.',
      'Give the start in seconds from the beginning of the event: -s 90.',
      { code: 'usage' },
    );
  const byClock = (local: number): number => {
    const utc = footage.timeless ? local : utcOf(local, undefined, footage.times)?.utc;
    if (utc === undefined) throw unknown();
    return utc;
  };
  switch (asked?.kind) {
    case undefined:
      return first + parseSeconds(start) * 1000;
    case 'utc':
      if (footage.timeless) throw unknown();
      return asked.at;
    case 'local':
      return byClock(asked.at);
    case 'day': {
      // `0:01:30` may also be counted from the beginning of the event.
      if (first + asked.at < last) return first + asked.at;
      const clip = footage.clips.find((one) => one.start === first);
      const midnight = Math.floor((clip?.named.local ?? 0) / DAY) * DAY;
      const day = midnight + asked.at;
      const on = (local: number): boolean => byClock(local) >= first - 60_000;
      return byClock(on(day) ? day : day + DAY);
    }
  }
}

function wishOf(options: ClipOptions, footage: OpenFootage, range: { start: number; end: number }): CarWish {
  const { layout = 'main', units = 'metric' } = options;
  if (units !== 'metric' && units !== 'imperial' && units !== 'auto')
    throw new UserError('--units: it can be metric or imperial.', 'Leave it out for km/h.', { code: 'usage' });
  return {
    ranges: [range],
    layout,
    camera: options.camera,
    units: units === 'imperial' ? 'imperial' : 'metric',
    telemetry: options.telemetry ?? true,
    stamp: (options.stamp ?? true) && !footage.timeless,
    stripPlace: options.stripPlace ?? false,
    title: options.title ?? '',
    sound: options.mute ? 'mute' : 'keep',
    speed: options.speed ?? 1,
  };
}

/** The most that the picture may be wide and high. */
function mostPixels({ size, width, height }: ClipOptions): { width?: number; height?: number } {
  const [, wide, high] = /^(\d{2,5})[x×](\d{2,5})$/i.exec(size ?? '') ?? [];
  if (size !== undefined && wide === undefined)
    throw new UserError(`--size: “${size}” is no size.`, 'Write the most that it may be: 1920x1080.', {
      code: 'usage',
    });
  const most = {
    width: width ?? (wide === undefined ? undefined : Number(wide)),
    height: height ?? (high === undefined ? undefined : Number(high)),
  };
  for (const side of [most.width, most.height])
    if (side !== undefined && (side < LEAST_SIDE || side > MOST_SIDE))
      throw new UserError(`A clip is ${LEAST_SIDE} to ${MOST_SIDE} pixels wide and high.`, 'Choose another size.', {
        code: 'usage',
      });
  return {
    ...(most.width === undefined ? {} : { width: most.width }),
    ...(most.height === undefined ? {} : { height: most.height }),
  };
}

/** By the car's clock, as its own names are; without the place. */
function nameOf(footage: OpenFootage, start: number): string {
  const clip = footage.clips.find((one) => one.end > start);
  return `${formatLocal(start + (clip?.zone ?? 0) * 60_000)} car.mp4`;
}
