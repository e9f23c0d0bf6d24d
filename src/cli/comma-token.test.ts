import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { UserError } from '../base/errors.ts';
import { apiServer } from '../sources/openpilot/files/api/server.ts';
import { ApiToken } from '../sources/openpilot/files/api/token.ts';
import { TokenStore } from '../sources/openpilot/files/api/token-store.ts';
import { commaToken } from './comma-token.ts';

const comma = apiServer('comma');
const konik = apiServer('konik');
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-token-'));
});
after(() => rm(folder, { recursive: true, force: true }));
const words = async (...input: Parameters<typeof commaToken>) => (await commaToken(...input))?.reveal() ?? null;

test('the nearest place wins: argument, file, variable, what was stored', async () => {
  const env = { XDG_CONFIG_HOME: join(folder, 'order'), VIDETTE_COMMA_TOKEN: 'of-variable' };
  const file = join(folder, 'token');
  await writeFile(file, 'of-file\nanother line\n');
  const store = TokenStore.of(env);
  await store.keep(comma, ApiToken.read('of-store', 'x', 0), 'anna');
  assert.equal(await words(comma, { jwt: 'of-argument', tokenFile: file }, env), 'of-argument');
  assert.equal(await words(comma, { tokenFile: file }, env), 'of-file');
  assert.equal(await words(comma, {}, env), 'of-variable');
  assert.equal(await words(comma, {}, { ...env, VIDETTE_COMMA_TOKEN: '' }), 'of-store');
  assert.equal(await words(konik, {}, { ...env, VIDETTE_COMMA_TOKEN: '' }), null);
  await assert.rejects(
    words(comma, { tokenFile: join(folder, 'nothing') }, env),
    /token file cannot be read \(ENOENT\)/,
  );
});

test('the variable is for the server that was named, or for comma: a pasted address of another one does not get it', async () => {
  const env = { XDG_CONFIG_HOME: join(folder, 'none'), VIDETTE_COMMA_TOKEN: 'of-variable' };
  assert.equal(await words(konik, {}, env), null);
  assert.equal(await words(konik, { server: 'konik' }, env), 'of-variable');
  assert.equal(await words(apiServer('https://api.commadotai.com'), {}, env), 'of-variable');
  assert.equal(await words(apiServer('https://api.example.org'), {}, env), null);
  assert.equal(
    await words(apiServer('https://api.example.org'), { server: 'https://api.example.org/' }, env),
    'of-variable',
  );
});

test('a stored token is its owner’s alone, one for each service, and goes when it is asked to', async () => {
  const store = TokenStore.of({ XDG_CONFIG_HOME: join(folder, 'store') });
  await store.keep(comma, ApiToken.read('first', 'x', 0), null);
  await store.keep(apiServer('https://api.commadotai.com'), ApiToken.read('second', 'x', 0), null);
  await store.keep(konik, ApiToken.read('third', 'x', 0), 'joe');
  assert.equal((await store.find(comma, 0))?.reveal(), 'second', 'two origins of one service have one token');
  assert.equal((await stat(store.path)).mode & 0o777, 0o600);
  assert.equal((await stat(join(store.path, '..'))).mode & 0o777, 0o700);
  assert.deepEqual(await readdir(join(store.path, '..')), ['drive-accounts.json'], 'nothing is left beside it');
  assert.doesNotMatch(await readFile(store.path, 'utf8'), /first/);
  assert.equal(await store.forget(comma), true);
  assert.equal(await store.forget(comma), false);
  assert.equal(await store.find(comma, 0), null);
  assert.equal((await store.find(konik, 0))?.reveal(), 'third');
  assert.equal(await store.forget(konik), true);
  await assert.rejects(stat(store.path), { code: 'ENOENT' });
});

test('a file that others may read, or that is damaged, is refused without a word of it', async () => {
  const store = TokenStore.of({ XDG_CONFIG_HOME: join(folder, 'bad') });
  await store.keep(comma, ApiToken.read('hunter2', 'x', 0), null);
  await chmod(store.path, 0o644);
  const refused = (pattern: RegExp) => (error: unknown) =>
    error instanceof UserError &&
    pattern.test(error.message) &&
    !/hunter2/.test(error.message + error.remedy + error.stack);
  await assert.rejects(store.find(comma, 0), refused(/Others on this machine may read/));
  await writeFile(store.path, '{"tokens":{"https://api.comma.ai":"hunter2"', { mode: 0o600 });
  await chmod(store.path, 0o600);
  await assert.rejects(store.find(comma, 0), refused(/is damaged/));
});
