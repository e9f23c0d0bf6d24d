/** Logs in every form: unpacked, zstd, bzip2, cut, damaged, unsorted, of the future. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { carParams, event, initData, tag } from '../../../../test/openpilot/head-events.ts';
import { StructNode } from '../../../../test/openpilot/message-builder.ts';
import { minuteLogs, picturesOf } from '../../../../test/openpilot/minute-log.ts';
import { compress } from '../../../../test/openpilot/route.ts';
import { shapeOf } from '../../../../test/openpilot/shape.ts';
import { carState } from '../../../../test/openpilot/state-events.ts';
import { makeWorld, steadyDriving } from '../../../../test/openpilot/world.ts';
import { InputError } from '../../../base/errors.ts';
import { type Log, readLog } from './read-log.ts';

const world = makeWorld({ lead: () => ({ distance: 30, left: 0, relativeSpeed: 1 }), bookmarks: [1] });
const pictures = picturesOf(world, 1).slice(0, 100);
const shape = shapeOf(2026);
const { rlog } = minuteLogs(world, pictures, { shape });
const noBzip2 = spawnSync('bzip2', ['--version']).error ? 'bzip2 is not installed' : false;

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vidette-log-'));
});
after(() => rm(folder, { recursive: true }));

/** Byte of each message's beginning, and of the end. */
function messageStarts(log: Uint8Array): number[] {
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  const starts = [0];
  for (let at = 0; at < log.length; ) {
    at += 8 + view.getUint32(at + 4, true) * 8;
    starts.push(at);
  }
  return starts;
}

const starts = messageStarts(rlog);
const countOf = ({ counts }: Log): number => [...counts.values()].reduce((sum, count) => sum + count, 0);

test('a log is read whatever its name says: unpacked, zstd, bzip2', { skip: noBzip2 }, async () => {
  const plain = await readLog(rlog);
  assert.equal(plain.cut, null);
  assert.equal(plain.skipped, 0);
  assert.equal(plain.bytes, rlog.length);
  assert.equal(countOf(plain), starts.length - 1);
  assert.equal(plain.events.modelV2.length, 100);
  assert.equal(plain.events.bookmark.length, 2);
  for (const how of ['none', 'zst', 'bz2'] as const) {
    const path = join(folder, `${how}.txt`);
    await writeFile(path, compress(rlog, how));
    for (const source of [path, compress(rlog, how)]) {
      const log = await readLog(source);
      assert.deepEqual({ ...log, name: '' }, { ...plain, name: '' }, how);
    }
  }
});

test('pointers into other segments lead to the same values', async () => {
  const plain = await readLog(rlog);
  for (const layout of ['far', 'double-far'] as const) {
    const log = await readLog(minuteLogs(world, pictures, { shape, layout }).rlog);
    assert.equal(log.skipped, 0);
    assert.deepEqual(log.events, plain.events);
  }
});

test('a log that is cut anywhere is read up to there, and says where', async () => {
  for (let length = 900; length < rlog.length; length += 9973) {
    const log = await readLog(rlog.subarray(0, length));
    const whole = starts.filter((start) => start <= length);
    assert.equal(countOf(log), whole.length - 1);
    const at = whole.at(-1);
    assert.equal(log.bytes, at);
    if (at === length) assert.equal(log.cut, null);
    else assert.equal(log.cut?.byte, at);
  }
});

test('a zstd stream that is cut or damaged gives what is in front of it', async () => {
  const { rlog: long } = minuteLogs(world, picturesOf(world, 1), { shape });
  const packed = zstdCompressSync(long);
  const cut = await readLog(packed.subarray(0, Math.floor(packed.length * 0.7)));
  assert.match(cut.cut?.reason ?? '', /zstd stream breaks off/);
  const whole = await readLog(long);
  const part = (log: Log): number => countOf(log) / countOf(whole);
  assert.ok(part(cut) > 0.5 && part(cut) < 0.75, `${part(cut)} of the messages`);
  assert.equal(cut.cut?.byte, cut.bytes);
  const damaged = Buffer.from(packed);
  damaged.fill(0xff, Math.floor(packed.length * 0.8), Math.floor(packed.length * 0.8) + 40);
  const broken = await readLog(damaged);
  assert.ok(broken.cut);
  assert.ok(part(broken) > 0.5 && part(broken) < 0.9, `${part(broken)} of the messages`);
});

