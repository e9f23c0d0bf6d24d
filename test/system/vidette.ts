/** Vidette itself, as `npm start` runs it: supervisor, hub, PostgreSQL, recorder, worker. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from '../../src/contract/client.ts';
import { routes } from '../../src/contract/routes.ts';
import { projectRoot } from '../house/imports.ts';

export interface StartOptions {
  /** Beside VIDETTE_DATA and VIDETTE_PORT, which are set here. */
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of `serve`; by default `--no-demo`. */
  readonly args?: readonly string[];
  /** An earlier data folder; it is then not removed at the end. */
  readonly data?: string;
  readonly port?: number;
  /** The command before `serve`; by default this checkout's. */
  readonly command?: readonly string[];
}

export interface System extends AsyncDisposable {
  readonly url: string;
  readonly data: string;
  /** The first sign-in link that it printed. */
  readonly link: string;
  /** What it has printed so far. */
  readonly output: () => string;
  /** Signed in as admin with an API token. Made at first use, from the sign-in link. */
  api(): Promise<Client>;
  /** The API token that {@link api} uses, for plain fetches. */
  token(): Promise<string>;
  /** Process ids by role; only those that run now. */
  pids(): Promise<Partial<Record<Role, number>>>;
  readonly supervisor: ChildProcess;
  stop(): Promise<void>;
}

export type Role = 'supervisor' | 'hub' | 'postgres' | 'recorder' | 'worker' | 'demo';

export async function startVidette(options: StartOptions = {}): Promise<System> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'vidette-system-')));
  // As root, PostgreSQL runs as another user, who must be able to enter.
  await chmod(data, 0o755);
  const [program = process.execPath, ...before] = options.command ?? [
    process.execPath,
    join(projectRoot, 'bin/vidette.js'),
  ];
  const supervisor = spawn(program, [...before, 'serve', ...(options.args ?? ['--no-demo'])], {
    env: { ...process.env, VIDETTE_DATA: data, VIDETTE_PORT: String(options.port ?? 0), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [supervisor.stdout, supervisor.stderr])
    stream?.setEncoding('utf8').on('data', (piece: string) => {
      text = (text + piece).slice(-500_000);
    });
  const stop = async (): Promise<void> => {
    if (supervisor.exitCode === null && supervisor.signalCode === null) {
      const gone = new Promise((resolve) => supervisor.once('exit', resolve));
      supervisor.kill('SIGTERM');
      const killer = setTimeout(() => supervisor.kill('SIGKILL'), 30_000);
      await gone;
      clearTimeout(killer);
    }
  };
  const link = await untilFound(
    () => /https?:\/\/\S+\/sign-in#\S+/.exec(text)?.[0],
    90_000,
    () => {
      if (supervisor.exitCode !== null)
        throw new Error(`vidette serve ended with code ${supervisor.exitCode}:\n${text.slice(-4000)}`);
    },
  ).catch(async (error: unknown) => {
    await stop();
    throw new Error(`no sign-in link was printed:\n${text.slice(-4000)}`, { cause: error });
  });
  const url = link.slice(0, link.indexOf('/sign-in'));
  let token: Promise<string> | undefined;
  const system: System = {
    url,
    data,
    link,
    supervisor,
    output: () => text,
    token: () => (token ??= makeToken(url, link)),
    async api() {
      return createClient({ base: url, token: await system.token() });
    },
    async pids() {
      const found: Partial<Record<Role, number>> = {};
      if (supervisor.pid !== undefined && supervisor.exitCode === null && supervisor.signalCode === null)
        found.supervisor = supervisor.pid;
      const lock = await readJson(join(data, 'hub.lock'));
      if (typeof lock?.pid === 'number' && (await isAlive(lock.pid))) found.hub = lock.pid;
      const postmaster = Number(
        (await readFile(join(data, 'postgres', 'cluster', 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0],
      );
      if (postmaster > 0 && (await isAlive(postmaster))) found.postgres = postmaster;
      for (const role of ['recorder', 'worker', 'demo'] as const) {
        const record = await readJson(join(data, 'run', `${role}.json`));
        if (typeof record?.pid === 'number' && (await isAlive(record.pid))) found[role] = record.pid;
      }
      return found;
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      if (options.data === undefined) await rm(data, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
  return system;
}

/** Redeems the sign-in link, chooses name and password, and makes an API token. */
async function makeToken(url: string, link: string): Promise<string> {
  const origin = new URL(url).origin;
  const entered = await fetch(`${url}${routes.redeemLink.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: JSON.stringify({ code: link.slice(link.indexOf('#') + 1) }),
  });
  if (!entered.ok) throw new Error(`the sign-in link was refused: ${entered.status} ${await entered.text()}`);
  const cookie = entered.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const made = await fetch(`${url}${routes.createToken.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin, cookie },
    body: JSON.stringify({ name: 'test', scope: 'api' }),
  });
  if (!made.ok) throw new Error(`no token was made: ${made.status} ${await made.text()}`);
  return routes.createToken.response.parse(await made.json()).secret;
}

/** Asks again each 50 ms until there is an answer. */
export async function untilFound<T>(
  find: () => T | undefined | Promise<T | undefined>,
  withinMs: number,
  check: () => void = () => undefined,
): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    check();
    if (performance.now() > until) throw new Error(`not within ${withinMs} ms`);
    await sleep(50);
  }
}

async function readJson(path: string): Promise<Record<string, unknown> | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      return undefined;
    throw error;
  }
}

async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat !== '' && stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
}

/** All processes that have `data` in their command line or working folder, and their descendants: for killing everything at once. */
export async function allProcessesOf(roots: readonly number[]): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    if (stat !== '') parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
  }
  const found = new Set(roots);
  for (let grew = true; grew; ) {
    grew = false;
    for (const [pid, parent] of parents)
      if (found.has(parent) && !found.has(pid)) {
        found.add(pid);
        grew = true;
      }
  }
  return [...found];
}
