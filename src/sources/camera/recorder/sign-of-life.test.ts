import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { HoldOrder } from './hold-order.ts';
import { type SignFile, SignOfLife, signFile } from './sign-of-life.ts';

const T = Date.parse('2026-11-21T18:00:00Z');
const HOUR = 3_600_000;

class Kept implements SignFile {
  text: string | undefined;
  boot: string | undefined = 'first';
  writes = 0;
  read = async (): Promise<string | undefined> => this.text;
  async write(text: string): Promise<void> {
    this.writes++;
    this.text = text;
  }
  bootId = async (): Promise<string | undefined> => this.boot;
}

async function lived(kept: Kept, until: number): Promise<void> {
  const sign = new SignOfLife(kept);
  await sign.start();
  for (let second = 0; second <= 30; second++) await sign.sign(until - 30_000 + second * 1000, second * 1000);
}

test('after the machine was started anew, a clock behind the last sign of life is waited for, a minute at most', async () => {
  const kept = new Kept();
  await lived(kept, T);
  assert.equal(kept.writes, 4, 'not with each tick');
  kept.boot = 'second';
  const notBefore = await new SignOfLife(kept).start();
  const hold = new HoldOrder();
  hold.watchClock(T - HOUR, 500, notBefore);
  assert.match(hold.reason ?? '', /clock/);
  hold.watchClock(T + 40_000, 8000, notBefore);
  assert.equal(hold.reason, null, 'the network has set it');
  hold.watchClock(T - HOUR, 59_000, notBefore);
  assert.notEqual(hold.reason, null);
  hold.watchClock(T - HOUR, 61_000, notBefore);
  assert.equal(hold.reason, null, 'a wrong time is better than no footage');
});

test('a clock that goes on is right, and so is one that was set back while the machine ran', async () => {
  const kept = new Kept();
  await lived(kept, T);
  const hold = new HoldOrder();
  hold.watchClock(T - HOUR, 500, await new SignOfLife(kept).start());
  assert.equal(hold.reason, null, 'somebody has set it: the machine was not started anew');
  kept.boot = 'second';
  hold.watchClock(T + 5000, 500, await new SignOfLife(kept).start());
  assert.equal(hold.reason, null);
});

test('a damaged sign, none, or no id of the start: nothing is known', async () => {
  for (const [text, boot] of [
    [undefined, 'b'],
    ['{"boot":"a","at"', 'b'],
    ['{"boot":"a","at":"soon"}', 'b'],
    [`{"boot":"a","at":${T}}`, undefined],
  ] as const) {
    const kept = new Kept();
    kept.text = text;
    kept.boot = boot;
    const sign = new SignOfLife(kept);
    assert.equal(await sign.start(), undefined);
    await sign.sign(T, 0);
    assert.equal(kept.writes, boot === undefined ? 0 : 1);
  }
});

test('in a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-sign-'));
  try {
    const file = signFile(join(folder, 'alive-x.json'));
    assert.equal(await file.read(), undefined);
    await file.write('one');
    await file.write('two');
    assert.equal(await file.read(), 'two');
    assert.deepEqual(await readdir(folder), ['alive-x.json']);
    assert.match((await file.bootId()) ?? '', /^[0-9a-f-]{36}$/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
