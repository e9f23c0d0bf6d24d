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
