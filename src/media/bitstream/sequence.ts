/** What H.264 and H.265 sequence parameter sets say alike. */
export interface SequenceInfo {
  /** Pixels, after cropping. */
  readonly width: number;
  readonly height: number;
  /** Frames per second by the VUI; undefined when it does not say. */
  readonly fps: number | undefined;
  /** How many pictures may precede one in decoding order and follow it in output order; undefined when not said. */
  readonly maxReorder: number | undefined;
  /** RFC 6381. */
  readonly codecString: string;
}
