/**
 * The pictures of one file by their number, decoded forward. A picture that is missing or damaged is the one before.
 */
import type { Frame } from 'node-av/lib';
import type { RenderInput } from '../codec/plan.ts';
import { AnnexBPictures } from './annexb-pictures.ts';
import { ContainerPictures } from './container-pictures.ts';

export interface OverlayInput extends RenderInput {
  /** `h265`: a raw byte stream without times. `container`: whatever FFmpeg reads; its pictures are counted in order of time. */
  readonly format: 'container' | 'h265';
  /** Of a container whose tables somebody has read already; otherwise the whole file is read for them. */
  readonly table?: PictureTable;
  /**
   * Another input with the same pictures in a smaller size; `scale` is its width in parts of this one's. Where a rough picture is
   * enough (the first pass of two) it is read instead.
   */
  readonly light?: { readonly input: number; readonly scale: number };
}

/** When the pictures of a file are, in seconds after its first, in order. */
export interface PictureTable {
  readonly times: readonly number[];
  /** Of those from which decoding can begin. */
  readonly keys: readonly number[];
}

export interface ShownPicture {
  /** Valid until the next call. */
  readonly frame: Frame;
  /** The number of what is shown: lower than what was asked for where that is missing. */
  readonly number: number;
}

export interface NumberedPictures {
  readonly count: number;
  /**
   * The picture of this number, or the nearest before it that can be decoded, or else the first that can.
   * @throws BadInput when not one picture can be decoded
   */
  at(number: number): ShownPicture;
  close(): void;
}

export function openPictures(input: OverlayInput): NumberedPictures {
  return input.format === 'h265' ? new AnnexBPictures(input) : new ContainerPictures(input);
}
