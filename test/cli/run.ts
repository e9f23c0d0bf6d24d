/** Runs `vidette` to its end, with its output on pipes. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../house/imports.ts';

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with all that it has said so far, whenever it says more. */
  readonly onWords?: (words: string, kill: (signal: NodeJS.Signals) => void) => void;
}

export function vidette(args: readonly string[], options: RunOptions): Promise<Ran> {
  const { VIDETTE_URL: _url, VIDETTE_TOKEN: _token, ...env } = process.env;
  const child = spawn(process.execPath, [join(projectRoot, 'bin/vidette.js'), ...args], {
    cwd: options.cwd,
    env: { ...env, VIDETTE_DATA: join(options.cwd, 'data'), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  const heard = (): void => options.onWords?.(out + err, (signal) => child.kill(signal));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    heard();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    heard();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
}
