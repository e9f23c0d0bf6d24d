/**
 * What the rest of Vidette knows of the kind `camera` without loading any of it. Pure.
 */
import { z } from 'zod';
import { splitCredential } from '../../base/redact.ts';

/** Of one camera. Fields marked `secret` are encrypted at rest and never returned. */
export const CameraSettings = z.object({
  url: z
    .string()
    .min(3)
    .max(2000)
    .meta({ title: 'Address', examples: ['rtsp://192.168.1.20/stream1'] }),
  username: z.string().max(200).nullable().default(null).meta({ title: 'User name' }),
  password: z.string().max(500).nullable().default(null).meta({ title: 'Password', secret: true }),
  reader: z.enum(['auto', 'rtsp', 'ffmpeg']).default('auto').meta({ title: 'Read with' }),
});
export type CameraSettings = z.output<typeof CameraSettings>;

/** What a file is, as far as its first bytes tell. */
export interface Recognised {
  readonly what: string;
  /** Media type, e.g. `video/mp4`. */
  readonly type: string;
}

export const camera = {
  name: 'camera',
  title: 'Camera',
  settings: CameraSettings,
  /** `sub`: a smaller picture of the same camera, where it has one. */
  tracks: ['main', 'sub'],
  /** What a clip of several cameras can look like. */
  layouts: ['main', 'grid'],
  schemes: ['rtsp:', 'http:', 'https:', 'rtmp:', 'rtmps:', 'srt:', 'udp:', 'rtp:', 'file:', '/dev/video'],

  /** @param head the file's first bytes; 64 are enough. Undefined: not a video that this kind reads. */
  recognise(head: Uint8Array): Recognised | undefined {
    const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 64)).toString('latin1');
    const box = text.slice(4, 8);
    if (box === 'ftyp' || box === 'moov' || box === 'styp') return { what: 'MP4 video', type: 'video/mp4' };
    if (head[0] === 0x1a && head[1] === 0x45 && head[2] === 0xdf && head[3] === 0xa3)
      return text.includes('webm')
        ? { what: 'WebM video', type: 'video/webm' }
        : { what: 'Matroska video', type: 'video/matroska' };
    if (head[0] === 0x47 && head.length > 188 && head[188] === 0x47)
      return { what: 'MPEG transport stream', type: 'video/mp2t' };
    if (text.startsWith('RIFF') && text.slice(8, 12) === 'AVI ') return { what: 'AVI video', type: 'video/x-msvideo' };
    if (text.startsWith('FLV\u0001')) return { what: 'Flash video', type: 'video/x-flv' };
    return undefined;
  },

  /** Whether an address can be that of a camera; a credential in it does not matter. */
  accepts(address: string): boolean {
    const { url } = splitCredential(address);
    return camera.schemes.some((scheme) => url.toLowerCase().startsWith(scheme));
  },
} as const;
