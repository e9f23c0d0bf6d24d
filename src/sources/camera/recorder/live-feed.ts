/**
 * The newest pictures of one track, for who watches now. While nobody does, it only holds the units of the
 * current group of pictures, so that a viewer can begin at once and not at the next key frame.
 */
import { mediaTime, VIDEO_TIMESCALE } from '../../../base/units.ts';
import { LIVE_DELTA, LIVE_INIT, LIVE_KEY } from '../../../contract/recorder.ts';
import type { AccessUnit, StreamConfig } from '../../../media/access-unit.ts';
import type { PictureTrack } from '../decoder/picture-track.ts';

const MAX_GOP_UNITS = 300;
const MAX_GOP_BYTES = 16_000_000;
/** Of a first picture, when nothing is known: 1/15 s in 90 kHz ticks. */
const FIRST_DURATION = 6000;
const FIRST_AUDIO_DURATION = 1024;

export type LiveKind = typeof LIVE_INIT | typeof LIVE_KEY | typeof LIVE_DELTA;

/** One viewer; the hub is the only one there is, once for each track that somebody watches. */
export interface LiveViewer {
  /** A stream begins or its coding changes; `mime` with codecs, for `MediaSource`. */
  begin(mime: string): void;
  /**
   * Returns false when it cannot take more now: it is then left out until the next key frame. An init segment has to
   * be taken always. The bytes are valid during the call.
   */
  send(kind: LiveKind, piece: readonly Uint8Array[]): boolean;
  end(reason: string): void;
}

/** Makes the pieces; given, so that the feed does not know MP4. */
export interface LiveMuxer {
  init(config: StreamConfig): readonly Uint8Array[];
  /** A fragment of one access unit. @param duration in the unit's own ticks */
  fragment(unit: AccessUnit, duration: number, sequence: number): readonly Uint8Array[];
}

interface Viewing {
  readonly viewer: LiveViewer;
  /** Has the init segment and a key frame of the current run. */
  started: boolean;
}

export class LiveFeed {
  /** The same track, decoded. */
  readonly pictures: PictureTrack | undefined;
  readonly #muxer: LiveMuxer;
  readonly #viewings = new Set<Viewing>();
  /** Told when the first viewer comes, and when the last has gone. */
  onWatched: () => void = () => undefined;
  #config: StreamConfig | undefined;
  #gop: AccessUnit[] = [];
  #gopBytes = 0;
  /** Wall time where the feed's time line begins: one for all runs, so that a viewer's clock never goes back. */
  #origin: number | undefined;
  /** Added to a unit's time, in seconds. */
  #shift = 0;
  /** End of what was last sent or kept, in seconds on the feed's time line. */
  #end = 0;
  #sequence = 0;
  #videoDuration = FIRST_DURATION;
  #audioDuration = FIRST_AUDIO_DURATION;
  #lastVideo: AccessUnit | undefined;
  #lastAudio: AccessUnit | undefined;

  constructor(muxer: LiveMuxer, pictures?: PictureTrack) {
    this.#muxer = muxer;
    this.pictures = pictures;
    if (pictures !== undefined) pictures.onWanted = () => this.onWatched();
  }

  get watched(): boolean {
    return this.#viewings.size > 0 || this.pictures?.hurried === true;
  }

