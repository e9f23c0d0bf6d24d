/**
 * Cameras whose frames are numbered, a whole Vidette that records them, and the peer that records the same at the same time from mounts of its
 * own. Everything that is stored lies on one volume, which can be filled.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { routes } from '../../../src/contract/routes.ts';
import { projectRoot } from '../../house/imports.ts';
import type { Fault } from '../../rtsp/faults.ts';
import { freePort } from '../../system/free-port.ts';
import { type System, startVidette, untilFound } from '../../system/vidette.ts';
import { type Peer, startPeer } from './peer.ts';
import { Source, type SourceOptions } from './source.ts';
import { type SteppedClock, steppedClock } from './stepped-clock.ts';
import { mountVolume, type Volume } from './volume.ts';

/** A camera that Vidette and the peer record, each from a mount of its own. */
export interface Line {
  readonly name: string;
  /** Which of the stage's sources plays it. */
  readonly source: string;
  readonly udp?: boolean;
}

export interface StageOptions {
  readonly sources: Readonly<Record<string, Omit<SourceOptions, 'cameras'>>>;
  readonly lines: readonly Line[];
  /** Whether the volume and the clock are asked for. Where they cannot be had, `withoutVolume` and `withoutClock` say why. */
  readonly volumeBytes?: number;
  readonly clock?: boolean;
  /** Whether ffmpeg records too; default: yes. */
  readonly peers?: boolean;
}

const READY_MS = 90_000;
/** Written by each recorder, about once a second. */
const Counters = z.object({
  tracks: z.array(
    z.object({ camera: z.string(), status: z.string(), framesRead: z.number(), framesWritten: z.number() }),
  ),
});

interface Placed extends Line {
  readonly place: Source;
  /** Mount of Vidette; the peer's is the next. */
  readonly mount: number;
}

export class Stage implements AsyncDisposable {
  readonly system: System;
  readonly volume: Volume | string;
  readonly clock: SteppedClock | string;
  readonly peers: ReadonlyMap<string, Peer>;
  readonly #root: string;
  readonly #sources: ReadonlyMap<string, Source>;
  readonly #lines: ReadonlyMap<string, Placed>;
  readonly #stack: AsyncDisposableStack;

  private constructor(parts: {
    root: string;
    sources: ReadonlyMap<string, Source>;
    lines: ReadonlyMap<string, Placed>;
    peers: ReadonlyMap<string, Peer>;
    system: System;
    volume: Volume | string;
    clock: SteppedClock | string;
    stack: AsyncDisposableStack;
  }) {
    this.#root = parts.root;
    this.#sources = parts.sources;
    this.#lines = parts.lines;
    this.peers = parts.peers;
    this.system = parts.system;
    this.volume = parts.volume;
    this.clock = parts.clock;
    this.#stack = parts.stack;
  }

