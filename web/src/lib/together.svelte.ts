/** Several cameras on one clock: live, or recorded from some moment on. */
import { hubFetch } from './api.ts';
import { Footage } from './footage.svelte.ts';
import { GapList } from './gaps.svelte.ts';
import { CommonClock } from './player/common-clock.ts';
import { KeyPictures } from './player/key-pictures.ts';
import { RecordedPlayer, type RecordedStatus } from './player/recorded-player.ts';
import { align } from './player/sync.ts';
import type { Controls, Screen } from './playhead.ts';
import { spanAt } from './timeline/spans.ts';
import { keyFrameAddress, videoAddress } from './video-address.ts';

/** About how far the live picture is behind the world. */
const LIVE_LAG = 700;
/** This close to now there is nothing to play yet. */
const EDGE = 3000;
const TICK_MS = 50;

/** One camera of several. */
export class Member implements Screen {
  readonly footage: Footage;
  readonly gaps: GapList;
  status = $state.raw<RecordedStatus>({ kind: 'idle' });
  recordedShown = $state(false);
  scrubbedTo = $state<number | undefined>();
  player: RecordedPlayer | undefined;
  pictures: KeyPictures | undefined;

  readonly #all: Together;

  constructor(id: string, all: Together) {
    this.#all = all;
    this.footage = new Footage(id);
    this.gaps = new GapList(id);
  }

  get mode(): 'live' | 'recorded' {
    return this.#all.mode;
  }
  get playhead(): number {
    return this.#all.playhead;
  }
  get scrubbing(): boolean {
    return this.#all.scrubbing;
  }

  seek(wall: number): void {
    this.#all.seek(wall);
  }

  goLive(): void {
    this.#all.goLive();
  }

  attach(video: HTMLVideoElement, single: HTMLVideoElement): () => void {
    const { footage } = this;
    const player = new RecordedPlayer({
      video,
      spans: () => footage.spans,
      now: () => footage.now(),
      fetch: hubFetch,
      address: (from, to, origin, every) => videoAddress(footage.source, footage.track, { from, to, origin }, every),
      onStatus: (status) => {
        this.status = status;
        if (status.kind === 'ready') this.recordedShown = true;
      },
      onOutdated: () => footage.refresh(),
      onSkipped: () => undefined,
      skipsGaps: false,
    });
    const pictures = new KeyPictures({
      video: single,
      spans: () => footage.spans,
      fetch: hubFetch,
      address: (at, origin) => keyFrameAddress(footage.source, footage.track, at, origin),
      onShown: (wall) => {
        this.scrubbedTo = wall;
      },
    });
    this.player = player;
    this.pictures = pictures;
    return () => {
      player.close();
      pictures.close();
      this.player = undefined;
      this.pictures = undefined;
    };
  }

  close(): void {
    this.footage.close();
    this.gaps.close();
  }
}

export class Together implements Controls {
  mode = $state<'live' | 'recorded'>('live');
  /** UTC milliseconds. */
  playhead = $state(0);
  paused = $state(false);
  speed = $state(1);
  scrubbing = $state(false);
  /** The clock stands because a picture is still on its way. */
  waiting = $state(false);
  readonly members: readonly Member[];
  readonly #clock: CommonClock;
  #wish: number | undefined;

  constructor(ids: readonly string[], at: number | undefined) {
    this.members = ids.map((id) => new Member(id, this));
    this.playhead = at ?? this.#now() - LIVE_LAG;
    this.#clock = new CommonClock(this.playhead, performance.now());
    if (at !== undefined) {
      this.mode = 'recorded';
      this.#wish = at;
    }
  }

