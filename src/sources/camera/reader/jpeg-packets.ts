/**
 * Motion JPEG as FFmpeg hands it over: each packet is a picture, and says its own size.
 */
import { InputError } from '../../../base/errors.ts';
import type { VideoConfig } from '../../../media/access-unit.ts';
import { jpegVideoConfig } from '../../../media/bitstream/jpeg.ts';
import { jpegSize } from '../../../media/bitstream/jpeg-size.ts';
import type { VideoPacket } from './video-packets.ts';

const MAX_PACKET_BYTES = 16_000_000;

/** As `VideoPackets`, for the codec that needs no parameter sets. */
export class JpegPackets {
  #config: VideoConfig | undefined;

  /** Undefined until the first picture. */
  get config(): VideoConfig | undefined {
    return this.#config;
  }

  replaceExtradata(): void {
    // A JPEG holds its own tables.
  }

  /** Undefined for what is no JPEG: one bad part does not end a stream. @throws InputError when a picture is too large */
  convert(packet: Uint8Array): VideoPacket | undefined {
    if (packet.length > MAX_PACKET_BYTES) throw new InputError('stream', `a picture of ${packet.length} bytes`);
    const size = sizeOf(packet);
    if (size === undefined) return undefined;
    const { width, height } = size;
    if (this.#config?.width !== width || this.#config.height !== height) this.#config = jpegVideoConfig(width, height);
    return { data: Uint8Array.from(packet), key: true };
  }
}

function sizeOf(packet: Uint8Array): ReturnType<typeof jpegSize> | undefined {
  try {
    return jpegSize(packet);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
