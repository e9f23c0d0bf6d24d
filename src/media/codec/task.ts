/** What a forked process and its parent say to each other. */
import type { RenderInput, RenderPlan } from './plan.ts';

/** What FFmpeg sees in a file. */
export interface Probe {
  /** Names of the container format, as FFmpeg lists them. */
  readonly format: string;
  /** Seconds, or null when the container does not say. */
  readonly duration: number | null;
  readonly video: {
    readonly codec: string;
    readonly width: number;
    readonly height: number;
    readonly fps: number;
    readonly turn: 0 | 90 | 180 | 270;
  } | null;
  readonly audio: { readonly codec: string; readonly channels: number; readonly sampleRate: number } | null;
}

export type CodecTask =
  | { readonly do: 'render'; readonly plan: RenderPlan }
  | { readonly do: 'probe'; readonly input: RenderInput };

/** What a forked process says to its parent: progress, then one answer. */
export type TaskAnswer<Result> =
  | { readonly type: 'progress'; readonly progress: number; readonly stage: string }
  | { readonly type: 'done'; readonly result: Result }
  | { readonly type: 'failed'; readonly reason: 'input'; readonly input: string; readonly message: string }
  | {
      readonly type: 'failed';
      readonly reason: 'user';
      readonly message: string;
      readonly remedy: string;
      readonly code: string;
    }
  | { readonly type: 'failed'; readonly reason: 'bug'; readonly message: string; readonly detail: string };
