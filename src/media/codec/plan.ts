/**
 * What the codec process is asked to make, as plain JSON. Nothing here knows a kind of source.
 */

/** A local file. Addresses are not read here: whoever plans the render brings the bytes to disk first. */
export interface RenderInput {
  /** How errors name it; never a path or an address. */
  readonly name: string;
  readonly path: string;
}

/** One stretch of one input. */
export interface RenderPiece {
  /** Index into `inputs`. */
  readonly input: number;
  /** Seconds after the file's first picture, inclusive. */
  readonly from: number;
  /** Seconds after the file's first picture, exclusive. */
  readonly to: number;
  /** UTC ms of `from`, for the clock in the picture. */
  readonly wallStart: number;
}

export interface RenderSource {
  readonly name: string;
  /** In order of time. */
  readonly pieces: readonly RenderPiece[];
}

export interface RenderLimits {
  /** The file is never larger; wins over `quality`. */
  readonly maxBytes?: number;
  /** Largest picture, in pixels. Pictures are never made larger than they are. */
  readonly width?: number;
  readonly height?: number;
  /** Most frames a second. */
  readonly fps?: number;
  /** x264 CRF; 18 when absent. */
  readonly quality?: number;
}

/** What is drawn over the pictures. */
export interface RenderOverlay {
  /** At the top, for the whole clip. */
  readonly title?: string;
  /** Date and time of the footage, at the bottom. */
  readonly clock: boolean;
  /** IANA zone of the clock. */
  readonly timeZone: string;
}

export interface RenderPlan {
  readonly inputs: readonly RenderInput[];
  /** Indices of inputs that are not even opened: a decoder died of them. */
  readonly deadly?: readonly number[];
  readonly sources: readonly RenderSource[];
  readonly layout: 'main' | 'grid';
  readonly overlay: RenderOverlay;
  readonly limits: RenderLimits;
  readonly sound: 'keep' | 'mute';
  /** Written to the container. `createdAt` is UTC ms. */
  readonly metadata: { readonly title?: string; readonly createdAt?: number };
  /** Path of the MP4 to make; must not exist. */
  readonly output: string;
  /** Path of a lossless Matroska file (FFV1, FLAC) of the same frames, before any reduction for the size limit. */
  readonly master?: string;
  /** An existing folder for what is needed in between; on the same file system as `output`. */
  readonly scratch: string;
}

export interface RenderResult {
  readonly bytes: number;
  /** Seconds. */
  readonly duration: number;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frames: number;
  /** x264 CRF of the file. */
  readonly crf: number;
  /** How often the frames were encoded, whole or in part. */
  readonly passes: number;
  readonly sound: { readonly bitrate: number; readonly channels: number; readonly sampleRate: number } | null;
  /** What the person should know: reduced size, dropped sound, damaged pictures. Whole sentences. */
  readonly notes: readonly string[];
}

/** A frame rate as a fraction: `num / den` frames a second. */
export interface FrameRate {
  readonly num: number;
  readonly den: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}
