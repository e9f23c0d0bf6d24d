/** `-j TOKEN` of old habits: in the arguments of no child, nor any longer in those of the command itself. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../house/imports.ts';

const IMPORT = `import ${JSON.stringify(join(projectRoot, 'bin/bootstrap.js'))};`.replace(
  'import ',
  'import { hideToken } from ',
);

function hidden(...args: string[]): { args: string[]; token?: string } {
  const script = `${IMPORT} process.stdout.write(JSON.stringify(hideToken(${JSON.stringify(args)})));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

test('it is taken out of the arguments in every way in which it is written', () => {
  for (const given of [['-j', 'secret'], ['-jsecret'], ['--jwt', 'secret'], ['--jwt=secret']])
    assert.deepEqual(hidden('clip', 'route', ...given, '-s', '5'), {
      args: ['clip', 'route', '-j', 'fd:3', '-s', '5'],
      token: 'secret',
    });
});

test('other commands and arguments stay as they are', () => {
  for (const args of [
    ['clip', 'a', '--json'],
    ['clip', 'a', '-j'],
    ['camera', 'add', '-j', 'x'],
    ['clip', '--', '-x'],
    ['--help'],
    [],
  ])
    assert.deepEqual(hidden(...args), { args });
});

test('the command’s own line of arguments holds it no longer', async () => {
  const script = `${IMPORT} hideToken(['clip', '-j', 'x']); process.stdout.write('done'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, 'clip', '-j', 'canary-in-arguments'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    const line = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8');
    assert.match(line, /^vidette clip/);
    assert.doesNotMatch(line, /canary-in-arguments/);
  } finally {
    child.kill('SIGKILL');
  }
});
