/** What a clip says of itself, as much of it as the hub shows. */
import { InputError } from '../../../base/errors.ts';
import { avcCodecString, hevcCodecString } from '../../../media/mp4/codec-string.ts';
import type { PlainTrack } from '../../../media/mp4/plain-movie.ts';
import type { RandomReader } from '../../../media/mp4/random-reader.ts';
import { believable } from '../harvest/clip-time.ts';
import { clipFacts } from '../layout/clip-facts.ts';
import { encryptedLength } from '../layout/encrypted.ts';
import type { ClipDetails } from './messages.ts';

const NOTHING: ClipDetails = {
  codec: null,
  width: null,
  height: null,
  seconds: null,
  utc: null,
  complete: false,
  encrypted: false,
};

/** Never fails on what the clip holds. @param now UTC ms */
export async function clipDetails(reader: RandomReader, now: number): Promise<ClipDetails> {
  const whole = encryptedLength(Buffer.from(await reader.read(0, 24)));
  if (whole !== undefined) return { ...NOTHING, complete: reader.size >= whole, encrypted: true };
  const { movie, duration, utc, complete } = await clipFacts(reader);
  const video = movie?.tracks.find((track) => track.handler === 'vide');
  return {
    codec: video ? codecOf(video, reader.name) : null,
    width: video && video.width > 0 ? video.width : null,
    height: video && video.height > 0 ? video.height : null,
    seconds: duration > 0 ? Math.round(duration * 1000) / 1000 : null,
    utc: believable(utc, now) ?? null,
    complete,
    encrypted: false,
  };
}

function codecOf({ coding, description }: PlainTrack, name: string): string | null {
  try {
    if (coding === 'avc1' && description) return avcCodecString(description, name);
    if ((coding === 'hvc1' || coding === 'hev1') && description) return hevcCodecString(description, name);
    return /^[a-zA-Z0-9]{4}$/.test(coding) ? coding : null;
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}
