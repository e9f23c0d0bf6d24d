/** Which of the tracks that a camera describes are read. */
import { InputError, UserError } from '../../../base/errors.ts';
import type { VideoConfig } from '../../../media/access-unit.ts';
import { parseSps } from '../../../media/bitstream/video-config.ts';
import { type Sdp, type SdpMedia, sdpParameterSets } from './sdp.ts';

type Codec = VideoConfig['codec'];

/**
 * @param track which of the video tracks, from 1; the one with the most pixels when not said, JPEG only when there is nothing else
 * @throws InputError when there is no video that we can read, UserError when there is none of that number
 */
export function chooseVideo(sdp: Sdp, track: number | undefined): { media: SdpMedia; codec: Codec } {
  const videos = sdp.media.filter((media) => media.kind === 'video');
  const wanted = track === undefined ? videos : videos.slice(track - 1, track);
  if (wanted.length === 0 && videos.length > 0)
    throw new UserError(
      `The camera has no video track ${track}.`,
      `Choose one of ${videos.length} (#track=1 behind the address), or leave it out.`,
    );
  let best: { media: SdpMedia; codec: Codec } | undefined;
  let most = -1;
  for (const media of wanted) {
    const codec = videoCodec(media);
    const size = codec === undefined || media.receives ? -1 : pixels(media, codec);
    if (codec === undefined || size <= most) continue;
    best = { media, codec };
    most = size;
  }
  if (best) return best;
  const offered = sdp.media.map((media) => `${media.kind} ${media.encoding || media.payloadType}`).join(', ');
  throw new InputError('camera', `it offers no H.264, H.265 or JPEG video, only: ${offered}`);
}

/** Pixels of a picture, as far as the description says; 0 when it does not. */
function pixels(media: SdpMedia, codec: Codec): number {
  // Ten times the bytes for the same picture: it comes last.
  if (codec === 'mjpeg') return -0.5;
  for (const nal of sdpParameterSets(media))
    try {
      const { width, height } = parseSps(codec, nal);
      return width * height;
    } catch (error) {
      // Not the SPS, or a broken one: the stream repeats it.
      if (!(error instanceof InputError)) throw error;
    }
  return 0;
}

function videoCodec(media: SdpMedia): Codec | undefined {
  if (media.encoding === 'JPEG') return 'mjpeg';
  if (media.encoding === 'H264') return 'h264';
  return media.encoding === 'H265' || media.encoding === 'HEVC' ? 'h265' : undefined;
}
