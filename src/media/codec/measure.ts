/**
 * What an input is, from its packets alone: nothing is decoded.
 */
import { AV_PKT_DATA_DISPLAYMATRIX } from 'node-av/constants';
import type { Stream } from 'node-av/lib';
import { BadInput, InputFile, secondsOf } from './input-file.ts';
import { newPacket } from './native.ts';
import type { RenderInput, Size } from './plan.ts';
import { rateFromTimes } from './timeline.ts';

export interface Measure {
  /** Time of the first picture on the file's own time line; all other times here count from it. */
  readonly firstPicture: number;
  /** Pictures a second in the stretch that was looked at. */
  readonly rate: number;
  /** As it is to be seen: square pixels, turned upright. */
  readonly shape: Size;
  /** Clockwise turn that makes it upright. */
  readonly turn: 0 | 90 | 180 | 270;
  /** Times of key frames in the stretch. */
  readonly keys: readonly number[];
  /** Time of the last picture seen. */
  readonly last: number;
  readonly sound: { readonly channels: number; readonly sampleRate: number } | undefined;
}

const MOST_PACKETS = 3_000_000;
/** Pictures at the start among which the earliest in time is looked for; more than H.264 and H.265 can reorder. */
const REORDER = 20;

/** @param from @param to the stretch that is wanted, in seconds after the first picture */
export function measureInput(input: RenderInput, from: number, to: number): Measure {
  const file = new InputFile(input, { video: true, audio: false });
  try {
    const video = file.video;
    if (!video) throw new BadInput(input.name, 'has no pictures');
    const times: number[] = [];
    const keys: number[] = [];
    using packet = newPacket();
    let first = Number.POSITIVE_INFINITY;
    let seen = 0;
    let sought = from < 30;
    while (seen < MOST_PACKETS && file.read(packet)) {
      if (packet.streamIndex !== video.index) continue;
      const time = secondsOf(packet.pts, video) ?? secondsOf(packet.dts, video);
      if (time === undefined) continue;
      seen++;
      if (seen <= REORDER) first = Math.min(first, time);
      if (packet.isKeyframe) keys.push(time);
      if (time - first >= from - 1) times.push(time);
      if (seen > REORDER && time - first > to + 1) break;
      if (!sought && seen === REORDER) {
        sought = true;
        file.seek(video, first + from - 0.5);
      }
    }
    if (seen === 0) throw new BadInput(input.name, 'has no pictures that can be read');
    const inside = times.map((time) => time - first).filter((time) => time >= from - 0.5 && time <= to + 0.5);
    return {
      firstPicture: first,
      rate: rateOf(inside.length > 2 ? inside : times.map((time) => time - first), video),
      shape: upright(video, turnOf(video)),
      turn: turnOf(video),
      keys: [...new Set(keys.map((time) => time - first))].sort((a, b) => a - b),
      last: times.reduce((latest, time) => Math.max(latest, time - first), 0),
      sound: file.audio && {
        channels: file.audio.codecpar.channels,
        sampleRate: file.audio.codecpar.sampleRate,
      },
    };
  } finally {
    file.close();
  }
}

function rateOf(times: readonly number[], stream: Stream): number {
  const stated = stream.avgFrameRate.den > 0 ? stream.avgFrameRate.num / stream.avgFrameRate.den : Number.NaN;
  return rateFromTimes(times) ?? (stated > 0 ? stated : 15);
}

/** From the display matrix of the container (ISO/IEC 14496-12, 8.3.2: nine 32-bit numbers, the first two turn). */
function turnOf(stream: Stream): 0 | 90 | 180 | 270 {
  const matrix = stream.codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX);
  if (!matrix || matrix.length < 36) return 0;
  const degrees = (-Math.atan2(matrix.readInt32LE(4), matrix.readInt32LE(0)) * 180) / Math.PI;
  const turn = (((Math.round(degrees / 90) * 90) % 360) + 360) % 360;
  return turn === 90 || turn === 180 || turn === 270 ? turn : 0;
}

function upright(stream: Stream, turn: number): Size {
  const { width, height } = stream.codecpar;
  const aspect = stream.codecpar.sampleAspectRatio;
  const stretch = aspect.num > 0 && aspect.den > 0 ? aspect.num / aspect.den : 1;
  const wide = stretch > 1 / 8 && stretch < 8 ? Math.max(2, Math.round(width * stretch)) : width;
  return turn === 90 || turn === 270 ? { width: height, height: wide } : { width: wide, height };
}
