/** What a chunk process is asked to do, one at a time, as plain JSON; the first is always `open`. */
import type { FrameRate, Size } from '../codec/plan.ts';
import type { SoundPlan } from '../size/sound.ts';
import type { PartTask } from './encode-chunk.ts';
import type { JoinTask } from './join-chunks.ts';
import type { MeasureTask } from './measure-chunk.ts';

export interface StoredSound {
  readonly path: string;
  readonly plan: SoundPlan;
  readonly bytes: number;
  readonly count: number;
}

export type ChunkTask =
  /** @param work what the kind's own entry file needs to open the scene */
  | { readonly do: 'open'; readonly work: unknown }
  /** @param show where what is being drawn is put now and then, as a small JPEG */
  | {
      readonly do: 'part';
      readonly part: PartTask;
      readonly path: string;
      readonly key: string;
      readonly show?: string;
    }
  | { readonly do: 'measure'; readonly measure: MeasureTask; readonly path: string; readonly key: string }
  /** One frame as a JPEG at `path`. */
  | { readonly do: 'picture'; readonly frame: number; readonly path: string }
  | { readonly do: 'sound'; readonly plan: SoundPlan; readonly path: string }
  | { readonly do: 'join'; readonly join: JoinTask; readonly sound: StoredSound | null };

export interface Opened {
  readonly size: Size;
  readonly rate: FrameRate;
  readonly frames: number;
  /** Null: there is none. */
  readonly sound: { readonly channels: number; readonly sampleRate: number } | null;
  /** For the person, in whole sentences. */
  readonly notes: readonly string[];
}

export interface PartDone {
  readonly bytes: number;
  readonly qp: number;
  readonly frames: number;
}
