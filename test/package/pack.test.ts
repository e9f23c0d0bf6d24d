/** The packed tarball, installed globally into an empty prefix, records. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { routes } from '../../src/contract/routes.ts';
import { projectRoot } from '../house/imports.ts';
import { startVidette, untilFound } from '../system/vidette.ts';

const run = promisify(execFile);
/** The Node and npm of the machine, not the pinned ones: that is what a person has. */
const path = (process.env.PATH ?? '')
  .split(':')
  .filter((folder) => !folder.includes('node_modules'))
  .join(':');
const env = {
  ...process.env,
  PATH: path,
  npm_config_fund: 'false',
  npm_config_audit: 'false',
  npm_config_prefix: undefined,
};

let prefix = '';
before(async () => {
  prefix = await mkdtemp(join(tmpdir(), 'vidette-prefix-'));
});
after(() => rm(prefix, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

test('npm pack, install globally into an empty prefix, record the demo camera with it', async () => {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', prefix], {
    cwd: projectRoot,
    env,
    maxBuffer: 50_000_000,
  });
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ filename: string; files: { path: string }[] }];
  const files = packed.files.map((file) => file.path);
  for (const wanted of [
    'bin/vidette.js',
    'dist/cli/vidette.js',
    'dist/hub/hub.js',
    'dist/sources/dashcam/car-page/page/index.html',
    'web/dist/index.html',
    'LICENSE',
    'README.md',
  ])
    assert.ok(files.includes(wanted), `${wanted} is not in the package`);
  for (const file of files) assert.doesNotMatch(file, /^(src|test|data|node_modules|\.)|\.test\./, file);

  await run(
    'npm',
    ['install', '--global', '--prefix', prefix, '--ignore-scripts', '--prefer-offline', join(prefix, packed.filename)],
    { env, maxBuffer: 50_000_000 },
  );
  const program = join(prefix, 'bin', 'vidette');
  const { stdout: version } = await run(program, ['--version'], { env });
  assert.match(version, /^\d+\.\d+\.\d+\n$/);

  await using system = await startVidette({ command: [program], args: [] });
  const page = await (await fetch(`${system.url}/`)).text();
  assert.match(page, /<title>[^<]*Vidette/);
  const api = await system.api();
  const camera = await untilFound(async () => {
    const [first] = await api.call(routes.listCameras, {});
    return first?.state.status === 'recording' && (first.state.fps ?? 0) > 1 ? first : undefined;
  }, 40_000);
  assert.equal(camera.demo, true);
  // Each recorder has a spool of its own.
  const spool = join(system.data, 'library', 'spool');
  await untilFound(
    async () =>
      existsSync(spool) && (await readdir(spool, { recursive: true })).some((name) => /\/main\/.*\.part$/.test(name))
        ? true
        : undefined,
    20_000,
  );
});