  /** A new run. Its first unit is a key frame that arrived at `wallStart` (ms) and stands at `mediaStart` ticks of 90 kHz. */
  start(config: StreamConfig, wallStart: number, mediaStart: number): void {
    this.#config = config;
    this.pictures?.start(config.video);
    this.#origin ??= wallStart;
    this.#shift = Math.max((wallStart - this.#origin) / 1000, this.#end) - mediaStart / VIDEO_TIMESCALE;
    this.#clear();
    this.#lastVideo = undefined;
    this.#lastAudio = undefined;
    for (const viewing of this.#viewings) this.#begin(viewing);
  }

  /** The stream has ended; another run may follow. */
  stop(): void {
    this.#config = undefined;
    this.pictures?.stop();
    this.#clear();
    for (const viewing of this.#viewings) viewing.started = false;
  }

  push(unit: AccessUnit): void {
    if (this.#config === undefined) return;
    this.pictures?.push(unit);
    if (unit.kind === 'video') {
      if (this.#lastVideo !== undefined && unit.dts > this.#lastVideo.dts)
        this.#videoDuration = unit.dts - this.#lastVideo.dts;
      this.#lastVideo = unit;
      if (unit.key) this.#clear();
      this.#end = this.#shift + (unit.dts + this.#videoDuration) / VIDEO_TIMESCALE;
    } else {
      if (this.#lastAudio !== undefined && unit.dts > this.#lastAudio.dts)
        this.#audioDuration = unit.dts - this.#lastAudio.dts;
      this.#lastAudio = unit;
    }
    this.#keep(unit);
    if (this.#viewings.size > 0) this.#sendToAll(unit);
  }

  /** Sends what there is of the current group at once. Returns how to stop. */
  watch(viewer: LiveViewer): () => void {
    const viewing: Viewing = { viewer, started: false };
    this.#viewings.add(viewing);
    if (this.#viewings.size === 1) this.onWatched();
    if (this.#config !== undefined) this.#begin(viewing);
    return () => {
      if (this.#viewings.delete(viewing) && this.#viewings.size === 0) this.onWatched();
    };
  }

  /** For ever: the camera is no longer held here. */
  close(reason: string): void {
    this.stop();
    for (const viewing of this.#viewings) viewing.viewer.end(reason);
    this.#viewings.clear();
    this.pictures?.close();
  }

  #begin(viewing: Viewing): void {
    const config = this.#config;
    if (config === undefined) return;
    viewing.started = false;
    viewing.viewer.begin(mimeOf(config));
    viewing.viewer.send(LIVE_INIT, this.#muxer.init(config));
    const group = this.#gop;
    if (group[0]?.kind !== 'video') return;
    viewing.started = true;
    for (const [index, unit] of group.entries()) {
      const next = group.find((other, at) => at > index && other.kind === unit.kind);
      const duration = next === undefined ? this.#durationOf(unit) : Math.max(1, next.dts - unit.dts);
      if (!this.#sendTo(viewing, unit, this.#piece(unit, duration))) return;
    }
  }

  #sendToAll(unit: AccessUnit): void {
    const starts = unit.kind === 'video' && unit.key;
    let piece: readonly Uint8Array[] | undefined;
    for (const viewing of this.#viewings) {
      if (!viewing.started && !starts) continue;
      viewing.started = true;
      piece ??= this.#piece(unit, this.#durationOf(unit));
      this.#sendTo(viewing, unit, piece);
    }
  }

  #sendTo(viewing: Viewing, unit: AccessUnit, piece: readonly Uint8Array[]): boolean {
    const kind = unit.kind === 'video' && unit.key ? LIVE_KEY : LIVE_DELTA;
    viewing.started = viewing.viewer.send(kind, piece);
    return viewing.started;
  }

  #piece(unit: AccessUnit, duration: number): readonly Uint8Array[] {
    const scale = unit.kind === 'video' ? VIDEO_TIMESCALE : (this.#config?.audio?.sampleRate ?? VIDEO_TIMESCALE);
    const shift = Math.round(this.#shift * scale);
    this.#sequence += 1;
    const shifted = { ...unit, pts: mediaTime(unit.pts + shift), dts: mediaTime(Math.max(0, unit.dts + shift)) };
    return this.#muxer.fragment(shifted, duration, this.#sequence);
  }

  #durationOf(unit: AccessUnit): number {
    return unit.kind === 'video' ? this.#videoDuration : this.#audioDuration;
  }

  #keep(unit: AccessUnit): void {
    const begins = unit.kind === 'video' && unit.key;
    if (this.#gop.length === 0 && !begins) return;
    if (this.#gop.length >= MAX_GOP_UNITS || this.#gopBytes + unit.size > MAX_GOP_BYTES) {
      this.#clear();
      return;
    }
    this.#gop.push(unit);
    unit.memory?.hold();
    this.#gopBytes += unit.size;
  }

  #clear(): void {
    for (const unit of this.#gop) unit.memory?.letGo();
    this.#gop = [];
    this.#gopBytes = 0;
  }
}

/** What a browser must be able to play. */
function mimeOf(config: StreamConfig): string {
  const codecs = [config.video.codecString, ...(config.audio ? [config.audio.codecString] : [])];
  return `video/mp4; codecs="${codecs.join(', ')}"`;
}
