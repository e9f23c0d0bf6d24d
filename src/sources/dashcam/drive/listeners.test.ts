import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '../../../base/log.ts';
import type { Stored } from './drive.ts';
import { Listeners } from './listeners.ts';

const stored = (drive: string): Stored => ({
  line: { kind: 'harvest', at: '2026-03-01T00:00:00.000Z', drive, stored: 1, copies: 0, bytes: 1, failed: 0 },
});

test('a listener that fails does not keep the others from hearing it', () => {
  const lines: string[] = [];
  const heard: Stored[] = [];
  const listeners = new Listeners(createLog((line) => lines.push(line)));
  listeners.subscribe(() => {
    throw new Error('no');
  });
  const end = listeners.subscribe((one) => heard.push(one));
  listeners.tell(stored('a'));
  listeners.tell(stored('b'));
  end();
  listeners.tell(stored('c'));
  assert.deepEqual(heard, [stored('a'), stored('b')]);
  assert.equal(lines.length, 3);
});
