/** Plays the small film of a drive. Times are seconds from its start; the player below counts them as milliseconds. */
import type { DriveFilm } from '../../../src/contract/drive.ts';
import { routes } from '../../../src/contract/routes.ts';
import { address, hubFetch } from './api.ts';
import { stretchesOf } from './drive-words.ts';
import { RecordedPlayer, type RecordedStatus } from './player/recorded-player.ts';
import type { Span } from './timeline/spans.ts';

/** Faster than four times only key frames would be sent, which a small film does not need. */
export const DRIVE_SPEEDS = [0.5, 1, 2, 4] as const;
const PICTURES_A_SECOND = 20;

export class DrivePlayback {
  readonly id: string;
  readonly length: number;
  at = $state(0);
  paused = $state(true);
  speed = $state(1);
  muted = $state(true);
  status = $state.raw<RecordedStatus>({ kind: 'idle' });
  shown = $state(false);
  /** It has been played: from then on nothing lies over the picture. */
  started = $state(false);
  #player: RecordedPlayer | undefined;
  #video: HTMLVideoElement | undefined;

  constructor(id: string, length: number, at: number) {
    this.id = id;
    this.length = length;
    this.at = this.#inside(at);
  }

  /** Takes the element; returns how to let it go. */
  attach(video: HTMLVideoElement, film: DriveFilm): () => void {
    const spans: Span[] = stretchesOf(film.minutes).map(({ start, end }) => ({
      start: start * 1000,
      end: Math.min(end, this.length) * 1000,
      codec: film.codec,
      audioCodec: film.audioCodec ?? undefined,
      open: false,
    }));
    video.muted = this.muted;
    const player = new RecordedPlayer({
      video,
      spans: () => spans,
      now: () => Number.MAX_SAFE_INTEGER,
      fetch: hubFetch,
      address: (from, to, origin) =>
        address(routes.driveVideo, { id: this.id }, { from: from / 1000, to: to / 1000, origin: origin / 1000 }),
      onStatus: (status) => {
        this.status = status;
        if (status.kind === 'ready') this.shown = true;
        if (status.kind === 'end') this.pause();
      },
      onOutdated: () => undefined,
      onSkipped: () => undefined,
    });
    this.#player = player;
    this.#video = video;
    player.pause();
    player.seek(this.at * 1000);
    player.speed = this.speed;
    const timer = setInterval(() => {
      const { wall } = player;
      if (wall !== undefined && !player.paused) this.at = this.#inside(wall / 1000);
    }, 100);
    return () => {
      clearInterval(timer);
      player.close();
      this.#player = undefined;
      this.#video = undefined;
    };
  }

  toggle(): void {
    if (this.paused) this.play();
    else this.pause();
  }

  play(): void {
    if (this.at >= this.length - 0.2) this.seek(0);
    this.paused = false;
    this.started = true;
    this.#player?.play();
  }

  pause(): void {
    this.paused = true;
    this.#player?.pause();
  }

  seek(at: number): void {
    this.started = true;
    this.at = this.#inside(at);
    this.#player?.seek(this.at * 1000);
    if (!this.paused) this.#player?.play();
  }

  step(seconds: number): void {
    this.seek(this.at + seconds);
  }

  stepFrame(direction: 1 | -1): void {
    this.paused = true;
    const to = this.#player?.stepFrame(direction, PICTURES_A_SECOND);
    if (to !== undefined) this.at = this.#inside(to / 1000);
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    if (this.#player) this.#player.speed = speed;
  }

  mute(muted: boolean): void {
    this.muted = muted;
    if (this.#video) this.#video.muted = muted;
  }

  #inside(at: number): number {
    return Math.min(Math.max(0, at), Math.max(0, this.length - 0.05));
  }
}