  static async set(options: StageOptions): Promise<Stage> {
    await using stack = new AsyncDisposableStack();
    const root = await mkdtemp(join(tmpdir(), 'vidette-faults-'));
    await chmod(root, 0o755);
    stack.defer(() => rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 }));
    const { volumeBytes } = options;
    const store = join(root, 'volume');
    await mkdir(store);
    const volume = volumeBytes === undefined ? 'not asked for' : await mountVolume(store, volumeBytes);
    if (typeof volume !== 'string') stack.defer(() => volume.unmount());
    const clock = options.clock ? await steppedClock(join(root, 'clock')) : 'not asked for';
    if (typeof clock !== 'string') stack.use(clock);
    const sources = new Map<string, Source>();
    for (const [name, shape] of Object.entries(options.sources)) {
      const cameras = 2 * options.lines.filter(({ source }) => source === name).length;
      const source = await Source.start({ ...shape, cameras });
      sources.set(name, source);
      stack.defer(() => source.stop());
    }
    const lines = placed(options.lines, sources);
    const peers = new Map<string, Peer>();
    for (const line of options.peers === false ? [] : lines.values()) {
      const url = line.place.url(line.mount + 1);
      const folder = join(store, 'peer', line.name);
      const env = typeof clock === 'string' ? {} : clock.env;
      const peer = await startPeer({ url, folder, env, ...(line.udp ? { udp: true } : {}) });
      peers.set(line.name, peer);
      stack.defer(() => peer.stop());
    }
    const system = await begin(root, store, clock);
    stack.use(system);
    const api = await system.api();
    for (const line of lines.values())
      await api.call(routes.createCamera, {
        body: { name: line.name, url: line.place.url(line.mount), transport: line.udp ? 'udp' : 'tcp' },
      });
    return new Stage({ root, sources, lines, peers, system, volume, clock, stack: stack.move() });
  }

  get names(): string[] {
    return [...this.#lines.keys()];
  }

  /** Of the sources by their names. */
  source(name: string): Source {
    return found(this.#sources, name);
  }

  line(name: string): Placed {
    return found(this.#lines, name);
  }

  /** Makes the same go wrong for Vidette and for the peer. */
  async fault(name: string, fault: Fault): Promise<void> {
    const { place, mount } = this.line(name);
    await Promise.all([place.fault(fault, mount), place.fault(fault, mount + 1)]);
  }

  /** Waits until every camera is recorded and the hub says so. */
  async recording(withinMs = READY_MS): Promise<void> {
    const before = this.counters();
    await untilFound(async () => {
      const now = this.counters();
      const grown = this.names.every((name) => (now.get(name)?.written ?? 0) > (before.get(name)?.written ?? 0));
      return grown && (await this.#hubSaysSo()) ? true : undefined;
    }, withinMs).catch(async (cause: unknown) => {
      const states = await this.#states().catch((error: unknown) => String(error));
      throw new Error(
        `not everything is recorded again: ${JSON.stringify(states)}\n${this.system.output().slice(-3000)}`,
        {
          cause,
        },
      );
    });
  }

  /** What the recorders have counted, over all their lives. */
  counters(): Map<string, { read: number; written: number }> {
    const sums = new Map<string, { read: number; written: number }>();
    const folder = join(this.#root, 'counters');
    for (const name of readdirSync(folder)) {
      if (!name.endsWith('.json')) continue;
      for (const track of Counters.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))).tracks) {
        const sum = sums.get(track.camera) ?? { read: 0, written: 0 };
        sums.set(track.camera, { read: sum.read + track.framesRead, written: sum.written + track.framesWritten });
      }
    }
    return sums;
  }

  /** How far Vidette's calendar is ahead of the cameras', in ms. */
  get offsetMs(): number {
    return typeof this.clock === 'string' ? 0 : this.clock.offsetMs;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  async #hubSaysSo(): Promise<boolean> {
    try {
      return (await this.#states()).every(({ status }) => status === 'recording');
    } catch (error) {
      // The hub is away, as it may be under some faults.
      if (error instanceof Error && (error.name === 'Unavailable' || error.name === 'UserError')) return false;
      throw error;
    }
  }

  async #states(): Promise<{ name: string; status: string; reason?: string | undefined }[]> {
    const api = await this.system.api();
    const cameras = await api.call(routes.listCameras, {});
    return cameras.map(({ name, state: { status, reason } }) => ({ name, status, reason }));
  }
}

function placed(lines: readonly Line[], sources: ReadonlyMap<string, Source>): Map<string, Placed> {
  const used = new Map<string, number>();
  return new Map(
    lines.map((line) => {
      const mount = used.get(line.source) ?? 0;
      used.set(line.source, mount + 2);
      return [line.name, { ...line, place: found(sources, line.source), mount }];
    }),
  );
}

async function begin(root: string, store: string, clock: SteppedClock | string): Promise<System> {
  const data = join(store, 'data');
  mkdirSync(data, { mode: 0o755 });
  mkdirSync(join(root, 'counters'));
  const before = typeof clock === 'string' ? [] : clock.command;
  return startVidette({
    data,
    port: await freePort(),
    command: [...before, process.execPath, join(projectRoot, 'bin/vidette.js')],
    env: {
      VIDETTE_SEGMENT_SECONDS: '10',
      VIDETTE_FLOOR_BYTES: '100000000',
      VIDETTE_COUNTERS: join(root, 'counters', '{pid}.json'),
      VIDETTE_ORPHAN_MS: '30000',
    },
  });
}

function found<T>(map: ReadonlyMap<string, T>, name: string): T {
  const one = map.get(name);
  if (one === undefined) throw new RangeError(`there is no ${name}`);
  return one;
}
