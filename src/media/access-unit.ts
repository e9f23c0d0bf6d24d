/**
 * What a camera sends and a segment holds: coded pictures and coded sound, untouched.
 */
import type { MediaTime, WallMs } from '../base/units.ts';

/** How the pictures of a stream are coded. A change starts a new run. */
export interface VideoConfig {
  /** `mjpeg`: every picture is a whole JPEG; `description` is empty. */
  readonly codec: 'h264' | 'h265' | 'mjpeg';
  /** RFC 6381, e.g. `avc1.64001f`, `hvc1.1.6.L120.90`. */
  readonly codecString: string;
  /** In pixels, after cropping. */
  readonly width: number;
  readonly height: number;
  /** Body of the `avcC` or `hvcC` box (ISO/IEC 14496-15), parameter sets included. */
  readonly description: Uint8Array;
}

/** How the sound of a stream is coded. Sample rate is also the track's time scale. */
export interface AudioConfig {
  /** `flac` is what G.711 and plain samples become: lossless, small to code, and played by every browser. */
  readonly codec: 'aac' | 'flac' | 'opus';
  /** RFC 6381: `mp4a.40.2`, `flac`, `opus`. */
  readonly codecString: string;
  /** Hertz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** AAC: AudioSpecificConfig (ISO/IEC 14496-3). FLAC: the STREAMINFO metadata block, with its header. Opus: the body of `dOps`. */
  readonly description: Uint8Array;
}

export interface StreamConfig {
  readonly video: VideoConfig;
  readonly audio?: AudioConfig;
}

/** Memory that is used again when nobody holds it any more. */
export interface Holdable {
  hold(): void;
  /** Once for each `hold`. */
  letGo(): void;
}

/** One coded picture, or one coded frame of sound. */
export interface AccessUnit {
  readonly kind: 'video' | 'audio';
  /**
   * The bytes as they stand in an MP4 sample, in pieces so that nothing is copied:
   * video: NAL units each behind a 4-byte big-endian length; audio: one raw AAC or FLAC frame.
   */
  readonly data: readonly Uint8Array[];
  /** Sum of the pieces. */
  readonly size: number;
  /**
   * What `data` lies in: whoever keeps the unit beyond the call that it came in holds it, and lets go of it afterwards.
   * Absent: the bytes stay what they are.
   */
  readonly memory?: Holdable | undefined;
  /** Video: decoding can start here (IDR / IRAP). Audio: always true. */
  readonly key: boolean;
  /** Presentation and decoding time on the run's time line: 90 kHz for video, the sample rate for audio; unwrapped. */
  readonly pts: MediaTime;
  readonly dts: MediaTime;
  /**
   * Something went missing just before this picture: so many packets were lost, or (also) so many pictures came damaged and were left
   * out. Absent when nothing did.
   */
  readonly missing?: { readonly lost: number; readonly damaged: number };
  /** Its time is by arrival, because the camera's stood still, jumped or was missing. Absent: the camera's own. */
  readonly timing?: 'arrival';
  /** By this machine's wall clock, when the last byte of it had arrived. */
  readonly arrival: WallMs;
}
