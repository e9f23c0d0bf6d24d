/** Opus as it stands in MP4. */
import type { AudioConfig } from '../access-unit.ts';

/** "Encapsulation of Opus in ISO Base Media File Format" section 4.3.2: the body of `dOps`, for a stream that is joined somewhere. */
export function opusAudioConfig(): AudioConfig {
  const description = new Uint8Array(11);
  const view = new DataView(description.buffer);
  // RTP says two channels whatever is inside (RFC 7587 section 7); decoders make two of one.
  view.setUint8(1, 2);
  view.setUint32(4, 48_000);
  return { codec: 'opus', codecString: 'opus', sampleRate: 48_000, channels: 2, description };
}
