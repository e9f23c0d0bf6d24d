/**
 * `vidette clip ROUTE` of a private drive: the token, in whichever way it is given, goes to the API's own origin, and is in no argument or
 * environment of a child, no file, no output, and no request to the store.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { projectRoot } from '../house/imports.ts';
import { filesIn } from '../secrets/places.ts';
import { watchProcesses } from '../secrets/processes.ts';
import { type Place, search } from '../secrets/search.ts';
import { FakeApi } from './api-server.ts';
import { filmsCanBeMade, makeFilm, whyNoFilms } from './film.ts';
import { writeRoute } from './route.ts';
import { makeWorld } from './world.ts';

const LOG_ID = '0000001f--0a1b2c3d4e';
const CANARY = `eyJhbGciOiJIUzI1NiJ9.${randomBytes(24).toString('base64url')}.${randomBytes(24).toString('base64url')}`;
/** The parts of it: half of a token is half of a secret. */
const CANARIES = [CANARY, ...CANARY.split('.').slice(1)].map((value) => ({ name: 'token', value }));
const CLI = join(projectRoot, 'bin/vidette.js');
/** The commands that the person started themselves; what these start is a child. */
const isCommand = (line: string): boolean => /bin\/vidette\.js|cli\/vidette\.ts|^vidette clip/.test(line);

describe('the token of a clip', { skip: filmsCanBeMade ? false : whyNoFilms }, () => {
  let folder = '';
  let route = '';
  let api: FakeApi;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vidette-token-of-clip-'));
    const world = makeWorld();
    route = `${world.dongleId}|${LOG_ID}`;
    const made = await writeRoute({
      folder: join(folder, 'device'),
      world,
      minutes: 1,
      year: 2026,
      logId: LOG_ID,
      logs: () => ['qlog'],
    });
    const minute = made.segments[0] ?? '';
    makeFilm(join(minute, 'qcamera.ts'), { seconds: 12 });
    const files = {
      'qlog.zst': await readFile(join(minute, 'qlog.zst')),
      'qcamera.ts': await readFile(join(minute, 'qcamera.ts')),
    };
    api = await FakeApi.start(CANARY, { [route]: { public: false, minutes: { 0: files } } });
  });
  after(async () => {
    await api?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** Makes the clip, and looks everywhere. */
  async function clip(name: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
    api.forget();
    const home = join(folder, name);
    const out = join(home, 'clip.mp4');
    const watch = watchProcesses(home, isCommand);
    const child = spawn(
      process.execPath,
      [CLI, 'clip', route, '-s', '2', '-l', '3', '-m', '0.6', '-o', out, '--server', api.url, ...args],
      { env: { ...process.env, VIDETTE_DATA: home, TMPDIR: folder, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
    const code = await new Promise((resolve) => child.once('close', resolve));
    watch.stop();
    assert.equal(code, 0, text);
    assert.ok((await stat(out)).size <= 600_000);
    assert.ok(
      [...watch.own].some((line) => line.includes('render.main')),
      `the process that draws was watched:\n${[...watch.own].join('\n')}`,
    );
    const toApi = api.heard.filter(({ at }) => at === 'api');
    assert.ok(
      toApi.length > 0 && toApi.every(({ headers }) => headers.authorization === `JWT ${CANARY}`),
      'it was sent to the API',
    );
    const requests = api.heard.map(({ at, url, headers }): Place => {
      const { authorization, ...others } = headers;
      return {
        where: `request to the ${at}`,
        content: JSON.stringify(at === 'api' ? [url, others] : [url, others, authorization ?? '']),
      };
    });
    // What the person typed is on their own command's line; no child has it.
    const processes = watch
      .places()
      .filter(({ content }) => !isCommand(String(content).replace(/^\d+ /, '')) || !args.includes(CANARY));
    const files: Place[] = [];
    for await (const place of filesIn(home, 'data,', {})) files.push(place);
    assert.ok(files.length >= 3, 'the cache and the clip were searched');
    const [sent] = toApi;
    assert.equal(
      (await search(CANARIES, [{ where: 'where it belongs', content: JSON.stringify(sent?.headers) }])).length,
      3,
    );
    assert.deepEqual(
      await search(CANARIES, [{ where: 'output', content: text }, ...requests, ...processes, ...files]),
      [],
    );
    return text;
  }

  test('by VIDETTE_COMMA_TOKEN', async () => {
    await clip('variable', [], { VIDETTE_COMMA_TOKEN: CANARY });
  });

  test('by -j, which works, with a word against it', async () => {
    assert.match(
      await clip('argument', ['-j', CANARY], {}),
      /can be read by every user of this machine.*vidette login comma/s,
    );
  });

  test('by what vidette login comma stored', async () => {
    const config = join(folder, 'config');
    const file = join(folder, 'token');
    await writeFile(file, CANARY, { mode: 0o600 });
    const login = spawn(process.execPath, [CLI, 'login', 'comma', '--server', api.url, '--token-file', file], {
      env: { ...process.env, XDG_CONFIG_HOME: config },
      stdio: 'ignore',
    });
    assert.equal(await new Promise((resolve) => login.once('close', resolve)), 0);
    await clip('stored', [], { XDG_CONFIG_HOME: config });
  });

  test('without it, what to do is said', async () => {
    const child = spawn(process.execPath, [CLI, 'clip', route, '-s', '2', '-l', '3', '--server', api.url], {
      cwd: folder,
      env: { ...process.env, VIDETTE_DATA: join(folder, 'none'), XDG_CONFIG_HOME: join(folder, 'no-config') },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
    });
    assert.equal(await new Promise((resolve) => child.once('close', resolve)), 1);
    assert.match(text, /wants to know who asks for the drive .*“Public access”.*vidette login comma/s);
  });
});
