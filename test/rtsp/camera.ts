/** A test camera: a prepared file in a loop, every frame numbered, on any number of mounts, with faults on demand. */
import { randomBytes } from 'node:crypto';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { mediaTime, VIDEO_TIMESCALE } from '../../src/base/units.ts';
import type { AccessUnit } from '../../src/media/access-unit.ts';
import { type Mount, type RtspServerOptions, startRtspServer } from '../../src/sources/camera/rtsp/server.ts';
import { type FixtureName, fixture } from '../fixtures/video.ts';
import { type Elementary, readElementary } from './elementary.ts';
import { type Fault, type FaultRecord, reordered, seededRandom, spoilDescription } from './faults.ts';
import { frameMark } from './frame-number.ts';

export interface TestCameraOptions {
  readonly fixture: FixtureName;
  /** Mounts `/cam0` … ; 1. */
  readonly cameras?: number;
  /** Spreads the frames of the mounts over the frame time, and their key frames over the GOP. */
  readonly stagger?: boolean;
  /** 0: any free one. */
  readonly port?: number;
  readonly auth?: RtspServerOptions['auth'];
  /** How it sends; over TCP and by UDP. What is not named is refused with 461. */
  readonly transports?: RtspServerOptions['transports'];
  /** Speaks TLS: rtsps://. */
  readonly tls?: RtspServerOptions['tls'];
  readonly clock?: Clock;
  /** What the fault `change` turns to, and back from. The same pictures a second. */
  readonly alternative?: FixtureName;
  /** Number of the first frame: a camera that was started again goes on counting. */
  readonly firstNumber?: bigint;
}

/** Frames from the first number up to, and without, the second. */
export interface FrameRange {
  readonly from: bigint;
  readonly to: bigint;
}

export interface TestCamera {
  readonly port: number;
  readonly fps: number;
  readonly cameras: number;
  url(camera?: number): string;
  /** Makes something go wrong with one mount, from the next frame on. */
  fault(fault: Fault, camera?: number): void;
  /** Ends the faults that last. */
  heal(camera?: number): void;
  /** What went wrong so far, and which frames it touched. */
  history(camera?: number): readonly FaultRecord[];
  /** Number of the next frame. */
  nextFrame(camera?: number): bigint;
  /** Which frames a mount has given to somebody, whole or, under `loss`, in part. */
  sent(camera?: number): readonly FrameRange[];
  /** Frames of which a packet was left out under `loss` to somebody, and how many packets that were. Goes on counting. */
  lost(camera?: number): { readonly lost: Set<bigint>; packets: number };
  /** How many clients play a mount. */
  clients(camera?: number): number;
  close(): Promise<void>;
}

/** Timer ticks per frame time: over these the mounts are spread. */
const SLOTS = 8;

export async function startTestCamera(options: TestCameraOptions): Promise<TestCamera> {
  const clock = options.clock ?? systemClock;
  const source = await fixture(options.fixture);
  const elementary = await readElementary(source);
  const alternative = options.alternative ? await readElementary(await fixture(options.alternative)) : undefined;
  const server = await startRtspServer({
    host: '127.0.0.1',
    port: options.port ?? 0,
    ...(options.auth ? { auth: options.auth } : {}),
    ...(options.transports ? { transports: options.transports } : {}),
    ...(options.tls ? { tls: options.tls } : {}),
  });
  const urlOf = (camera: number): string => `rtsp${options.tls ? 's' : ''}://127.0.0.1:${server.port}/cam${camera}`;
  const count = options.cameras ?? 1;
  const frameMs = 1000 / source.fps;
  const players = Array.from({ length: count }, (_, camera) => {
    const mount = server.mount(`cam${camera}`, { video: elementary.config });
    const phase = options.stagger ? ((camera % SLOTS) * frameMs) / SLOTS : 0;
    const skip = options.stagger ? Math.round((camera / count) * source.gop) % elementary.pictures.length : 0;
    const pace = { fps: source.fps, phase, skip, url: urlOf(camera), clock };
    return new LoopPlayer(mount, elementary, alternative, pace, options.firstNumber ?? 0n);
  });
  const started = clock.monotonic();
  const timer = setInterval(
    () => {
      const now = clock.monotonic() - started;
      for (const player of players) player.tick(now);
    },
    options.stagger ? frameMs / SLOTS : frameMs / 2,
  );
  const at = (camera: number): LoopPlayer => {
    const player = players[camera];
    if (!player) throw new RangeError(`there is no camera ${camera}`);
    return player;
  };
  return {
    port: server.port,
    fps: source.fps,
    cameras: count,
    url: (camera = 0) => urlOf(camera),
    fault: (fault, camera = 0) => at(camera).fault(fault),
    heal: (camera = 0) => at(camera).heal(),
    history: (camera = 0) => at(camera).history,
    nextFrame: (camera = 0) => at(camera).next,
    sent: (camera = 0) => at(camera).sent,
    lost: (camera = 0) => at(camera).lost,
    clients: (camera = 0) => at(camera).mount.clients,
    async close() {
      clearInterval(timer);
      await server.close();
    },
  };
}

