/** What the engine is asked to make besides the scene, as plain values. */
import type { OverlayInput } from './numbered-pictures.ts';

/** A stretch of sound of one input. */
export interface SoundPiece {
  readonly input: number;
  /** Seconds of the clip. */
  readonly start: number;
  /** Seconds. */
  readonly length: number;
  /** Number of the picture of that input that is seen at `start`. */
  readonly picture: number;
}

export interface OverlayPlan {
  readonly inputs: readonly OverlayInput[];
  /** In order, without overlap; empty: a clip without sound. Inputs without sound are silent. */
  readonly sound: readonly SoundPiece[];
  /** So many seconds of sound are one of the clip, at the same pitch; 1 when absent. */
  readonly soundSpeed?: number;
  readonly limits: {
    /** The file is never larger; wins over `quality`. */
    readonly maxBytes?: number;
    /** x264 CRF; 18 when absent. */
    readonly quality?: number;
  };
  /** Written to the container. `createdAt` is UTC ms. */
  readonly metadata: { readonly title?: string; readonly createdAt?: number };
  /** Path of the MP4 to make. */
  readonly output: string;
  /** Path of a lossless Matroska file (FFV1) of the same frames, without sound. */
  readonly master?: string;
  /** An existing folder for what is needed in between; on the same file system as `output`. */
  readonly scratch: string;
}

export interface OverlayResult {
  readonly bytes: number;
  /** Seconds. */
  readonly duration: number;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frames: number;
  /** Mean QP of the pictures. */
  readonly qp: number;
  /** Second passes, or the only ones. */
  readonly passes: number;
  /** Of the coded pictures, in bits a second. */
  readonly bitrate: number;
  /** Size of the pictures of the first pass; null where there was none. */
  readonly firstPass: { readonly width: number; readonly height: number } | null;
  readonly sound: { readonly bitrate: number; readonly channels: number; readonly sampleRate: number } | null;
  /** What the person should know, in whole sentences. */
  readonly notes: readonly string[];
}
