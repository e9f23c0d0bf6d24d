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

test('a log does not grow for ever, and two writers of one file agree on which it is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vidette-log-'));
  try {
    const path = join(folder, 'recorder.log');
    const writers = [0, 1].map(() => logFile(path, (line) => assert.fail(line), 1000));
    for (let line = 0; line < 1000; line += 1) writers[line % 2]?.(`${String(line).padStart(9, '0')}\n`);
    const now = readFileSync(path, 'utf8');
    const before = readFileSync(`${path}.1`, 'utf8');
    assert.ok(now.length < 1200 && before.length < 1200);
    assert.match(now, /000000999\n$/);
    assert.equal((before + now).trim().split('\n').length, (before + now).length / 10);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