interface Pace {
  readonly fps: number;
  /** Ms after the tick of the others. */
  readonly phase: number;
  /** Pictures of the file left out at the start. */
  readonly skip: number;
  readonly url: string;
  readonly clock: Clock;
}

/** One mount: sends each frame when it is due. */
class LoopPlayer {
  readonly mount: Mount;
  readonly history: { fault: Fault; from: bigint; to: bigint | undefined }[] = [];
  readonly sent: { from: bigint; to: bigint }[] = [];
  readonly lost = { lost: new Set<bigint>(), packets: 0 };
  /** Number of the next frame. */
  next: bigint;
  readonly #pace: Pace;
  #elementary: Elementary;
  #alternative: Elementary | undefined;
  /** Pictures of the file left out at its start. */
  #skip: number;
  #sent = 0;
  /** Added to every time, in ticks. */
  #shift = 0;
  #stuckAt: number | undefined;
  #dropLeft = 0;
  /** Frame time, in ms, at which the lasting faults end. */
  readonly #until = new Map<Fault['kind'], number>();
  #queue: { readonly unit: AccessUnit; readonly number: bigint }[] = [];
  #rate = Number.POSITIVE_INFINITY;
  #budget = 0;
  #budgetAt = 0;

  constructor(mount: Mount, elementary: Elementary, alternative: Elementary | undefined, pace: Pace, first: bigint) {
    this.mount = mount;
    this.#elementary = elementary;
    this.#alternative = alternative;
    this.#pace = pace;
    this.#skip = pace.skip;
    this.next = first;
  }

