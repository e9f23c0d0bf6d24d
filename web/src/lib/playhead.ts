import type { RecordedStatus } from './player/recorded-player.ts';

/** What a timeline shows and moves: the playback of one camera, or of several together. */
export interface Playhead {
  readonly mode: 'live' | 'recorded';
  /** UTC milliseconds. */
  readonly playhead: number;
  /** Goes to a moment; the very end, or later, is live. */
  seek(wall: number): void;
  /** Goes along with a pointer that is being dragged. */
  scrub(wall: number): void;
  step(seconds: number): void;
  goLive(): void;
}

/** What the stage of one camera shows. */
export interface Screen {
  readonly mode: 'live' | 'recorded';
  /** UTC milliseconds. */
  readonly playhead: number;
  readonly status: RecordedStatus;
  /** A recorded picture is on screen; before, the live one stays. */
  readonly recordedShown: boolean;
  /** Somebody drags the playhead, and single pictures are shown; where the one on screen was taken. */
  readonly scrubbing: boolean;
  readonly scrubbedTo: number | undefined;
  /** Takes the elements for recorded footage, and for single pictures while scrubbing; returns how to let them go. */
  attach(video: HTMLVideoElement, single: HTMLVideoElement): () => void;
  seek(wall: number): void;
  goLive(): void;
}

/** What the buttons below a picture move. */
export interface Controls extends Playhead {
  readonly paused: boolean;
  readonly speed: number;
  toggle(): void;
  setSpeed(speed: number): void;
  /** One picture on or back, standing still. */
  stepFrame(direction: 1 | -1, fps: number | undefined): void;
}
