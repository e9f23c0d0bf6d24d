/**
 * Moves a stored fragment to another place on the time line, for playback across segments.
 */
import { InputError } from '../../base/errors.ts';
import { boxes, getU64, needBytes, putU64 } from './box.ts';

/**
 * Patches the decoding time (`tfdt`, ISO/IEC 14496-12 section 8.8.12) of every track **in place**, and takes out what would no longer be true
 * (check sum and wall time).
 * @param fragment whole fragments as they stand in the file, from a fragment's first byte.
 * @param shift the new time for a track's old one, both in ticks of the track, whole and not negative.
 * @returns the part of `fragment` to send on.
 * @throws InputError when it is not a fragment; RangeError when `shift` gives an impossible time.
 */
export function retimeFragment(
  fragment: Buffer,
  shift: (trackId: number, baseTime: number) => number,
  name = 'fragment',
): Buffer {
  let first: number | undefined;
  for (const { type, start, body } of boxes(fragment, name)) {
    if (type === 'moof') {
      first ??= start;
      for (const part of boxes(body, name)) if (part.type === 'traf') retimeTrack(part.body, shift, name);
    } else if (type === 'mdat') first ??= start;
    else fragment.write('free', start + 4, 4, 'latin1');
  }
  return first === undefined ? fragment.subarray(0, 0) : fragment.subarray(first);
}

function retimeTrack(traf: Buffer, shift: (trackId: number, baseTime: number) => number, name: string): void {
  let trackId: number | undefined;
  for (const { type, body } of boxes(traf, name)) {
    if (type === 'tfhd') {
      needBytes(body, 8, 'tfhd', name);
      trackId = body.readUInt32BE(4);
    } else if (type === 'tfdt') {
      needBytes(body, 12, 'tfdt', name);
      if (body[0] !== 1 || trackId === undefined)
        throw new InputError(name, 'a fragment does not say its time as Vidette writes it');
      const time = shift(trackId, getU64(body, 4, name));
      if (!Number.isSafeInteger(time) || time < 0)
        throw new RangeError(`impossible decoding time ${time} for track ${trackId}`);
      putU64(body, time, 4);
    }
  }
}
