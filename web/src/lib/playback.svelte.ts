/** What the camera view plays: live, or recorded from some moment on. */
import { routes } from '../../../src/contract/routes.ts';
import { address, hubFetch } from './api.ts';
import type { Footage } from './footage.svelte.ts';
import { notices } from './notices.svelte.ts';
import { RecordedPlayer, type RecordedStatus } from './player/recorded-player.ts';
import { lengthText } from './time.ts';
import { nearestFootage, spanAt } from './timeline/spans.ts';

export const SPEEDS = [0.5, 1, 2, 4, 8] as const;
/** About how far the live picture is behind the world. */
const LIVE_LAG = 700;
/** The end of the growing stretch is told with some delay; this close to now, it is what was meant. */
const EDGE = 15_000;

export class Playback {
  mode = $state<'live' | 'recorded'>('live');
  /** UTC milliseconds. */
  playhead = $state(0);
  paused = $state(false);
  speed = $state(1);
  status = $state.raw<RecordedStatus>({ kind: 'idle' });
  /** The recorded picture is on screen; before, the live one stays. */
  recordedShown = $state(false);
  readonly footage: Footage;
  readonly track: string;
  #player: RecordedPlayer | undefined;
  #lastSeek = 0;
  #lateSeek: ReturnType<typeof setTimeout> | undefined;
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

  /** Takes the element for recorded footage; returns how to let it go. */
  attach(video: HTMLVideoElement): () => void {
    const player = new RecordedPlayer({
      video,
      spans: () => this.footage.spans,
      now: () => this.footage.now(),
      fetch: hubFetch,
      address: (from, to, origin) =>
        address(
          routes.video,
          { id: this.footage.source },
          {
            track: this.track,
            from: new Date(from).toISOString(),
            to: new Date(to).toISOString(),
            origin: new Date(origin).toISOString(),
          },
        ),
      onStatus: (status) => this.#heard(status),
      onOutdated: () => this.footage.refresh(),
      onSkipped: (from, to) => {
        if (to - from > 3000) notices.say(`Skipped ${lengthText((to - from) / 1000)} without footage.`);
      },
    });
    this.#player = player;
    const timer = setInterval(() => this.#follow(), 100);
    return () => {
      clearInterval(timer);
      clearTimeout(this.#lateSeek);
      player.close();
      this.#player = undefined;
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
    const to = this.#settle(wall);
    if (to === undefined) {
      this.goLive();
      return;
    }
    clearTimeout(this.#lateSeek);
    this.#lastSeek = performance.now();
    this.mode = 'recorded';
    this.playhead = to;
    if (this.paused) this.#player?.pause();
    this.#player?.seek(to);
    if (!this.paused) this.#player?.play();
  }

  /** Goes along with a pointer that is being dragged: not more often than pictures can come. */
  scrub(wall: number): void {
    this.mode = 'recorded';
    const to = Math.min(wall, this.footage.now());
    this.playhead = to;
    clearTimeout(this.#lateSeek);
    const wait = 120 - (performance.now() - this.#lastSeek);
    const act = (): void => {
      this.#lastSeek = performance.now();
      this.#player?.pause();
      const near = spanAt(this.footage.spans, to) ? to : this.#settle(to);
      if (near !== undefined) this.#player?.seek(near);
      this.playhead = to;
    };
    if (wait <= 0) act();
    else this.#lateSeek = setTimeout(act, wait);
  }

  goLive(): void {
    clearTimeout(this.#lateSeek);
    this.mode = 'live';
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
    else if (this.status.kind === 'ready' && !this.paused) this.playhead = this.#player?.wall ?? this.playhead;
  }

  #heard(status: RecordedStatus): void {
    this.status = status;
    if (this.mode !== 'recorded') return;
    if (status.kind === 'ready' || status.kind === 'gap') this.recordedShown = true;
    if (status.kind === 'live') this.goLive();
    if (status.kind === 'end') this.footage.refresh();
  }
}
