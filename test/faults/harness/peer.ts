/**
 * The peer: `ffmpeg -c copy` into MP4 files of ten seconds named by the calendar, started again when it ends. It is what most recorders on
 * FFmpeg do (Frigate's options, with a time-out on the socket), and as good as that gets without a program around it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasMovie, type Mark } from './marks.ts';
import { readMovie } from './movie.ts';

const RESTART_MS = 1000;
const PATIENCE_MS = 10_000;

export interface Peer {
  /** Of the process that runs now. */
  readonly pid: number | undefined;
  /** How often it was started. */
  readonly starts: number;
  /** Ends it as its user would, with `q`. */
  stop(): Promise<void>;
  /** What a player finds in its files, file by file. */
  marks(frameMs: number): Promise<Mark[]>;
}

/** @param folder where its files go; made here */
export async function startPeer(options: {
  url: string;
  folder: string;
  udp?: boolean;
  env?: Readonly<Record<string, string>>;
}): Promise<Peer> {
  const { url, folder } = options;
  await mkdir(folder, { recursive: true });
  const input = [
    '-rtsp_transport',
    options.udp ? 'udp' : 'tcp',
    '-timeout',
    '5000000',
    '-fflags',
    '+genpts+discardcorrupt',
  ];
  const output = ['-f', 'segment', '-segment_time', '10', '-segment_format', 'mp4', '-reset_timestamps', '1'];
  const args = ['-v', 'error', '-y', ...input, '-i', url, '-c', 'copy', ...output, '-strftime', '1'];
  let stopping = false;
  let child: ChildProcess | undefined;
  let starts = 0;
  const living = (async () => {
    while (!stopping) {
      starts++;
      child = spawn('ffmpeg', [...args, join(folder, '%Y%m%d-%H%M%S.mp4')], {
        stdio: ['pipe', 'ignore', 'ignore'],
        env: { ...process.env, TZ: 'UTC', ...options.env },
      });
      // A `q` that comes when it has just ended has nobody to reach.
      child.stdin?.on('error', () => undefined);
      await once(child, 'exit');
      if (!stopping) await sleep(RESTART_MS);
    }
  })();
  return {
    get pid() {
      return child?.exitCode === null && child.signalCode === null ? child.pid : undefined;
    },
    get starts() {
      return starts;
    },
    async stop() {
      stopping = true;
      child?.stdin?.write('q');
      const killer = setTimeout(() => child?.kill('SIGKILL'), PATIENCE_MS);
      await living;
      clearTimeout(killer);
    },
    async marks(frameMs) {
      const marks: Mark[] = [];
      for (const name of readdirSync(folder).toSorted()) {
        const file = new Uint8Array(readFileSync(join(folder, name)));
        if (hasMovie(file)) marks.push(...(await readMovie(file, frameMs)));
      }
      return marks;
    },
  };
}
