/** Units whose memory is used again as soon as nobody holds it: what is stored must be what came, and nothing may be held for ever. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { FakeDisk, type FakeDiskOptions, fault } from '../../../../test/faults/disk.ts';
import { silentLog } from '../../../base/log.ts';
import { mediaTime, monotonicMs, wallMs } from '../../../base/units.ts';
import type { Disk } from '../../../blobs/disk.ts';
import type { Holdable } from '../../../media/access-unit.ts';
import { bytesReader } from '../../../media/mp4/random-reader.ts';
import { readSegmentIndex } from '../../../media/mp4/segment-index.ts';
import { HeldMemory } from './held-memory.ts';
import { TrackWriter, type TrackWriterOptions } from './track-writer.ts';

const BEGAN = 1_795_284_300_000;
const SPOILED = 0xee;
const FRAME_BYTES = 1000;
const avcC = '0164001fffe1001c6764001facd9405005bb016a02020280000003008000001e478c18cb01000568ebecb22cfdf8f800';

/** Memory of one picture, spoiled when nobody holds it any more. */
class Memory implements Holdable {
  readonly bytes: Buffer;
  holders = 1;

  constructor(frame: number) {
    this.bytes = Buffer.alloc(FRAME_BYTES, frame % 200);
  }

  hold(): void {
    assert.ok(this.holders > 0, 'it was used again already');
    this.holders += 1;
  }

  letGo(): void {
    this.holders -= 1;
    assert.ok(this.holders >= 0, 'let go twice');
    if (this.holders === 0) this.bytes.fill(SPOILED);
  }
}

/** Takes bytes when they are written, as a machine's own disk does, and not when it is asked to. */
function late(disk: FakeDisk): Disk {
  return new Proxy(disk, {
    get(target, name) {
      if (name === 'openAppend')
        return async (...args: Parameters<Disk['openAppend']>) => {
          const file = await target.openAppend(...args);
          return {
            writev: async (buffers: readonly Uint8Array[]) => {
              for (let turn = 0; turn < 3; turn += 1) await setImmediate();
              return file.writev(buffers);
            },
            datasync: () => file.datasync(),
            close: () => file.close(),
          };
        };
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

async function record(
  seconds: number,
  options: Partial<TrackWriterOptions> = {},
  fake: FakeDiskOptions = {},
  during: (second: number) => void = () => undefined,
): Promise<{ memories: Memory[]; stored: number[]; dropped: number }> {
  const disk = new FakeDisk(fake);
  const memories: Memory[] = [];
  const keys: string[] = [];
  let now = 0;
  const writer = new TrackWriter({
    disk: late(disk),
    clock: { wall: () => wallMs(BEGAN + now), monotonic: () => monotonicMs(now) },
    log: silentLog,
    libraryDir: '/library',
    source: { id: '6a2d5c1e-4f0b-4c6d-9d3e-1b2c3d4e5f60', folder: 'door' },
    track: 'main',
    library: null,
    token: 1,
    run: '0123456789abcdef',
    segmentMs: 10_000,
    fragmentMs: 1000,
    syncEveryMs: 5000,
    publish: 'link',
    retryMs: 1,
    onExtent: () => undefined,
    onFinished: ({ key }) => keys.push(key),
    ...options,
  });
  const description = Buffer.from(avcC, 'hex');
  writer.start({ video: { codec: 'h264', codecString: 'avc1.64001f', width: 1280, height: 720, description } });
  for (let frame = 0; frame < seconds * 15; frame += 1) {
    if (frame % 15 === 0) during(frame / 15);
    const memory = new Memory(frame);
    memories.push(memory);
    const at = mediaTime(frame * 6000);
    const unit = { kind: 'video', key: frame % 15 === 0, pts: at, dts: at, arrival: wallMs(BEGAN + now) } as const;
    writer.push({ ...unit, data: [memory.bytes], size: FRAME_BYTES, memory });
    // Who has made it lets go of it.
    memory.letGo();
    now += 1000 / 15;
    await setImmediate();
  }
  await writer.end('stop');
  const stored: number[] = [];
  for (const key of keys) {
    const file = disk.peek(`/library/${key}`);
    assert.ok(file);
    for (const { offset, bytes, frames } of (await readSegmentIndex(bytesReader(file, key))).fragments) {
      const payload = file.subarray(offset + bytes - frames * FRAME_BYTES, offset + bytes);
      for (let at = 0; at < payload.length; at += FRAME_BYTES) {
        const picture = payload.subarray(at, at + FRAME_BYTES);
        assert.ok(picture.every((byte) => byte === picture[0]));
        stored.push(picture[0] ?? SPOILED);
      }
    }
  }
  return { memories, stored, dropped: writer.stats.framesDropped };
}

const nobodyHolds = (memories: readonly Memory[]): void =>
  assert.deepEqual([...new Set(memories.map(({ holders }) => holders))], [0]);

test('pictures are held until they are in the file, and no longer', async () => {
  const { memories, stored } = await record(25);
  assert.deepEqual(
    stored,
    memories.map((_, frame) => frame % 200),
  );
  nobodyHolds(memories);
});

test('pictures that are given up while the disk is full are let go, and those that wait stay what they are', async () => {
  let full = false;
  const { memories, stored, dropped } = await record(
    40,
    { memory: new HeldMemory({ perTrack: 100_000 }) },
    {
      before: (operation, path) => {
        if (full && (operation === 'write' || operation === 'open')) throw fault('ENOSPC', operation, path);
      },
    },
    (second) => {
      full = second >= 5 && second < 25;
    },
  );
  assert.ok(dropped > 100, `${dropped} given up`);
  assert.equal(stored.length + dropped, memories.length);
  assert.ok(!stored.includes(SPOILED));
  nobodyHolds(memories);
});

test('pictures that a single group of pictures fills the memory with are let go', async () => {
  const { memories, stored, dropped } = await record(10, { memory: new HeldMemory({ perTrack: 5000 }) });
  assert.ok(dropped > 0);
  assert.ok(!stored.includes(SPOILED));
  nobodyHolds(memories);
});
