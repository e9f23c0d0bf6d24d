/**
 * What a kind of source does for clips: it says what a name means, what a request means, when its footage is there, and what the job is.
 */
import type { ClipRow, SourceKind } from '../../catalog/tables.ts';
import type { ClipRequest } from '../../contract/clip.ts';
import type { RenderJob } from '../../contract/worker.ts';
import type { JobPayload, ReferenceInput } from './payload.ts';

/** What a name in a request stands for. */
export interface Named {
  readonly id: string;
  /** As people call it. */
  readonly name: string;
}

/** What is kept with a clip until its job is made. Moments are resolved: a restart changes nothing. */
export interface Accepted {
  readonly plan: object;
  /** What the clip is called where the request gives it no title. */
  readonly title: string;
  /** Id of the only account that may see the clip; null or absent: everybody who may watch. */
  readonly privateTo?: string | null;
}

/** What becomes of a waiting clip. */
export type Planning =
  /** Looked at again after so many ms. */
  | { readonly state: 'later'; readonly afterMs: number; readonly stage: string }
  /** It cannot be made: why, for people. */
  | { readonly state: 'failed'; readonly error: string }
  | { readonly state: 'ready'; readonly payload: JobPayload; readonly seconds: number };

/** Where an input is, for one worker. */
export type SignedInput = Pick<RenderJob['inputs'][number], 'url' | 'outside'>;

/** Of a waiting clip: what was asked, and when. */
export type PlannedClip = Pick<ClipRow, 'request' | 'created_at'>;

export interface ClipKind {
  readonly kind: SourceKind;
  /** For a remedy: “a camera”, “a drive”. */
  readonly noun: string;
  /** What a name means to this kind, for this account (null: a program); undefined: nothing. @throws UserError when it is meant for this kind, but wrong */
  find(name: string, asker: string | null): Promise<Named | undefined>;
  /** @param sources each once, in the order of the request @throws UserError that says what cannot be */
  accept(request: ClipRequest, sources: readonly Named[]): Promise<Accepted>;
  /** @param plan as it was accepted @throws UserError, Unavailable */
  plan(clip: PlannedClip, plan: unknown): Promise<Planning>;
  /** URLs of inputs that are no blobs, signed now, in their order. They are given to one worker and never stored. */
  sign?(inputs: readonly ReferenceInput[]): Promise<readonly SignedInput[]>;
}
