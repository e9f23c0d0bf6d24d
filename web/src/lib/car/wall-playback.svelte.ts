/** Plays the clips of all cameras of a car on one axis of wall time. */
import { hubFetch } from '../api.ts';
import { CommonClock } from '../player/common-clock.ts';
import { CameraPlayer, type CameraState } from './camera-player.ts';
import { clipAt, extentOf, nearestFilmed, type WallClip } from './wall-clips.ts';

export const WALL_SPEEDS = [0.25, 0.5, 1, 2, 4] as const;
const TICK_MS = 40;
/** Milliseconds with no footage of any camera that are waited for; more is passed over. */
const PATIENT = 10_000;
/** Before the next footage, so that it is seen to begin. */
const LEAD = 1000;
/** A video that has moved so far has begun; longer than this nobody waits for the first to do so. Milliseconds. */
const MOVED = 16;
const START_PATIENCE = 400;
const MOST_AHEAD = 300;
const PICTURE_MS = 1000 / 36;

/** One camera. */
export class WallCamera {
  readonly camera: string;
  /** In order of time. */
  readonly clips: readonly WallClip[];
  state = $state.raw<CameraState>({ kind: 'loading' });
  player: CameraPlayer | undefined;

  constructor(camera: string, clips: readonly WallClip[]) {
    this.camera = camera;
    this.clips = clips;
  }
}

export class WallPlayback {
  readonly cameras: readonly WallCamera[];
  /** The axis; UTC milliseconds, as everything below. */
  readonly start: number;
  readonly end: number;
  at = $state(0);
  /** When `at` was true, by `performance.now()`. */
  readAt = $state(0);
  paused = $state(true);
  waiting = $state(false);
  speed = $state(1);
  readonly #clock: CommonClock;
  /** Since when the players were told to begin, while none has moved. */
  #startedAt: number | undefined;

  /** @param at where to begin */
  constructor(cameras: readonly WallCamera[], at: number | undefined) {
    this.cameras = cameras;
    const extent = extentOf(cameras.map(({ clips }) => clips)) ?? { start: at ?? 0, end: (at ?? 0) + 1000 };
    this.start = extent.start;
    this.end = extent.end;
    this.at = this.#inside(at ?? nearestFilmed(this.#clips(), extent.start));
    this.#clock = new CommonClock(this.at, performance.now());
    this.#clock.pause(true, performance.now());
  }

  /** Runs the clock; returns how to stop it. */
  run(): () => void {
    const timer = setInterval(() => this.#tick(), TICK_MS);
    return () => clearInterval(timer);
  }

  /** Takes the element of a camera; returns how to let it go. */
  attach(camera: WallCamera, video: HTMLVideoElement): () => void {
    const player = new CameraPlayer({
      video,
      clips: camera.clips,
      origin: this.start,
      end: this.end,
      fetch: hubFetch,
      onState: (state) => {
        camera.state = state;
      },
      onPicture: (wall) => this.#begun(wall),
    });
    camera.player = player;
    return () => {
      player.close();
      camera.player = undefined;
    };
  }

  toggle(): void {
    if (this.paused) this.play();
    else this.pause();
  }

  play(): void {
    if (this.at >= this.end - 100) this.seek(this.start);
    this.#pause(false);
  }

  pause(): void {
    this.#pause(true);
  }

  seek(wall: number): void {
    this.#set(wall);
    this.#startedAt = undefined;
    for (const { player } of this.cameras) player?.seek(this.at);
    if (!this.paused) this.#clock.wait(true, performance.now());
  }

  step(seconds: number): void {
    this.seek(this.at + seconds * 1000);
  }

  /** One picture of a camera on or back, standing still; the others show what they saw then. */
  stepFrame(direction: 1 | -1, camera?: WallCamera): void {
    this.pause();
    this.#set(camera?.player?.pictureBeside(this.at, direction) ?? this.at + direction * PICTURE_MS);
    this.#tick();
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    this.#clock.setSpeed(speed, performance.now());
  }

  /** Whether any camera has footage of a moment. */
  filmed(wall: number): boolean {
    return this.#clips().some((clips) => clipAt(clips, wall));
  }

  #tick(): void {
    const now = performance.now();
    const wall = this.#clock.tick(now);
    if (wall >= this.end && !this.paused) {
      this.#pause(true);
      this.#set(this.end);
    }
    this.at = this.#clock.wall;
    this.readAt = now;
    const { going, paused } = this.#clock;
    const pace = paused ? 'stands' : going || this.#startedAt !== undefined ? 'goes' : 'waits';
    const late = this.cameras.filter(({ player }) => player?.follow(this.at, pace, this.speed) ?? false);
    if (going && late.length === 0) this.#passOver();
    else this.#assemble(late.length > 0, now);
    this.#clock.wait(late.length > 0 || this.#startedAt !== undefined, now);
    if (!this.#clock.going && this.#startedAt === undefined) for (const { player } of this.cameras) player?.hold();
    this.waiting = this.#clock.waiting;
  }

  /**
   * Between standing and going: a video takes a while to begin, so the clock begins with the first that moves. Otherwise all would have to
   * make up for it.
   */
  #assemble(late: boolean, now: number): void {
    if (late || this.#clock.paused) {
      this.#startedAt = undefined;
      return;
    }
    if (this.#startedAt === undefined) {
      this.#startedAt = now;
      for (const { player } of this.cameras) player?.follow(this.at, 'goes', this.speed);
    }
    const advances = this.cameras.flatMap(({ player }) => player?.advanced(this.at) ?? []);
    const most = Math.max(...advances);
    if (advances.length > 0 && most < MOVED && now - this.#startedAt < START_PATIENCE) return;
    this.#startedAt = undefined;
    if (most >= MOVED) this.#set(this.at + Math.min(most, MOST_AHEAD));
  }

  /** A picture has come while the clock waits for the first one to move: from now on it goes. */
  #begun(wall: number): void {
    if (this.#startedAt === undefined || wall < this.at + MOVED || wall > this.at + MOST_AHEAD) return;
    const now = performance.now();
    this.#startedAt = undefined;
    this.#set(wall);
    this.#clock.wait(false, now);
    this.waiting = false;
  }

  /** Nobody watches nothing for long. */
  #passOver(): void {
    const states = this.cameras.map(({ state }) => state);
    const nexts = states.map((state) => (state.kind === 'gap' ? (state.next ?? Number.POSITIVE_INFINITY) : 0));
    const next = Math.min(...nexts);
    if (Number.isFinite(next) && next - this.at > PATIENT) this.seek(next - LEAD);
  }

  #set(wall: number): void {
    this.#clock.set(this.#inside(wall), performance.now());
    this.at = this.#clock.wall;
    this.readAt = performance.now();
  }

  #pause(paused: boolean): void {
    const now = performance.now();
    this.#clock.pause(paused, now);
    // It goes when everybody is there.
    if (!paused) this.#clock.wait(true, now);
    this.#startedAt = undefined;
    this.paused = paused;
  }

  #inside(wall: number): number {
    return Math.min(Math.max(this.start, wall), this.end);
  }

  #clips(): (readonly WallClip[])[] {
    return this.cameras.map(({ clips }) => clips);
  }
}
