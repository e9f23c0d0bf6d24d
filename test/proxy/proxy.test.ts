/** The recipes of docs/proxy.md against the real programs. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openTestHub } from '../hub/server.ts';
import { freePort, programPath, recipe, replaced, selfSigned } from './recipe.ts';
import { echoLive, everythingWorksThrough } from './through.ts';

const nginx = programPath('nginx');
const caddy = programPath('caddy');

/** In CI nginx is there, or the test fails; Caddy is tried where it is. */
const skipNginx =
  nginx !== undefined || process.env.CI ? false : 'nginx is not installed (apt-get install nginx-light)';
const skipCaddy = caddy !== undefined ? false : 'caddy is not installed (apt-get install caddy)';

for (const { title, path, proxied } of [
  { title: 'at the root of a name', path: '', proxied: 'location / {' },
  { title: 'below a path', path: '/cams', proxied: 'location /cams/ {' },
])
  test(`nginx ${title}: page, cookie, ranges, events, WebSocket`, { skip: skipNginx }, async () => {
    assert.ok(nginx, 'CI must install nginx');
    await inFolder(async (folder) => {
      const port = await freePort();
      const url = `https://localhost:${port}${path}`;
      const dist = join(folder, 'page');
      await using hub = await openTestHub({
        settings: { url: new URL(url), trustProxy: '127.0.0.1' },
        webDist: dist,
        before: echoLive,
      });
      const { cert, key } = await selfSigned(folder);
      const log = join(folder, 'access.log');
      const site = replaced(await recipe('nginx'), [
        ['listen 443 ssl', `listen 127.0.0.1:${port} ssl`],
        ['cameras.example.org', 'localhost'],
        ['/etc/ssl/vidette/fullchain.pem', cert],
        ['/etc/ssl/vidette/privkey.pem', key],
        ['/var/log/nginx/vidette.log', log],
        ['http://127.0.0.1:8040', hub.local],
        ['location / {', proxied],
      ]);
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((name) => `${name}_temp_path ${join(folder, name)};`)
        .join('\n');
      const file = join(folder, 'nginx.conf');
      await writeFile(
        file,
        `daemon off; master_process off; pid ${join(folder, 'pid')}; error_log stderr;
events { worker_connections 64; }
http { ${temporary}\n${site} }`,
      );
      await running(nginx, ['-p', folder, '-c', file], port, async () => {
        await everythingWorksThrough(hub, url, await readFile(cert), dist);
      });
      const logged = await readFile(log, 'utf8');
      assert.match(logged, new RegExp(`GET ${path}/api/events 200`));
    });
  });

test('Caddy: page, cookie, ranges, events, WebSocket', { skip: skipCaddy }, async () => {
  assert.ok(caddy);
  await inFolder(async (folder) => {
    const port = await freePort();
    const url = `https://localhost:${port}`;
    const dist = join(folder, 'page');
    await using hub = await openTestHub({
      settings: { url: new URL(url), trustProxy: '127.0.0.1' },
      webDist: dist,
      before: echoLive,
    });
    const { cert, key } = await selfSigned(folder);
    const site = replaced(await recipe('caddyfile'), [
      ['cameras.example.org {', `localhost:${port} {\n    tls ${cert} ${key}`],
      ['127.0.0.1:8040', hub.local.replace('http://', '')],
    ]);
    const file = join(folder, 'Caddyfile');
    await writeFile(file, `{\n    admin off\n    auto_https disable_redirects\n    grace_period 1s\n}\n${site}`);
    await running(
      caddy,
      ['run', '--config', file, '--adapter', 'caddyfile'],
      port,
      async () => everythingWorksThrough(hub, url, await readFile(cert), dist),
      { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    );
  });
});

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-proxy-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs a proxy for as long as `work` takes. */
async function running(
  program: string,
  args: readonly string[],
  port: number,
  work: () => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  const child: ChildProcess = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    said = (said + piece).slice(-20_000);
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  try {
    await untilListening(port, () => {
      if (child.exitCode !== null) throw new Error(`${program} ended:\n${said}`);
    });
    await work();
  } finally {
    child.kill('SIGTERM');
    await gone;
  }
}

async function untilListening(port: number, check: () => void): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    check();
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('close', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the proxy does not listen');
}
