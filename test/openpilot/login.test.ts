/**
 * `vidette login comma` as a person types it: the token is asked for without being shown, checked, stored for its owner alone, and sent to
 * the one server only.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { projectRoot } from '../house/imports.ts';
import { FakeApi } from './api-server.ts';

const CANARY = `eyJhbGciOiJIUzI1NiJ9.${randomBytes(24).toString('base64url')}.${randomBytes(24).toString('base64url')}`;
const CLI = join(projectRoot, 'bin/vidette.js');
let api: FakeApi;
let folder = '';

before(async () => {
  api = await FakeApi.start(CANARY, {});
  folder = await mkdtemp(join(tmpdir(), 'vidette-login-'));
});
after(async () => {
  await api[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Runs it with something piped in; what it says on both ways. */
function run(command: string, args: readonly string[], input: string): Promise<{ code: number | null; text: string }> {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, XDG_CONFIG_HOME: join(folder, 'config'), VIDETTE_DATA: join(folder, 'data') },
  });
  let text = '';
  let asked = false;
  for (const out of [child.stdout, child.stderr])
    out.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      // On a terminal it is typed when it is asked for.
      if (command !== 'script' || asked || !text.includes('Token (it is not shown): ')) return;
      asked = true;
      child.stdin.write(input);
    });
  if (command !== 'script') child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, text }));
  });
}
const store = (): string => join(folder, 'config', 'vidette', 'drive-accounts.json');

test('piped in: checked, stored with 0600, never printed; and logged out again', async () => {
  const { code, text } = await run(process.execPath, [CLI, 'login', 'comma', '--server', api.url], `JWT ${CANARY}\n`);
  assert.equal(code, 0, text);
  assert.match(text, /^Signed in at 127\.0\.0\.1:\d+ as driver@example\.org\./);
  assert.ok(!text.includes(CANARY));
  assert.equal((await stat(store())).mode & 0o777, 0o600);
  assert.ok((await readFile(store(), 'utf8')).includes(CANARY));
  assert.deepEqual(
    api.heard.map(({ at, headers }) => [at, headers.authorization]),
    [['api', `JWT ${CANARY}`]],
  );
  const gone = await run(process.execPath, [CLI, 'logout', 'comma', '--server', api.url], '');
  assert.equal(gone.code, 0, gone.text);
  assert.ok(!existsSync(store()));
  const again = await run(process.execPath, [CLI, 'logout', 'comma', '--server', api.url], '');
  assert.equal(again.code, 1);
  assert.match(again.text, /No token .* is stored/);
});

test('on a terminal nothing of it is shown', async () => {
  const line = `${process.execPath} ${CLI} login comma --server ${api.url}`;
  const { code, text } = await run('script', ['-qec', line, '/dev/null'], `${CANARY}\r`);
  assert.equal(code, 0, text);
  assert.match(text, /Token \(it is not shown\): \r\nSigned in at/);
  for (const word of CANARY.split('.')) assert.ok(!text.includes(word));
});

test('from a file; and a token that the server does not accept is not stored', async () => {
  await rm(store(), { force: true });
  const file = join(folder, 'token.txt');
  await writeFile(file, `${CANARY}\nsecond line\n`);
  const good = await run(
    process.execPath,
    [CLI, 'login', 'comma', '--server', api.url, '--token-file', file, '--json'],
    '',
  );
  assert.equal(good.code, 0, good.text);
  assert.equal(JSON.parse(good.text).account, 'driver@example.org');
  await rm(store());
  const bad = await run(process.execPath, [CLI, 'login', 'comma', '--server', api.url], 'eyJ.wrong.token');
  assert.equal(bad.code, 1);
  assert.match(bad.text, /does not accept the token/);
  assert.ok(!bad.text.includes('wrong'));
  assert.ok(!existsSync(store()));
  const other = await run(process.execPath, [CLI, 'login', 'nobody'], '');
  assert.match(other.text, /“nobody” is not an account that Vidette knows/);
  assert.equal(other.code, 2);
});
