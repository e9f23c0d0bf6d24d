/**
 * A JPEG of one key frame, small enough for an answer. Native: only `../../probe.main.ts` loads this, and only when there is a picture.
 */
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';
import { CodecError, quietLog } from '../../../media/codec/native.ts';
import { joined } from '../decoder/coded-picture.ts';
import { StreamFrames } from '../decoder/frames.ts';
import { JpegEncoder } from '../decoder/jpeg.ts';

const WISH = { width: 640, quality: 80 } as const;

/** Undefined when the decoder makes nothing of it. */
export function pictureOf({ video }: StreamConfig, key: AccessUnit): Uint8Array | undefined {
  quietLog();
  const frames = new StreamFrames(video);
  try {
    frames.decode(video, [{ serial: 1, key: true, data: joined(key) }], true);
    return frames.newest && new JpegEncoder().encode(frames.newest, WISH).data;
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  } finally {
    frames.free();
  }
}
