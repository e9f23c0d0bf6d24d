/** Reads an address as a recorder would, until it is known well enough. */
import type { Clock } from '../../../base/clock.ts';
import { InputError, messageOf, UserError } from '../../../base/errors.ts';
import type { CameraTest } from '../../../contract/camera-test.ts';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';
import type { StreamReader } from '../recorder/stream-reader.ts';
import { adviceOn } from './advice.ts';
import type { ProbeAnswer, ProbeOrder } from './messages.ts';
import { StreamSample } from './sample.ts';

/** Until the first picture; a camera with rare key frames needs long. */
const FIRST_MS = 20_000;
/** From the first picture on. */
const LOOK_MS = 8000;
const MOST_NOTES = 20;

export interface TryPort {
  readonly clock: Clock;
  readonly read: StreamReader;
  /** A JPEG of a key frame, or undefined when it cannot be decoded. */
  picture(config: StreamConfig, unit: AccessUnit): Promise<Uint8Array | undefined>;
}

/** Never throws for what the camera does: that is the answer. */
export async function tryStream(order: ProbeOrder, port: TryPort): Promise<ProbeAnswer> {
  const { clock, read } = port;
  const sample = new StreamSample();
  const notes = new Set<string>();
  const began = clock.monotonic();
  let firstAt: number | undefined;
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(), FIRST_MS);
  let problem: CameraTest['problem'];
  try {
    const { reason } = await read({
      ...order,
      clock,
      signal: stop.signal,
      onConfig: (config) => sample.config(config),
      onUnit(unit) {
        sample.push(unit);
        if (firstAt === undefined && unit.kind === 'video') {
          firstAt = clock.monotonic();
          clearTimeout(timer);
          timer = setTimeout(() => stop.abort(), LOOK_MS);
        }
        if (sample.enough) stop.abort();
      },
      unhurried: () => false,
      onNote: ({ text }) => void (notes.size < MOST_NOTES && notes.add(text.slice(0, 300))),
    });
    if (sample.frames === 0)
      problem = stop.signal.aborted
        ? { cause: 'silent', message: `No picture came within ${FIRST_MS / 1000} s.`, remedy: SILENT_REMEDY }
        : { cause: 'silent', message: reason.slice(0, 300) };
  } catch (error) {
    if (sample.frames === 0) problem = problemOf(error);
  } finally {
    clearTimeout(timer);
  }
  const config = sample.streamConfig;
  const video = config && {
    codec: config.video.codecString,
    width: config.video.width,
    height: config.video.height,
    ...sample.rates,
  };
  const audio = config?.audio && {
    codec: config.audio.codecString,
    sampleRate: config.audio.sampleRate,
    channels: config.audio.channels,
  };
  const key = sample.keyFrame;
  const picture = config && key ? await port.picture(config, key) : undefined;
  const seen = { ...(video ? { video } : {}), ...(audio ? { audio } : {}) };
  const seconds = firstAt === undefined ? 0 : (clock.monotonic() - firstAt) / 1000;
  return {
    ok: sample.frames > 0,
    ...(problem ? { problem } : {}),
    ...seen,
    advice: adviceOn(seen, seconds),
    notes: [...notes],
    ...(firstAt === undefined ? {} : { firstPictureMs: Math.round(firstAt - began) }),
    ...(picture ? { picture: Buffer.from(picture).toString('base64') } : {}),
  };
}

const SILENT_REMEDY = 'Check the path of the address, and whether the camera still serves another program alone.';

function problemOf(error: unknown): CameraTest['problem'] {
  const message = messageOf(error).slice(0, 300);
  if (error instanceof UserError) return { cause: 'refused', message, remedy: error.remedy };
  if (error instanceof InputError) return { cause: 'input', message };
  return { cause: 'unreachable', message, remedy: 'Check address and port, and that the camera is switched on.' };
}
