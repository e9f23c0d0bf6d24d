/** `vidette drive` from a checkout, with no settings of Node: it gives them to itself, under the number that it was started with. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { projectRoot } from '../house/imports.ts';
import { untilFound } from '../system/vidette.ts';

const BAR_KB = 120 * 1024;
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-lean-'));
});
after(() => rm(folder, { recursive: true, force: true }));

interface Started {
  readonly command: readonly string[];
  /** Of its memory, kB. */
  readonly peak: number;
}

async function run(flags: readonly string[], more: Readonly<Record<string, string>>): Promise<Started> {
  const { NODE_COMPILE_CACHE: _cache, ...env } = process.env;
  const images = ['--images', join(folder, 'images'), '--spool', join(folder, 'spool'), '--size', '16G', '--sparse'];
  const page = ['--host', '127.0.0.1', '--port', '0', '--floor', '1M'];
  const program = [...flags, join(projectRoot, 'src/cli/vidette.ts'), 'drive', ...images, ...page];
  const child = spawn(process.execPath, program, { env: { ...env, ...more }, stdio: ['ignore', 'ignore', 'pipe'] });
  const over = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let told = '';
  child.stderr.on('data', (piece: Buffer) => {
    told += piece.toString();
  });
  try {
    await untilFound(async () => {
      assert.equal(child.exitCode, null, told);
      return /The car’s page: http/.exec(told) ?? undefined;
    }, 120_000);
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
    const command = await readFile(`/proc/${child.pid}/cmdline`, 'utf8');
    return { command: command.split('\0'), peak: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) };
  } finally {
    child.kill('SIGTERM');
    assert.equal(await over, 0, told);
  }
}

test('a drive that is started plainly is lean, its compiled code is kept, and a unit that says how it is started is obeyed', async () => {
  for (let start = 0; start < 2; start += 1) {
    const { command, peak } = await run([], {});
    assert.ok(peak > 0 && peak < BAR_KB, `${peak} kB`);
    assert.deepEqual(
      [command.includes('--optimize-for-size'), command.filter((word) => word === 'drive').length],
      [true, 1],
    );
  }
  // One folder of code: what was compiled is of use to the process that runs.
  const code = await readdir(join(folder, 'drive-state', 'code'));
  assert.deepEqual([code.length, code.filter((name) => name.startsWith('of-')).length], [2, 1]);
  const { command: own } = await run(['--max-old-space-size=70'], {
    NODE_COMPILE_CACHE: join(folder, 'drive-state', 'code'),
  });
  assert.ok(own.includes('--max-old-space-size=70') && !own.includes('--optimize-for-size'));
});
