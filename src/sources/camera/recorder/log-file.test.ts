import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { logFile } from './log-file.ts';

test('lines are appended; a file that cannot be written is no reason to die', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vidette-log-'));
  try {
    const path = join(folder, 'logs', 'recorder.log');
    const write = logFile(path, (line) => assert.fail(line));
    write('one\n');
    write('two\n');
    assert.equal(readFileSync(path, 'utf8'), 'one\ntwo\n');
    chmodSync(path, 0o600);
    const lost: string[] = [];
    writeFileSync(join(folder, 'file'), '');
    const broken = logFile(join(folder, 'file', 'recorder.log'), (line) => lost.push(line));
    broken('three\n');
    broken('four\n');
    assert.match(lost[0] ?? '', /cannot be written: .*\nthree\n$/);
    assert.equal(lost[1], 'four\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
