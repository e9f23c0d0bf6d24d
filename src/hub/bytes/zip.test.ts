import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type ZipFile, zip, zipLength } from './zip.ts';

const file = (name: string, content: string): ZipFile => ({
  name,
  bytes: Buffer.byteLength(content),
  modified: new Date('2026-03-02T01:02:44Z'),
  read: async function* () {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
  },
});

async function all(files: readonly ZipFile[]): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of zip(files)) parts.push(part);
  return Buffer.concat(parts);
}

const python = spawnSync('python3', ['-c', 'import zipfile']).status === 0;

test('an archive has the length that was announced, and another program reads every file out of it', async (t) => {
  const files = [
    file('2026-03-01_17-02-44/event.json', '{"reason":"x"}'),
    file('leer', ''),
    file('Straße/ä.txt', 'ö'.repeat(1000)),
  ];
  const bytes = await all(files);
  assert.equal(bytes.length, zipLength(files));
  if (!python) return t.skip('there is no Python');
  const folder = await mkdtemp(join(tmpdir(), 'vidette-zip-'));
  try {
    await writeFile(join(folder, 'a.zip'), bytes);
    const script =
      'import sys,zipfile,json\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\nprint(json.dumps({i.filename:[z.read(i).decode(),list(i.date_time)] for i in z.infolist()}))';
    const told = spawnSync('python3', ['-c', script, join(folder, 'a.zip')], { encoding: 'utf8' });
    assert.equal(told.stderr, '');
    assert.deepEqual(JSON.parse(told.stdout), {
      '2026-03-01_17-02-44/event.json': ['{"reason":"x"}', [2026, 3, 2, 1, 2, 44]],
      leer: ['', [2026, 3, 2, 1, 2, 44]],
      'Straße/ä.txt': ['ö'.repeat(1000), [2026, 3, 2, 1, 2, 44]],
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('beyond 4 GiB places and sizes are told by ZIP64, and the announced length holds', async () => {
  // 5 GiB of the same block, of which only headers are kept: what matters is written behind them.
  const block = Buffer.alloc(64 << 20);
  const large = (name: string, blocks: number): ZipFile => ({
    name,
    bytes: blocks * block.length,
    modified: new Date(0),
    read: async function* () {
      for (let at = 0; at < blocks; at += 1) yield block;
    },
  });
  const files = [large('a', 65), file('b', 'behind')];
  let length = 0;
  const tail: Uint8Array[] = [];
  for await (const part of zip(files)) {
    length += part.length;
    if (part.length < 10_000) tail.push(part);
  }
  assert.equal(length, zipLength(files));
  const end = tail.at(-1);
  assert.ok(end);
  const last = Buffer.from(end);
  assert.equal(last.readUInt32LE(0), 0x06064b50);
  const directoryAt = Number(last.readBigUInt64LE(48));
  assert.ok(directoryAt > 2 ** 32);
  const directory = Buffer.from(tail.at(-2) ?? []);
  assert.equal(Number(last.readBigUInt64LE(40)), directory.length);
  // The first entry: its size; the second: where it begins.
  const first = directory.subarray(46 + 1);
  assert.equal(Number(first.readBigUInt64LE(4)), 65 * block.length);
  const second = directory.subarray(46 + 1 + 20 + 46 + 1);
  assert.equal(Number(second.readBigUInt64LE(4)), 30 + 1 + 20 + 65 * block.length + 24);
});

test('a file that has become shorter breaks the archive off instead of ending it as if it were whole', async () => {
  await assert.rejects(all([{ ...file('a', 'abc'), bytes: 4 }]), /has 3 bytes and said 4/);
});
