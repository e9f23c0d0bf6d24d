/** Trying a camera's address before it is used, or when something is wrong with it. */
import { z } from 'zod';
import { CameraCreate } from './camera.ts';

export const CameraTestRequest = z.object({
  url: CameraCreate.shape.url,
  username: CameraCreate.shape.username,
  password: CameraCreate.shape.password,
  reader: CameraCreate.shape.reader,
  transport: CameraCreate.shape.transport,
});

export const CameraTest = z.object({
  /** Pictures came. */
  ok: z.boolean(),
  /** Why none came, when none did. */
  problem: z
    .object({
      cause: z.enum(['refused', 'unreachable', 'input', 'silent']),
      message: z.string(),
      remedy: z.string().optional(),
    })
    .optional(),
  video: z
    .object({
      /** RFC 6381. */
      codec: z.string(),
      width: z.number().int(),
      height: z.number().int(),
      /** Measured over the seconds of the test; left out where too little came. */
      fps: z.number().optional(),
      bitrate: z.number().optional(),
      /** Seconds between two key frames. */
      keyFrameEvery: z.number().optional(),
    })
    .optional(),
  audio: z.object({ codec: z.string(), sampleRate: z.number().int(), channels: z.number().int() }).optional(),
  /** What works less well than it could, and what to do about it. */
  advice: z.array(z.string()),
  /** What the reader noticed: tracks left out, odd habits of the camera. */
  notes: z.array(z.string()),
  /** From the connection's beginning to the first picture, ms. */
  firstPictureMs: z.number().int().optional(),
  /** JPEG, base64, at most 640 wide. */
  picture: z.string().optional(),
});

export type CameraTestRequest = z.output<typeof CameraTestRequest>;
export type CameraTest = z.output<typeof CameraTest>;
