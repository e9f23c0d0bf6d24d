import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { entry } from '../../src/base/entry.ts';

test('a million segments: timelines, gaps, first bytes and a look of retention are right, and within five times their bars', async () => {
  const program = entry(import.meta.url, '../../bench/index');
  const child = spawn(process.execPath, [program, '--days', '7', '--requests', '40', '--keep-cache', '--slack', '5'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [code] = await once(child, 'close');
  assert.equal(code, 0, said);
  assert.match(said, /1005900 segments/);
});