  /** Runs the clock; returns how to stop it and to let everything go. */
  run(): () => void {
    const timer = setInterval(() => this.#tick(), TICK_MS);
    return () => {
      clearInterval(timer);
      for (const member of this.members) member.close();
    };
  }

  seek(wall: number): void {
    this.scrubbing = false;
    if (wall > this.#now() - EDGE) {
      this.goLive();
      return;
    }
    this.mode = 'recorded';
    this.#set(wall);
    for (const member of this.members) {
      member.scrubbedTo = undefined;
      member.player?.pause();
      member.player?.seek(wall);
    }
  }

  scrub(wall: number): void {
    this.mode = 'recorded';
    this.scrubbing = true;
    this.#set(Math.min(wall, this.#now()));
    for (const { player, pictures } of this.members) {
      player?.hold();
      pictures?.show(this.playhead);
    }
  }

  goLive(): void {
    this.mode = 'live';
    this.#pause(false);
    this.scrubbing = false;
    this.setSpeed(1);
    for (const member of this.members) {
      member.player?.stop();
      member.recordedShown = false;
    }
  }

  toggle(): void {
    if (this.mode === 'live') {
      this.#pause(true);
      this.seek(this.#now() - EDGE - 1000);
      return;
    }
    this.#pause(!this.paused);
  }

  step(seconds: number): void {
    if (this.mode === 'live' && seconds > 0) return;
    this.seek(this.playhead + seconds * 1000);
  }

  /** One picture on or back: the clock moves by that much, and everybody follows. */
  stepFrame(direction: 1 | -1, fps: number | undefined): void {
    if (this.mode === 'live') {
      this.toggle();
      return;
    }
    this.#pause(true);
    const wall = this.playhead + (direction * 1000) / (fps ?? 15);
    this.#set(wall);
    for (const member of this.members) {
      member.player?.pause();
      member.player?.seek(wall);
    }
  }

  setSpeed(speed: number): void {
    this.speed = speed;
    this.#clock.setSpeed(speed, performance.now());
    for (const member of this.members) if (member.player) member.player.speed = speed;
  }

  /** The footage of a camera is known better now. */
  refresh(): void {
    const wish = this.#wish;
    if (wish !== undefined) {
      if (this.members.some((member) => member.footage.state === 'loading')) return;
      this.#wish = undefined;
      this.seek(wish);
    } else if (this.mode === 'recorded') for (const member of this.members) member.player?.refresh();
  }

  #now(): number {
    return this.members[0]?.footage.now() ?? Date.now();
  }

  #set(wall: number): void {
    this.playhead = wall;
    this.#clock.set(wall, performance.now());
  }

  #pause(paused: boolean): void {
    this.paused = paused;
    this.#clock.pause(paused, performance.now());
  }

  #tick(): void {
    if (this.mode === 'live') {
      this.playhead = this.#now() - LIVE_LAG;
      return;
    }
    if (this.#wish !== undefined || this.scrubbing) return;
    const now = performance.now();
    const wall = this.#clock.tick(now);
    if (wall > this.#now() - EDGE && !this.paused) {
      this.goLive();
      return;
    }
    this.playhead = wall;
    const late = this.members.filter((member) => this.#lead(member, wall));
    this.#wait(late.length > 0, now);
  }

  /** Keeps one player beside the clock. @returns whether it has a picture for this moment that is not there yet */
  #lead({ player, footage, status }: Member, wall: number): boolean {
    if (!player) return false;
    const span = spanAt(footage.spans, wall);
    if (!span) {
      if (status.kind !== 'gap') player.seek(wall);
      return false;
    }
    if (status.kind === 'unplayable' || status.kind === 'failed') return false;
    if (status.kind === 'gap' || status.kind === 'idle' || status.kind === 'end') {
      player.seek(wall);
      return true;
    }
    if (!player.flowing) return true;
    if (this.paused || this.waiting) {
      if (!player.paused) player.pause();
      return false;
    }
    const step = align((player.wall ?? wall) - wall, this.speed);
    if (step.kind === 'seek') {
      player.seek(wall);
      return true;
    }
    player.nudge(step.factor);
    if (player.paused) player.play();
    return false;
  }

  #wait(late: boolean, now: number): void {
    this.#clock.wait(late, now);
    this.waiting = this.#clock.waiting;
    if (this.waiting) for (const { player } of this.members) if (player?.flowing) player.pause();
  }
}
