/**
 * What a track session needs of a reader: our RTSP client and the FFmpeg child both have this shape.
 */
import type { Clock } from '../../../base/clock.ts';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';

export interface ReadOptions {
  /** Without user name and password. */
  readonly url: string;
  readonly username: string | null;
  readonly password: string | null;
  /** How RTSP carries its packets. */
  readonly transport?: 'auto' | 'tcp' | 'udp' | 'http';
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Before the first unit, and again when the coding changes. */
  onConfig(config: StreamConfig): void;
  /** The first one is a key frame. Never waits. */
  onUnit(unit: AccessUnit): void;
  /** True while nobody watches: units may come in groups, a third of a second late. */
  unhurried(): boolean;
  onNote(note: { readonly kind: string; readonly text: string; readonly count?: number }): void;
}

/**
 * Reads one stream until it ends; resolves with why when the other side ended it.
 *
 * @throws InputError (not a stream), Unavailable (cannot be reached), UserError (refused: name or password, or an
 * address that cannot be read)
 */
export type StreamReader = (options: ReadOptions) => Promise<StreamEnd>;

export interface StreamEnd {
  readonly reason: string;
  /** `silence`: nothing came any more, although nobody had ended it. */
  readonly cause?: string;
}
