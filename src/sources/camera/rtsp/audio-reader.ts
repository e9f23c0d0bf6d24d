/** Which sound can be read, and by what. */
import { AacDepacketizer } from './aac-depacketizer.ts';
import type { AudioDepacketizer, AudioSink } from './audio-depacketizer.ts';
import { LatmDepacketizer } from './latm-depacketizer.ts';
import { OpusDepacketizer } from './opus-depacketizer.ts';
import { type PcmCoding, PcmDepacketizer } from './pcm-depacketizer.ts';
import type { SdpMedia } from './sdp.ts';

const PCM: Readonly<Record<string, PcmCoding>> = { PCMA: 'alaw', PCMU: 'ulaw', L16: 'l16', L8: 'l8' };

/** Undefined when its coding cannot stand in a segment (G.726, G.722, GSM …). What is made throws InputError for a bad description. */
export function audioReader(media: SdpMedia): ((sink: AudioSink) => AudioDepacketizer) | undefined {
  const pcm = PCM[media.encoding];
  if (pcm) return (sink) => new PcmDepacketizer(pcm, media.clockRate, media.channels, sink);
  if (media.encoding === 'MPEG4-GENERIC') return (sink) => new AacDepacketizer(media, sink);
  if (media.encoding === 'MP4A-LATM') return (sink) => new LatmDepacketizer(media, sink);
  if (media.encoding === 'OPUS') return (sink) => new OpusDepacketizer(sink);
  return undefined;
}
