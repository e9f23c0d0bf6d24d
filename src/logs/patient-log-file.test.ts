import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { patientLogFile } from './patient-log-file.ts';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'vidette-log-'));
});
after(() => rmSync(folder, { recursive: true }));

async function untilSaid(path: string, end: string): Promise<string> {
  for (let tries = 0; tries < 500; tries += 1) {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    if (text.endsWith(end)) return text;
    await sleep(10);
  }
  return assert.fail(`${path} does not end in ${end}`);
}

test('a disk that stands still holds nobody up; what is too much is counted', async () => {
  // A pipe that nobody reads: opening it waits, as for a disk that does not answer.
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const write = patientLogFile(path, { fallback: (line) => assert.fail(line), mostWaiting: 1000 });
  const began = performance.now();
  write('first\n');
  await sleep(20);
  for (let line = 0; line < 200; line += 1) write(`${String(line).padStart(9, '0')}\n`);
  await sleep(20);
  assert.ok(performance.now() - began < 5000);
  const reader = await open(path, 'r');
  try {
    let text = '';
    while (!text.includes('left out')) text += (await reader.read({ buffer: Buffer.alloc(4096) })).buffer.toString();
    assert.match(text, /^first/);
    assert.match(text, /000000099\n/);
    assert.match(text, /"lines":100,/);
  } finally {
    await reader.close();
  }
});

test('lines are in order, the file is bounded, and two writers share it', async () => {
  const path = join(folder, 'logs', 'recorder.log');
  const options = { fallback: (line: string) => assert.fail(line), maxBytes: 1000 };
  const writers = [patientLogFile(path, options), patientLogFile(path, options)];
  for (let line = 0; line < 400; line += 1) {
    writers[line % 2]?.(`${String(line).padStart(9, '0')}\n`);
    if (line % 20 === 19) await untilSaid(path, '\n').then(() => sleep(5));
  }
  await sleep(50);
  const now = readFileSync(path, 'utf8');
  const before = readFileSync(`${path}.1`, 'utf8');
  assert.ok(now.length < 1400 && before.length < 1400, `${now.length} ${before.length}`);
  assert.match(now, /000000399\n/);
});

test('a file that cannot be written is no reason to die', async () => {
  const lost: string[] = [];
  writeFileSync(join(folder, 'file'), '');
  const write = patientLogFile(join(folder, 'file', 'recorder.log'), { fallback: (line) => lost.push(line) });
  write('three\n');
  for (let tries = 0; tries < 500 && lost.length === 0; tries += 1) await sleep(10);
  write('four\n');
  assert.match(lost[0] ?? '', /cannot be written: .*\nthree\n$/);
  assert.equal(lost[1], 'four\n');
});

test('what waits is written when the process ends', () => {
  const path = join(folder, 'end.log');
  const module = JSON.stringify(new URL('patient-log-file.ts', import.meta.url).href);
  const code = `const { patientLogFile } = await import(${module}); patientLogFile(${JSON.stringify(path)})('last words\\n'); process.exit(3);`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  assert.equal(status, 3, stderr);
  assert.equal(readFileSync(path, 'utf8'), 'last words\n');
});
