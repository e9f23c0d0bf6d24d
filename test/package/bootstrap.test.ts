/** The bootstrap before anything is installed, with an npm that only counts. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { projectRoot } from '../house/imports.ts';

const run = promisify(execFile);

test('two commands at once install once, and after that none does, without npm at all', async () => {
  const root = await mkdtemp(join(tmpdir(), 'vidette-bootstrap-'));
  try {
    for (const folder of ['bin', 'src', 'web', 'tools', 'node_modules']) await mkdir(join(root, folder));
    for (const file of ['bin/bootstrap.js', 'package.json', 'package-lock.json', 'web/package.json'])
      await copyFile(join(projectRoot, file), join(root, file));
    const npm = join(root, 'tools', 'npm');
    await writeFile(npm, `#!/bin/sh\necho "$@" >> '${root}/calls'\nsleep 1\n`);
    await chmod(npm, 0o755);
    const install = async (what: string, path: string): Promise<string> => {
      const script = `import(${JSON.stringify(join(root, 'bin/bootstrap.js'))}).then((b) => b.ensureInstalled('${what}'))`;
      const { stderr } = await run(process.execPath, ['-e', script], { env: { ...process.env, PATH: path } });
      return stderr;
    };
    const tools = `${join(root, 'tools')}:${process.env.PATH}`;
    const said = await Promise.all([install('run', tools), install('run', tools)]);
    const calls = async (): Promise<string[]> => (await readFile(join(root, 'calls'), 'utf8')).trim().split('\n');
    assert.equal((await calls()).length, 1, 'npm was called once');
    assert.match((await calls())[0] ?? '', /^ci --ignore-scripts .*--omit=dev$/);
    const both = said.join('');
    assert.match(both, /Installing \d+ packages from npm \(about \d+ MB/);
    assert.match(both, /is preparing this checkout; waiting for it/);

    assert.equal(await install('run', '/nowhere'), '', 'nothing is said or called when all is there');
    await install('all', tools);
    assert.equal((await calls()).length, 2);
    assert.equal(await install('run', '/nowhere'), '');
    const left = (await readdir(root)).filter((name) => name.startsWith('.vidette'));
    assert.deepEqual(left, [], 'no lock stays behind');
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
