/**
 * Cameras found in the network, the streams that they offer, and moving them: ONVIF (profiles S and T), as people need it.
 */
import { z } from 'zod';

/** Address of a camera's ONVIF service: `http://192.0.2.10/onvif/device_service`, or the host alone. */
const Service = z.string().trim().min(1).max(2000);

/** A camera that answered the search. */
export const OnvifFound = z.object({
  /** Its service. */
  url: z.string(),
  name: z.string().optional(),
  hardware: z.string().optional(),
  location: z.string().optional(),
});

export const OnvifAccess = z.object({
  url: Service,
  username: z.string().max(200).nullable().default(null),
  password: z.string().max(500).nullable().default(null),
});

/** One of the streams that a camera offers. */
export const OnvifStream = z.object({
  name: z.string(),
  /** Without user name and password. */
  url: z.string(),
  codec: z.string().optional(),
  width: z.number().int().optional(),
  height: z.number().int().optional(),
  fps: z.number().optional(),
  /** Bits per second. */
  bitrate: z.number().optional(),
});

export const OnvifCamera = z.object({
  /** Its service, whole: what belongs into a camera's `onvif.url`. */
  url: z.string(),
  manufacturer: z.string().optional(),
  model: z.string().optional(),
  firmware: z.string().optional(),
  /** Largest picture first. */
  streams: z.array(OnvifStream),
  /** It can be moved. */
  ptz: z.boolean(),
});

export const PtzPresets = z.object({ presets: z.array(z.object({ id: z.string(), name: z.string() })) });

const Speed = z.number().min(-1).max(1).default(0);
/** What a moving camera shall do. */
export const PtzOrder = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('move'),
    /** -1 (left, down, out) to 1 (right, up, in). */
    pan: Speed,
    tilt: Speed,
    zoom: Speed,
    /** It is told to stop after so long, whatever becomes of who asked. */
    forMs: z.number().int().min(50).max(10_000).default(500),
  }),
  z.object({ do: z.literal('stop') }),
  z.object({ do: z.literal('home') }),
  z.object({ do: z.literal('preset'), preset: z.string().min(1).max(200) }),
]);

export type OnvifFound = z.output<typeof OnvifFound>;
export type OnvifAccess = z.output<typeof OnvifAccess>;
export type OnvifStream = z.output<typeof OnvifStream>;
export type OnvifCamera = z.output<typeof OnvifCamera>;
export type PtzPresets = z.output<typeof PtzPresets>;
export type PtzOrder = z.output<typeof PtzOrder>;
