/**
 * What every command does first. Plain JavaScript that Node 20 can run: installs Vidette's dependencies when the lock
 * file has changed, and hands over to the Node 24 that is among them.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** A checkout runs TypeScript from `src/`; a package holds `dist/` only. */
export const isCheckout = existsSync(join(root, 'src'));

const installed = join(root, 'node_modules', '.vidette-installed');

/** @returns {never} */
export function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** Ends the process with one clear sentence where Vidette cannot run. */
export function checkMachine() {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major < 20)
    fail(
      `Vidette needs Node 20 or newer to start; this is Node ${process.versions.node}. Install a newer one from https://nodejs.org.`,
    );
  const here = `${process.platform} on ${process.arch}`;
  if (process.platform === 'linux' && process.arch === 'arm')
    fail(
      'This is a 32-bit ARM system, which is not supported: a Raspberry Pi Zero W (armv6) cannot run Vidette. Use a Zero 2 W or newer, with a 64-bit system.',
    );
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch))
    fail(
      `Vidette runs on Linux, x64 or arm64; this is ${here}. On another system, run it in a Linux virtual machine or container.`,
    );
  if (process.report.getReport().header.glibcVersionRuntime === undefined)
    fail(
      'Vidette needs a Linux with glibc (Debian, Ubuntu, Fedora, …); this one has another C library (Alpine’s musl?).',
    );
}

/**
 * Installs what the lock file names, once per lock file.
 * @param {'run' | 'all'} what `all` adds what the checks and tests need
 */
export function ensureInstalled(what) {
  if (!isCheckout) return;
  const lock = createHash('sha256');
  for (const file of ['package.json', 'package-lock.json', 'web/package.json'])
    lock.update(readFileSync(join(root, file)));
  const wanted = lock.digest('hex');
  const state = () => {
    const [have, level] = existsSync(installed) ? readFileSync(installed, 'utf8').trim().split(' ') : [];
    return { level, done: have === wanted && (level === 'all' || level === what) };
  };
  if (state().done) return;
  const release = lockCheckout();
  try {
    // Another command may have done it while this one waited.
    const { level, done: ready } = state();
    if (ready) return;
    // Who once ran the tests keeps what they need.
    if (level === 'all') what = 'all';
    const { count, megabytes } = downloadSize(what);
    process.stderr.write(
      `Installing ${count} packages from npm (about ${megabytes} MB to download; Node 24, PostgreSQL and FFmpeg's codecs are among them) …\n`,
    );
    const started = Date.now();
    const args = [
      'ci',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      ...(what === 'run' ? ['--omit=dev'] : []),
    ];
    const done = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2] });
    if (done.error)
      fail(`npm could not be started (${done.error.message}). Vidette needs the npm that comes with Node.`);
    if (done.status !== 0)
      fail('The installation failed; npm says above why. It is safe to run the same command again.');
    writeFileSync(installed, `${wanted} ${what}\n`);
    process.stderr.write(`Installed in ${Math.round((Date.now() - started) / 1000)} s.\n`);
  } finally {
    release();
  }
}

/** What an installation downloads, from the figures in package.json and the lock file. */
function downloadSize(what) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const { vidette } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const fits = (entry) =>
    (!entry.os || entry.os.includes('linux')) &&
    (!entry.cpu || entry.cpu.includes(process.arch)) &&
    !(entry.libc && !entry.libc.includes('glibc'));
  const count = Object.entries(lock.packages).filter(
    ([path, entry]) => path.startsWith('node_modules/') && !entry.link && fits(entry) && (what === 'all' || !entry.dev),
  ).length;
  return { count, megabytes: vidette.downloadMegabytes[what] };
}

/** Two commands started at once must not install or build at once. */
function lockCheckout() {
  const path = join(root, '.vidette-installing');
  // Written beside it and linked, so that whoever finds it finds the number in it too.
  const mine = `${path}.${process.pid}`;
  try {
    writeFileSync(mine, String(process.pid));
  } catch (error) {
    fail(`Vidette cannot prepare its checkout: ${root} cannot be written (${error.code ?? error.message}).`);
  }
  let waiting = false;
  for (;;) {
    try {
      linkSync(mine, path);
      rmSync(mine, { force: true });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') {
        rmSync(mine, { force: true });
        fail(`Vidette cannot prepare its checkout in ${root}: ${error.message}`);
      }
    }
    const owner = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
    // In a container the numbers begin anew at each start, and the dead owner's may be this process's own.
    if (!owner || owner === process.pid || !existsSync(`/proc/${owner}`)) rmSync(path, { force: true });
    else {
      if (!waiting)
        process.stderr.write(`Another command (process ${owner}) is preparing this checkout; waiting for it …\n`);
      waiting = true;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    }
  }
}

/** Path of the pinned Node 24. */
export function pinnedNode() {
  const name = `node-linux-${process.arch}`;
  try {
    return join(dirname(createRequire(join(root, 'package.json')).resolve(`${name}/package.json`)), 'bin', 'node');
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    return fail(`The package ${name} is missing. Install Vidette again, without --omit=optional.`);
  }
}

/** Builds the page when its sources are newer than what was built. */
export function ensurePage() {
  if (!isCheckout) return;
  const built = join(root, 'web', 'dist', 'index.html');
  const sources = ['web/src', 'web/index.html', 'web/public', 'web/vite.config.ts', 'src/contract'].map((path) =>
    newest(join(root, path)),
  );
  const isNew = () => existsSync(built) && statSync(built).mtimeMs >= Math.max(...sources);
  if (isNew()) return;
  const release = lockCheckout();
  try {
    // Another command may have built it while this one waited.
    if (!isNew()) buildPage();
  } finally {
    release();
  }
}

