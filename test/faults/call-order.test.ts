/**
 * The calls that really reach the kernel, and their order (DESIGN, invariant 2).
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { entry } from '../../src/base/entry.ts';

/** Why it cannot run here, or undefined. In CI it has to. */
function obstacle(): string | undefined {
  if (process.env.CI) return undefined;
  const { error, status } = spawnSync('strace', ['-qq', '-e', 'trace=none', 'true'], { stdio: 'ignore' });
  if (error) return 'strace is not installed';
  return status === 0 ? undefined : 'strace may not trace here';
}

const why = obstacle();

test('invariant 2: write, fdatasync, link, fsync of the folder, report, unlink: as the kernel sees it', {
  skip: why ?? false,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'vidette-calls-'));
  try {
    const trace = join(folder, 'trace');
    const calls = 'trace=write,writev,pwrite64,fdatasync,fsync,link,linkat,rename,renameat,renameat2,unlink,unlinkat';
    const library = join(folder, 'library');
    execFileSync('mkdir', [library]);
    execFileSync('strace', [
      '-f',
      '-y',
      '-qq',
      '-e',
      calls,
      '-o',
      trace,
      process.execPath,
      entry(import.meta.url, './one-segment.main'),
      library,
    ]);
    const lines = readFileSync(trace, 'utf8').split('\n');
    const at = (what: RegExp, last = false): number => {
      const found = last ? lines.findLastIndex((line) => what.test(line)) : lines.findIndex((line) => what.test(line));
      assert.ok(found >= 0, `no call like ${what}`);
      return found;
    };
    const steps = [
      ['the index is written', at(/p?writev?(64)?\(\d+<.*\.part>/, true)],
      ['the file is synced', at(/fdatasync\(\d+<.*\.part>/, true)],
      ['it is linked', at(/link(at)?\(.*\.part".*\.mp4"/)],
      ['its folder is synced', at(/fsync\(\d+<.*\/front-door\/main\/[^/]+\/\d\d>/, true)],
      ['it is reported', at(/write\(\d+<.*\/report>/)],
      ['the part is unlinked', at(/unlink(at)?\(.*\.part"/)],
    ] as const;
    const names = steps.map(([name]) => name);
    assert.deepEqual(
      names,
      [...steps].sort((a, b) => a[1] - b[1]).map(([name]) => name),
    );
    for (const parent of ['spool/front-door/main', 'front-door/main', 'front-door'])
      assert.ok(
        at(new RegExp(`fsync\\(\\d+<.*/library/${parent}>`)) < at(/write\(\d+<.*\/report>/),
        `${parent} is synced before the report`,
      );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
