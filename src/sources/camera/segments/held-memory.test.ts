import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HeldMemory, type Holder, processBytes } from './held-memory.ts';

/** A writer that holds so many bytes for each second, and gives up a second at a time. */
class Seconds implements Holder {
  readonly held: { at: number; bytes: number }[] = [];
  readonly #memory: HeldMemory;

  constructor(memory: HeldMemory, track: string) {
    this.#memory = memory;
    memory.join(track, this);
  }
  get bytes(): number {
    return this.held.reduce((sum, { bytes }) => sum + bytes, 0);
  }
  get heldSince(): number | undefined {
    return this.held[0]?.at;
  }
  dropOldest(): boolean {
    const dropped = this.held.shift() !== undefined;
    this.#memory.set(this, this.bytes);
    return dropped;
  }
  add(at: number, bytes: number): void {
    this.held.push({ at, bytes });
    this.#memory.set(this, this.bytes);
    this.#memory.bound(this);
  }
}

test('neither a track nor the process ever holds more than it may, and a track below its share loses nothing', () => {
  const rates = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(rates, fc.integer({ min: 1, max: 80 }), (perSecond, seconds) => {
      const memory = new HeldMemory({ perTrack: 500, total: 1500 });
      const holders = perSecond.map((_, at) => new Seconds(memory, `camera ${at}`));
      for (let second = 0; second < seconds; second += 1)
        for (const [at, holder] of holders.entries()) holder.add(second, perSecond[at] ?? 1);
      const sum = holders.reduce((bytes, holder) => bytes + holder.bytes, 0);
      assert.equal(memory.bytes, sum);
      assert.ok(sum <= 1500);
      // Ten seconds of everybody fit into both limits: then everybody has them.
      const all = perSecond.reduce((rate, other) => rate + other, 0);
      for (const [at, holder] of holders.entries()) {
        assert.ok(holder.bytes <= 500);
        const rate = perSecond[at] ?? 1;
        const fair = Math.min(seconds, Math.floor(500 / rate), Math.floor(1500 / all) - 1);
        assert.ok(holder.held.length >= fair, `${holder.held.length} of ${fair} s`);
        assert.equal(holder.held.at(-1)?.at, seconds - 1);
      }
    }),
  );
});

test('what an ended run of the same track holds counts, and goes first', () => {
  const memory = new HeldMemory({ perTrack: 100, total: 1000 });
  const ended = new Seconds(memory, 'front');
  const running = new Seconds(memory, 'front');
  for (let at = 0; at < 8; at += 1) ended.add(at, 10);
  for (let at = 8; at < 16; at += 1) running.add(at, 10);
  assert.equal(ended.bytes, 20);
  assert.equal(running.bytes, 80);
  memory.leave('front', ended);
  assert.equal(memory.bytes, 80);
});

test('the bound of a process follows the machine and what the process may have', () => {
  assert.equal(processBytes(16 * 2 ** 30, 0), 2 ** 30);
  assert.equal(processBytes(2 * 2 ** 30, 2 ** 64), 2 ** 29);
  assert.equal(processBytes(16 * 2 ** 30, 2 ** 30), 2 ** 28);
  assert.equal(processBytes(2 ** 28, 0), 2 ** 27);
});
