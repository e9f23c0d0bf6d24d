/**
 * Between the recorder and a reader child. Buffers travel as they are (`serialization: 'advanced'`).
 */
import type { StreamConfig } from '../../../media/access-unit.ts';

/** The recorder's first message. */
export interface OpenOrder {
  readonly type: 'open';
  readonly url: string;
  readonly username: string | null;
  readonly password: string | null;
  /** How RTSP carries its packets. */
  readonly transport: 'tcp' | 'udp' | 'http';
}

/** This many bytes of units have been taken; the child may send as many more. */
export interface Taken {
  readonly type: 'taken';
  readonly bytes: number;
}

export type ToReader = OpenOrder | Taken;

/** An access unit without its arrival, which is the recorder's to say. */
export interface SentUnit {
  readonly kind: 'video' | 'audio';
  readonly data: Uint8Array;
  readonly key: boolean;
  /** As in `AccessUnit`. */
  readonly pts: number;
  readonly dts: number;
}

export type FromReader =
  | { readonly type: 'config'; readonly config: StreamConfig }
  | { readonly type: 'units'; readonly units: readonly SentUnit[] }
  | { readonly type: 'note'; readonly kind: string; readonly text: string }
  | { readonly type: 'ended'; readonly reason: string }
  | {
      readonly type: 'failed';
      /** Which error the recorder throws: UserError, InputError or Unavailable. */
      readonly kind: 'refused' | 'input' | 'unavailable';
      readonly message: string;
      /** The camera wants another name or password. */
      readonly unauthorised: boolean;
    };

/** Units that are sent and not yet taken: beyond this the child reads no further. */
export const WINDOW_BYTES = 8_000_000;