test('a bzip2 file that is cut or damaged gives the blocks in front of it', { skip: noBzip2 }, async () => {
  const raw = Buffer.concat([rlog, rlog, rlog, rlog]);
  const packed = compress(raw, 'bz2');
  const cut = await readLog(packed.subarray(0, Math.floor(packed.length * 0.8)));
  assert.match(cut.cut?.reason ?? '', /the bzip2 block at byte \d+ of the file is not whole/);
  assert.ok(cut.bytes > 850_000, `${cut.bytes} bytes`);
  const damaged = Buffer.from(packed);
  const at = Math.floor(packed.length * 0.75);
  damaged[at] = (damaged[at] ?? 0) ^ 0x10;
  const broken = await readLog(damaged);
  assert.match(broken.cut?.reason ?? '', /is damaged \(.*BZ_DATA_ERROR/);
  assert.ok(broken.bytes > 850_000);
  const twice = await readLog(Buffer.concat([compress(rlog, 'bz2'), compress(rlog, 'bz2')]));
  assert.equal(twice.cut, null);
  assert.equal(twice.bytes, 2 * rlog.length);
});

test('a run of one byte, packed into almost nothing, is not unpacked without end', { skip: noBzip2 }, async () => {
  const zeros = Buffer.alloc(20_000_000);
  await assert.rejects(readLog(compress(zeros, 'bz2')), InputError);
  await assert.rejects(readLog(compress(zeros, 'zst')), InputError);
});

test('events of the future and of forks are counted and passed over, malformed ones too', async () => {
  const odd = Buffer.concat([
    event(tag.initData, 1, initData(world, shape)),
    event(300, 2, new StructNode(8, 0)),
    event(105, 3, new StructNode(8, 0)),
    event(tag.carParams, 3, carParams(world)),
    event(tag.carState, 9e9, carState(steadyDriving, shape)),
    event(tag.carState, 5e9, carState({ ...steadyDriving, speed: 3 }, shape)),
    event(tag.carState, 7e9, null),
  ]);
  const log = await readLog(odd);
  assert.equal(log.counts.get('unknown'), 1);
  assert.equal(log.counts.get('customReserved0'), 1);
  assert.equal(log.skipped, 1);
  assert.deepEqual(
    log.events.carState.map(({ time, vEgo }) => [time, vEgo]),
    [
      [5e9, 3],
      [9e9, 25],
    ],
  );
  assert.deepEqual(log.span, [3, 9e9]);
});

test('what is no log is told so, with the place', async () => {
  const others: [string, Uint8Array][] = [
    ['empty', new Uint8Array(0)],
    ['text', Buffer.from('This is a text, and it is long enough to look like something else.')],
    ['zeros', new Uint8Array(4096)],
    ['zstd of a text', zstdCompressSync(Buffer.from('hello '.repeat(1000)))],
    ['bzip2 in name only', Buffer.from('BZh9 and then nothing of the kind')],
  ];
  for (const [name, bytes] of others)
    await assert.rejects(readLog(bytes, { name }), (error) => {
      assert.ok(error instanceof InputError, `${name}: ${error}`);
      assert.equal(error.input, name);
      assert.match(error.message, /is no log of openpilot/);
      return true;
    });
});

test('reading ends when it is told to', async () => {
  await assert.rejects(readLog(rlog, { signal: AbortSignal.abort() }), { name: 'AbortError' });
  const path = join(folder, 'long.zst');
  await writeFile(path, zstdCompressSync(Buffer.concat(Array.from({ length: 30 }, () => rlog))));
  const stop = new AbortController();
  const reading = readLog(path, { signal: stop.signal });
  setImmediate(() => stop.abort());
  await assert.rejects(reading, { name: 'AbortError' });
});
