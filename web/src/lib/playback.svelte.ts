/** What the camera view plays: live, or recorded from some moment on. */
import { hubFetch } from './api.ts';
import type { Footage } from './footage.svelte.ts';
import { notices } from './notices.svelte.ts';
import { KeyPictures } from './player/key-pictures.ts';
import { RecordedPlayer, type RecordedStatus } from './player/recorded-player.ts';
import type { Controls, Screen } from './playhead.ts';
import { lengthText } from './time.ts';
import { nearestFootage } from './timeline/spans.ts';
import { keyFrameAddress, videoAddress } from './video-address.ts';

export const SPEEDS = [0.5, 1, 2, 4, 8, 16] as const;
/** About how far the live picture is behind the world. */
const LIVE_LAG = 700;
/** The end of the growing stretch is told with some delay; this close to now, it is what was meant. */
const EDGE = 15_000;

export class Playback implements Controls, Screen {
  mode = $state<'live' | 'recorded'>('live');
  /** UTC milliseconds. */
  playhead = $state(0);
  paused = $state(false);
  speed = $state(1);
  status = $state.raw<RecordedStatus>({ kind: 'idle' });
  /** The recorded picture is on screen; before, the live one stays. */
  recordedShown = $state(false);
  /** Somebody drags the playhead, and single pictures are shown; where the one on screen was taken. */
  scrubbing = $state(false);
  scrubbedTo = $state<number | undefined>();
  readonly footage: Footage;
  readonly track: string;
  #player: RecordedPlayer | undefined;
  #pictures: KeyPictures | undefined;
  /** The pointer is still down. */
  #dragged = false;
  /** Where to go once the footage there is known. */
  #wish: number | undefined;

  constructor(footage: Footage, at: number | undefined) {
    this.footage = footage;
    this.track = footage.track;
    this.playhead = at ?? footage.now() - LIVE_LAG;
    if (at !== undefined) {
      this.mode = 'recorded';
      this.#wish = at;
    }
  }

  /** Takes the elements for recorded footage, and for single pictures while scrubbing; returns how to let them go. */
  attach(video: HTMLVideoElement, single: HTMLVideoElement): () => void {
    const player = new RecordedPlayer({
      video,
      spans: () => this.footage.spans,
      now: () => this.footage.now(),
      fetch: hubFetch,
      address: (from, to, origin, every) => videoAddress(this.footage.source, this.track, { from, to, origin }, every),
      onStatus: (status) => this.#heard(status),
      onOutdated: () => this.footage.refresh(),
      onSkipped: (from, to) => {
        if (to - from > 3000) notices.say(`Skipped ${lengthText((to - from) / 1000)} without footage.`);
      },
    });
    this.#player = player;
    const pictures = new KeyPictures({
      video: single,
      spans: () => this.footage.spans,
      fetch: hubFetch,
      address: (at, origin) => keyFrameAddress(this.footage.source, this.track, at, origin),
      onShown: (wall) => {
        this.scrubbedTo = wall;
      },
    });
    this.#pictures = pictures;
    const timer = setInterval(() => this.#follow(), 100);
    return () => {
      clearInterval(timer);
      player.close();
      pictures.close();
      this.#player = undefined;
      this.#pictures = undefined;
    };
  }

  /** The footage is known better now. */
  refresh(): void {
    const wish = this.#wish;
    if (wish !== undefined && this.footage.state === 'ready') {
      this.#wish = undefined;
      this.seek(wish);
    } else if (this.mode === 'recorded') this.#player?.refresh();
  }

  /** Goes to a moment; the very end, or later, is live. */
  seek(wall: number): void {
    this.#dragged = false;
    const to = this.#settle(wall);
    if (to === undefined) {
      this.goLive();
      return;
    }
    this.mode = 'recorded';
    this.playhead = to;
    if (this.paused) this.#player?.pause();
    this.#player?.seek(to);
    if (!this.paused) this.#player?.play();
  }

  /** Goes along with a pointer that is being dragged: single pictures, as fast as they come. {@link seek} ends it. */
  scrub(wall: number): void {
    this.#dragged = true;
    if (!this.scrubbing) {
      this.scrubbing = true;
      this.scrubbedTo = undefined;
      this.#player?.hold();
    }
    this.mode = 'recorded';
    this.playhead = Math.min(wall, this.footage.now());
    this.#pictures?.show(nearestFootage(this.footage.spans, this.playhead) ?? this.playhead);
  }

  goLive(): void {
    this.mode = 'live';
    this.scrubbing = false;
    this.paused = false;
    this.recordedShown = false;
    this.setSpeed(1);
    this.#player?.stop();
    this.playhead = this.footage.now() - LIVE_LAG;
  }

  toggle(): void {
    if (this.mode === 'live') {
      this.paused = true;
      this.seek(this.footage.now() - LIVE_LAG - EDGE / 10);
      return;
    }
    this.paused = !this.paused;
    if (this.paused) this.#player?.pause();
    else if (this.status.kind === 'end' || this.status.kind === 'live') this.goLive();
    else this.#player?.play();
  }

  step(seconds: number): void {
    if (this.mode === 'live' && seconds > 0) return;
    this.seek(this.playhead + seconds * 1000);
  }

  /** One picture on or back, standing still. */
  stepFrame(direction: 1 | -1, fps: number | undefined): void {
    if (this.mode === 'live') {
      this.toggle();
      return;
    }
    this.paused = true;
    const wall = this.#player?.stepFrame(direction, fps ?? 15);
    if (wall !== undefined) this.playhead = wall;
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    if (this.#player) this.#player.speed = speed;
  }

  /** Where a wish for a moment leads: near the end of what grows, to its end; undefined: to live. */
  #settle(wall: number): number | undefined {
    const { spans } = this.footage;
    const last = spans.at(-1);
    const now = this.footage.now();
    if (last && wall >= last.end && now - last.end < EDGE) {
      if (!this.paused && wall > now - 1000) return undefined;
      return nearestFootage([last], wall, 400);
    }
    return Math.min(wall, now);
  }

  #follow(): void {
    if (this.mode === 'live') this.playhead = this.footage.now() - LIVE_LAG;
    else if (this.status.kind === 'ready' && !this.paused && !this.scrubbing)
      this.playhead = this.#player?.wall ?? this.playhead;
  }

  #heard(status: RecordedStatus): void {
    this.status = status;
    if (this.mode !== 'recorded') return;
    if (status.kind === 'ready' || status.kind === 'gap') this.recordedShown = true;
    if (status.kind !== 'loading' && !this.#dragged) this.scrubbing = false;
    if (status.kind === 'live') this.goLive();
    if (status.kind === 'end') this.footage.refresh();
  }
}