  /** @param now ms since the camera began */
  tick(now: number): void {
    const { fps, phase } = this.#pace;
    const due = Math.floor(((now - phase) / 1000) * fps);
    // A process that was stopped does not send what it missed all at once.
    if (due - this.#sent > 2 * fps) {
      const missed = due - this.#sent - fps;
      this.#sent += missed;
      this.next += BigInt(missed);
    }
    for (; this.#sent < due; this.#sent += 1) this.#frame(this.#sent, now);
    this.#drain(now);
  }

  fault(fault: Fault): void {
    const now = (this.#sent / this.#pace.fps) * 1000;
    const record = { fault, from: this.next, to: undefined as bigint | undefined };
    this.history.push(record);
    if ('seconds' in fault && fault.kind !== 'jump') this.#until.set(fault.kind, now + fault.seconds * 1000);
    else record.to = this.next + (fault.kind === 'drop' ? BigInt(fault.frames) : 1n);
    switch (fault.kind) {
      case 'drop':
        this.#dropLeft += fault.frames;
        break;
      case 'freeze':
        this.mount.faults.silent = true;
        break;
      case 'reset':
        this.mount.faults.reset();
        break;
      case 'garbage':
        // No dollar sign in front: that would announce a packet, and be a fault of another kind.
        this.mount.faults.inject(Buffer.concat([Buffer.from([0]), randomBytes(fault.bytes)]));
        break;
      case 'stuck':
        this.#stuckAt = this.#timeOf(this.#sent);
        break;
      case 'jump':
        this.#shift += Math.round(fault.seconds * VIDEO_TIMESCALE);
        break;
      case 'loss': {
        const random = fault.seed === undefined ? Math.random : seededRandom(fault.seed);
        this.mount.faults.dropPacket = () => {
          if (random() * 100 >= fault.percent) return false;
          this.lost.lost.add(this.next - 1n);
          this.lost.packets += 1;
          return true;
        };
        break;
      }
      case 'reorder':
        this.mount.faults.rearrange = (packets) => reordered(packets, fault.percent, fault.places, Math.random);
        break;
      case 'duplicate':
        this.mount.faults.rearrange = (packets) =>
          packets.flatMap((packet) => (Math.random() * 100 < fault.percent ? [packet, packet] : [packet]));
        break;
      case 'slow':
        this.#rate = fault.bytesPerSecond;
        this.#budget = 0;
        this.#budgetAt = now;
        break;
      case 'change':
        this.#change();
        break;
      case 'sdp':
        this.mount.faults.describe = spoilDescription(fault.mode, this.#pace.url);
        break;
    }
  }

  heal(): void {
    for (const kind of this.#until.keys()) this.#end(kind);
    this.mount.faults.describe = undefined;
    this.#dropLeft = 0;
  }

  #frame(index: number, now: number): void {
    const at = (index / this.#pace.fps) * 1000;
    for (const [kind, until] of this.#until) if (at >= until) this.#end(kind);
    const number = this.next;
    this.next += 1n;
    if (this.#dropLeft > 0) {
      this.#dropLeft -= 1;
      return;
    }
    if (this.mount.clients === 0) return;
    const { pictures, config } = this.#elementary;
    const picture = pictures[(index + this.#skip) % pictures.length];
    if (!picture || config.codec === 'mjpeg') return;
    const wallMs = this.#pace.clock.wall();
    const mark = frameMark(config.codec, { number, wallMs });
    const loop = Math.floor((index + this.#skip) / pictures.length) * pictures.length;
    const pts = this.#stuckAt ?? this.#timeOf(loop + picture.order - this.#skip);
    const unit: AccessUnit = {
      kind: 'video',
      data: [mark, picture.sample],
      size: mark.length + picture.sample.length,
      key: picture.key,
      pts: mediaTime(pts),
      dts: mediaTime(pts),
      arrival: wallMs,
    };
    if (this.#rate === Number.POSITIVE_INFINITY && this.#queue.length === 0) {
      this.#push(unit, number);
      return;
    }
    if (this.#queue.length < this.#pace.fps * 10) this.#queue.push({ unit, number });
    this.#drain(now);
  }

  #drain(now: number): void {
    if (this.#queue.length === 0) return;
    this.#budget = Math.min(this.#rate, this.#budget + ((now - this.#budgetAt) / 1000) * this.#rate);
    if (this.#rate === Number.POSITIVE_INFINITY) this.#budget = this.#rate;
    this.#budgetAt = now;
    for (let next = this.#queue[0]; next && next.unit.size <= this.#budget; next = this.#queue[0]) {
      this.#budget -= next.unit.size;
      this.#queue.shift();
      this.#push(next.unit, next.number);
    }
  }

  #push(unit: AccessUnit, number: bigint): void {
    const { clients, skipped, faults } = this.mount;
    this.mount.push(unit);
    // A client that has just come waits for a key frame.
    if (faults.silent || clients === this.mount.skipped - skipped) return;
    const last = this.sent.at(-1);
    if (last?.to === number) last.to = number + 1n;
    else this.sent.push({ from: number, to: number + 1n });
  }

  /** The next frame is the first of the other file. */
  #change(): void {
    const other = this.#alternative;
    if (!other) throw new RangeError('there is no alternative to change to');
    this.#alternative = this.#elementary;
    this.#elementary = other;
    const { length } = other.pictures;
    this.#skip = (length - (this.#sent % length)) % length;
    this.mount.setConfig({ video: other.config });
  }

  #timeOf(index: number): number {
    return Math.round((index * VIDEO_TIMESCALE) / this.#pace.fps) + this.#shift;
  }

  #end(kind: Fault['kind']): void {
    this.#until.delete(kind);
    for (const record of this.history) if (record.fault.kind === kind) record.to ??= this.next;
    if (kind === 'freeze') this.mount.faults.silent = false;
    else if (kind === 'stuck') this.#stuckAt = undefined;
    else if (kind === 'loss') this.mount.faults.dropPacket = undefined;
    else if (kind === 'reorder' || kind === 'duplicate') this.mount.faults.rearrange = undefined;
    else if (kind === 'slow') this.#rate = Number.POSITIVE_INFINITY;
  }
}
