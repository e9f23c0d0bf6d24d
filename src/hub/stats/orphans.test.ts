import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { orphanedSegments, orphanedSpool } from './orphans.ts';

test('files that nobody speaks of are counted, fresh ones and known ones not', async () => {
  const root = await mkdtemp(join(tmpdir(), 'vidette-orphans-'));
  const now = Date.now();
  const [day, time = ''] = new Date(now).toISOString().split('T');
  const hour = `door/main/${day}/${time.slice(0, 2)}`;
  const file = async (key: string, agoMs: number): Promise<void> => {
    await mkdir(dirname(join(root, key)), { recursive: true });
    await writeFile(join(root, key), 'x');
    await utimes(join(root, key), (now - agoMs) / 1000, (now - agoMs) / 1000);
  };
  try {
    await file('spool/r1/door/main/old.part', 600_000);
    await file('spool/r1/door/main/open.part', 600_000);
    await file('spool/r1/door/main/fresh.part', 1000);
    await file('spool/r1/recorder.lock', 600_000);
    await file(`${hour}/known.mp4`, 600_000);
    await file(`${hour}/unknown.mp4`, 600_000);
    await file(`${hour}/fresh.mp4`, 1000);
    const options = {
      root,
      now,
      open: new Set(['spool/r1/door/main/open.part']),
      cameras: [{ id: 'door', folder: 'door', tracks: ['main', 'sub'] }],
      known: async () => new Set([`${hour}/known.mp4`]),
    };
    assert.equal(await orphanedSpool(options), 1);
    assert.equal(await orphanedSegments(options), 1);
    assert.equal(await orphanedSpool({ ...options, root: join(root, 'nowhere') }), 0);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