function buildPage() {
  const done = spawnSync(
    pinnedNode(),
    [join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'],
    {
      cwd: join(root, 'web'),
      stdio: ['ignore', 2, 2],
    },
  );
  if (done.status !== 0) fail('The page could not be built; the reason stands above.');
}

function newest(path) {
  if (!existsSync(path)) return 0;
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(found.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

/** The CLI as the pinned Node runs it. */
export function cliArguments() {
  return isCheckout ? [join(root, 'src', 'cli', 'vidette.ts')] : [join(root, 'dist', 'cli', 'vidette.js')];
}

/**
 * A hub runs for months. On a machine with much memory V8 lets what has just been made grow to hundreds of megabytes before it looks at it;
 * so it looks more often.
 */
const STEADY = ['--max-semi-space-size=16'];

/**
 * Where Node keeps what it has compiled of Vidette (https://nodejs.org/api/module.html#module-compile-cache): processes that are started
 * again, after a crash above all, begin in less than half of the time. May vanish at any time; where it cannot be written, there is none.
 */
function compiledFolder(serves) {
  if (serves) return join(resolve(process.env.VIDETTE_DATA || 'data'), 'cache', 'code');
  const { XDG_CACHE_HOME: cache = '', HOME: home = '' } = process.env;
  return cache === '' && home === '' ? undefined : join(cache || join(home, '.cache'), 'vidette', 'code');
}

/** Commands that must come back when they die: footage is being recorded. */
const LASTING = new Set(['serve', 'record', 'work', 'drive']);

/**
 * `-j TOKEN` of old habits: the token is taken out of the arguments, so that no child has it in its own, and out of this process's title.
 * The CLI reads it from the descriptor that takes its place.
 * @param {string[]} args
 * @returns {{ args: string[], token: string | undefined }}
 */
export function hideToken(args) {
  if (args.find((arg) => !arg.startsWith('-')) !== 'clip') return { args, token: undefined };
  let token;
  const left = [];
  for (let at = 0; at < args.length; at++) {
    const [, attached] = /^(?:-j(?!wt$)|--jwt=)(.+)$/s.exec(args[at]) ?? [];
    const apart = args[at] === '-j' || args[at] === '--jwt';
    if (args[at] === '--' || (!apart && attached === undefined) || (apart && args[at + 1] === undefined)) {
      left.push(args[at]);
      continue;
    }
    token = attached ?? args[++at];
    left.push('-j', 'fd:3');
  }
  if (token !== undefined) process.title = 'vidette clip';
  return { args: left, token };
}

/** Runs the CLI and takes its exit code; a lasting command that dies is started again. */
export function runCli(given) {
  const { args, token } = hideToken(given);
  const lasting =
    LASTING.has(args.find((arg) => !arg.startsWith('-')) ?? '') && !args.includes('--help') && !args.includes('-h');
  const env = { ...process.env };
  const compiled = compiledFolder(lasting && args.includes('serve'));
  if (compiled !== undefined) env.NODE_COMPILE_CACHE ??= compiled;
  let child;
  let stopping = false;
  let pause = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => {
      stopping = true;
      // Ctrl-C reaches the child by itself, as part of the same terminal group; a second signal does no harm.
      child?.kill(signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
    });
  const start = () => {
    const started = Date.now();
    child = spawn(pinnedNode(), [...(lasting ? STEADY : []), ...cliArguments(), ...args], {
      stdio: token === undefined ? 'inherit' : ['inherit', 'inherit', 'inherit', 'pipe'],
      env,
    });
    // A command that ends without reading it is no fault.
    child.stdio[3]?.on('error', () => undefined).end(token);
    child.on('error', (error) => fail(`Node 24 could not be started: ${error.message}`));
    child.on('exit', (code, signal) => {
      // 1 and 2 are the CLI's own words for "cannot be done"; anything else of a lasting command is a crash.
      const crashed = signal !== null || (code !== 0 && code !== 1 && code !== 2);
      if (!lasting || stopping || !crashed) {
        process.exitCode = code ?? 1;
        return;
      }
      // Footage is being lost: one that was well is started again at once.
      if (Date.now() - started > 4000) pause = 0;
      process.stderr.write(`vidette ${args[0]} ended (${signal ?? `code ${code}`}); starting it again.\n`);
      setTimeout(() => !stopping && start(), pause);
      pause = Math.min(Math.max(pause * 2, 200), 5000);
    });
  };
  start();
}

/** Runs one command of the pinned Node to its end; ends this process when it fails. */
export function step(title, args, options = {}) {
  if (!stepHolds(title, args, options)) fail(`✖ ${title}: not passed.`);
}

/** Runs a command like {@link step}. @returns whether it ended well */
export function stepHolds(title, args, options = {}) {
  const started = Date.now();
  process.stdout.write(`\n▶ ${title}\n`);
  return told(title, started, spawnSync(pinnedNode(), args, { cwd: root, stdio: 'inherit', ...options }).status);
}

function told(title, started, status) {
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? '✔' : '✖'} ${title}: ${seconds} s\n`);
  return status === 0;
}

/** Begins a command like {@link stepHolds}, beside others. @returns what waits for its end, prints what it said, and gives whether it ended well */
export function stepBeside(title, args) {
  const started = Date.now();
  const child = spawn(pinnedNode(), args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => said.push(part));
  const ended = new Promise((resolve) => child.on('close', resolve));
  return async () => {
    const status = await ended;
    process.stdout.write(`\n▶ ${title}\n`);
    for (const part of said) process.stdout.write(part);
    return told(title, started, status);
  };
}

export function makeFolder(path) {
  mkdirSync(path, { recursive: true });
}
