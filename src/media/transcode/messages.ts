/** What a worker and its converting process say to each other. Types alone. */
import type { VideoConfig } from '../access-unit.ts';

/** What comes out is no larger than this. */
export interface TranscodeShape {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Pictures a second, at most. */
  readonly fps: number;
  /** Bits a second. */
  readonly bitrate: number;
}

/** How the pictures that follow are coded. */
export interface CodedStream {
  readonly codec: VideoConfig['codec'];
  /** Body of `avcC` or `hvcC`; empty for JPEG. */
  readonly description: Uint8Array;
}

export interface CodedPicture {
  readonly key: boolean;
  /** 90 kHz. */
  readonly pts: number;
  /** As it stands in an MP4 sample. */
  readonly data: Uint8Array;
}

export type ToTranscoder =
  | { readonly type: 'begin'; readonly stream: CodedStream; readonly shape: TranscodeShape }
  /** `reset`: pictures before it were left out; it is a key frame. */
  | { readonly type: 'picture'; readonly picture: CodedPicture; readonly reset: boolean };

/** One for each picture. */
export type FromTranscoder =
  | {
      readonly type: 'took';
      /** The coding of `pictures`, and of all that follow. */
      readonly config?: VideoConfig;
      readonly pictures: readonly CodedPicture[];
    }
  | { readonly type: 'failed'; readonly message: string };
