/** For benches that set a clip beside FFmpeg's own program: what each costs, and whether the bar holds. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export const CLI = fileURLToPath(new URL('../src/cli/vidette.ts', import.meta.url));

export interface Cost {
  /** Seconds. */
  readonly wall: number;
  /** Seconds of all processes. */
  readonly cpu: number;
}

/** How a clip was coded, as `vidette clip --json` says. */
export const Coding = z.object({
  /** Bits a second. */
  bitrate: z.number(),
  passes: z.number(),
  firstPass: z.object({ width: z.number(), height: z.number() }),
});

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Tells whether a bar holds; one that does not makes the bench fail. */
export function judge(good: boolean, line: string): void {
  say(`${good ? '✔' : '✖'} ${line}`);
  if (!good) process.exitCode = 1;
}

export const two = (value: number): string => value.toFixed(2);
export const middle = (list: readonly number[]): number =>
  [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN;

/**
 * Runs a program to its end; what its children cost counts.
 * @param folder that it runs in @param watch called with its process a few times a second @throws Error when it fails
 */
export async function timed(
  folder: string,
  command: string,
  args: readonly string[],
  watch?: (pid: number) => void,
): Promise<Cost & { readonly out: string }> {
  // The shell's own account includes all that it waited for.
  const child = spawn('bash', ['-c', 'TIMEFORMAT="%R %U %S"; time "$0" "$@"', command, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = watch && setInterval(() => watch(child.pid ?? 0), 200);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${err.slice(-2000)}`);
  const [wall = 0, user = 0, system = 0] = (err.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { wall, cpu: user + system, out };
}

/** FFmpeg's passes, one after the other, as low as Vidette puts its own work behind recording: wall times would mean nothing beside other load. */
export async function ffmpegPasses(folder: string, passes: readonly (readonly string[])[]): Promise<Cost> {
  let [wall, cpu] = [0, 0];
  for (const pass of passes) {
    const cost = await timed(folder, 'nice', ['-n', '5', 'ffmpeg', '-v', 'error', '-nostdin', '-y', ...pass]);
    wall += cost.wall;
    cpu += cost.cpu;
  }
  return { wall, cpu };
}
