/** Addresses of recorded footage. Moments are UTC milliseconds. */
import { routes } from '../../../src/contract/routes.ts';
import { address } from './api.ts';

const instant = (wall: number): string => new Date(wall).toISOString();

/** @param every key frames alone, at least so many seconds apart */
export function videoAddress(
  source: string,
  track: string,
  range: { readonly from: number; readonly to: number; readonly origin: number },
  every?: number,
): string {
  return address(
    routes.video,
    { id: source },
    {
      track,
      from: instant(range.from),
      to: instant(range.to),
      origin: instant(range.origin),
      ...(every === undefined ? {} : { frames: 'key', every }),
    },
  );
}

/** The one key frame at or before a moment. */
export function keyFrameAddress(source: string, track: string, at: number, origin: number): string {
  return videoAddress(source, track, { from: Math.round(at), to: Math.round(at) + 1, origin }, 0);
}

/** A stretch as an ordinary MP4, to be saved. */
export function exportAddress(source: string, track: string, from: number, to: number): string {
  return address(routes.exportVideo, { id: source }, { track, from: instant(from), to: instant(to), download: '1' });
}
