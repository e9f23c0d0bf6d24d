/**
 * Whether two coded key frames show the same, without decoding them. Equal bytes are equal pictures; what differs may still look
 * the same, which only decoding shows.
 */
import { InputError } from '../../../base/errors.ts';
import type { AccessUnit } from '../../../media/access-unit.ts';
import { nalRole, nalType, sampleUnits } from '../../../media/bitstream/nal.ts';

/** Bytes of a slice that may differ between two codings of one picture: idr_pic_id alternates (ITU-T H.264 section 7.4.3). */
const HEADER_BYTES = 12;

/** Free for all but frozen cameras: the sizes of two pictures differ nearly always. */
export function showSame(codec: string, a: AccessUnit, b: AccessUnit): boolean {
  if (a.size !== b.size) return false;
  const [one, other] = [slicesOf(codec, joined(a)), slicesOf(codec, joined(b))];
  if (one.length !== other.length || one.length === 0) return false;
  return one.every((slice, index) => Buffer.compare(slice, other[index] ?? slice) === 0);
}

/** An MP4 sample in one piece. */
export function joined(unit: AccessUnit): Buffer {
  return Buffer.concat(unit.data, unit.size);
}

/** What of a sample is picture: no time stamps and numbers in SEI. */
function slicesOf(codec: string, sample: Buffer): Uint8Array[] {
  if (codec !== 'h264' && codec !== 'h265') return [sample];
  const slices: Uint8Array[] = [];
  try {
    for (const nal of sampleUnits(sample)) {
      const role = nalRole(codec, nalType(codec, nal[0] ?? 0));
      if (role === 'slice' || role === 'key-slice') slices.push(nal.subarray(Math.min(HEADER_BYTES, nal.length)));
    }
  } catch (error) {
    // Not whole: then it is not known what it shows.
    if (error instanceof InputError) return [];
    throw error;
  }
  return slices;
}
