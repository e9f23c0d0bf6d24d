/**
 * Between a recorder and its decoder child. Bytes travel as they are (`serialization: 'advanced'`). One order, one answer, in order.
 */
import type { VideoConfig } from '../../../media/access-unit.ts';

/** How a picture is wanted. */
export interface PictureWish {
  /** At most so many pixels; the shape is kept, and nothing is ever enlarged. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** 1 (small) to 100. */
  readonly quality: number;
  /** Darkened and crossed out: the picture is not to be taken for a new one. */
  readonly mark?: boolean | undefined;
}

export interface SentPicture {
  readonly serial: number;
  readonly key: boolean;
  /** An MP4 sample. */
  readonly data: Uint8Array;
}

export interface DecoderOrder {
  /** Of the stream; what it holds is forgotten with {@link ForgetOrder}. */
  readonly stream: number;
  readonly config: VideoConfig;
  /** To be decoded on top of what was decoded before; a key frame begins anew. May be empty. */
  readonly units: readonly SentPicture[];
  /** The last of them is wanted now; the next order begins with a key frame. */
  readonly drain: boolean;
  /** Also encode the newest picture. */
  readonly wish: PictureWish | null;
}

export interface ForgetOrder {
  readonly forget: number;
}

export type ToDecoder = DecoderOrder | ForgetOrder;

export interface DecoderAnswer {
  readonly stream: number;
  /** Of the newest picture that is decoded; absent when there is none. */
  readonly serial?: number;
  /** Whether all pictures of this order are exactly the picture before; absent when nothing was compared. */
  readonly same?: boolean;
  readonly jpeg?: { readonly data: Uint8Array; readonly width: number; readonly height: number };
  /** Why there is no picture. */
  readonly failed?: string;
}
