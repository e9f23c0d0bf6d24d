import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Unavailable, UserError } from '../../../base/errors.ts';
import { silentLog } from '../../../base/log.ts';
import type { SegmentReport } from '../../../contract/recorder.ts';
import { type Finished, Outbox, type OutboxPort } from './outbox.ts';

function finished(seq: number, published = true): Finished {
  const report: SegmentReport = {
    sourceId: '6f1b2a34-0000-4000-8000-0123456789ab',
    track: 'main',
    run: '0000000000000000',
    seq,
    token: 1,
    key: `front/main/${seq}.mp4`,
    wallStart: 0,
    mediaStart: 0,
    durationMs: 1000,
    frames: 15,
    bytes: 1000,
    sha256: '0'.repeat(64),
    codec: 'avc1.64001f',
    width: 640,
    height: 360,
    ended: 'rotate',
  };
  return { report, spoolPath: `/spool/${seq}.part`, finalPath: published ? `/library/${seq}.mp4` : null };
}

interface Happenings {
  readonly batches: number[][];
  readonly acknowledged: string[];
  readonly uploaded: number[];
}

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function outbox(
  port: Partial<OutboxPort> = {},
  limit?: number,
  sleep: (ms: number) => Promise<void> = soon,
): { box: Outbox; happened: Happenings } {
  const happened: Happenings = { batches: [], acknowledged: [], uploaded: [] };
  const box = new Outbox({
    log: silentLog,
    sleep,
    ...(limit === undefined ? {} : { limit }),
    port: {
      async report(reports, signal) {
        const answer = await port.report?.(reports, signal);
        happened.batches.push(reports.map(({ seq }) => seq));
        return answer ?? { receipts: reports.map(({ key }) => ({ state: 'published', key })) };
      },
      async upload(item, signal) {
        await port.upload?.(item, signal);
        happened.uploaded.push(item.report.seq);
      },
      async acknowledge(spoolPath) {
        happened.acknowledged.push(spoolPath);
      },
    },
  });
  return { box, happened };
}

async function drain(box: Outbox): Promise<void> {
  const stop = new AbortController();
  const running = box.run(stop.signal);
  await box.drained();
  stop.abort();
  await running;
}

test('many segments go in batches of at most 500, and leave the spool only after the receipt', async () => {
  const { box, happened } = outbox();
  for (let seq = 0; seq < 1200; seq += 1) box.add(finished(seq));
  await drain(box);
  assert.deepEqual(
    happened.batches.map((batch) => batch.length),
    [500, 500, 200],
  );
  assert.equal(happened.acknowledged.length, 1200);
  assert.equal(box.acknowledged, 1200);
});

test('a hub that does not answer changes nothing but the time', async () => {
  let failures = 3;
  const { box, happened } = outbox({
    async report(reports) {
      if (failures-- > 0) throw new Unavailable('away', 1);
      return { receipts: reports.map(({ key }) => ({ state: 'published', key })) };
    },
  });
  box.add(finished(1));
  box.add(finished(2));
  await drain(box);
  assert.deepEqual(happened.batches, [[1, 2]]);
  assert.deepEqual(happened.acknowledged, ['/spool/1.part', '/spool/2.part']);
});

test('one report that the hub refuses does not hold back the others, and stays in the spool', async () => {
  const report: OutboxPort['report'] = async (reports) => {
    if (reports.some(({ seq }) => seq === 2)) throw new UserError('bad', '');
    return { receipts: reports.map(({ key }) => ({ state: 'published', key })) };
  };
  const { box, happened } = outbox({ report }, undefined, (ms) =>
    ms >= 10_000 ? new Promise(() => undefined) : soon(),
  );
  for (const seq of [1, 2, 3]) box.add(finished(seq));
  await drain(box);
  assert.deepEqual(happened.acknowledged, ['/spool/1.part', '/spool/3.part']);
});

test('where there is no library on this machine the bytes go first', async () => {
  let broken = true;
  const { box, happened } = outbox({
    async upload(item) {
      if (item.report.seq === 2 && broken) {
        broken = false;
        throw new UserError('too late', '');
      }
    },
  });
  for (const seq of [1, 2, 3]) box.add(finished(seq, false));
  await drain(box);
  assert.deepEqual(happened.uploaded, [1, 3, 2]);
  assert.deepEqual(happened.batches, [[1, 3], [2]]);
});

test('the queue is bounded; what is forgotten stays in the spool', async () => {
  const { box, happened } = outbox({}, 10);
  for (let seq = 0; seq < 25; seq += 1) box.add(finished(seq));
  assert.equal(box.waiting, 10);
  await drain(box);
  assert.equal(happened.acknowledged[0], '/spool/15.part');
});

test('what the hub refuses for a while, because its disk does not show the file yet, is reported again', async () => {
  let refusals = 4;
  const { box, happened } = outbox({
    async report(reports) {
      if (reports.some(({ seq }) => seq === 2) && refusals-- > 0)
        throw new UserError('It is not in the library.', '', { code: 'not-stored' });
      return { receipts: reports.map(({ key }) => ({ state: 'published', key })) };
    },
  });
  for (const seq of [1, 2, 3]) box.add(finished(seq));
  const stop = new AbortController();
  const running = box.run(stop.signal);
  for (let tries = 0; happened.acknowledged.length < 3; tries++) {
    assert.ok(tries < 10_000, happened.acknowledged.join());
    await soon();
  }
  stop.abort();
  await running;
  assert.ok(happened.acknowledged.includes('/spool/2.part'));
});
