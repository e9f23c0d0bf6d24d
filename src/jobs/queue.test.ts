import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type TestDatabase, testServers } from '../../test/postgres/database.ts';
import { systemClock } from '../base/clock.ts';
import { Unavailable } from '../base/errors.ts';
import { silentLog } from '../base/log.ts';
import { openCatalog } from '../catalog/connection.ts';
import { migrate } from '../catalog/migrate.ts';
import { keepPostgres } from '../hub/postgres/keep.ts';
import { JobQueue } from './queue.ts';

for (const server of testServers())
  describe(`job queue on ${server.name}`, () => {
    let database: TestDatabase;
    let queue: JobQueue;
    const worker = randomUUID();
    const wanted = { worker, types: ['render'], kinds: ['camera'], waitMs: 0 };
    const send = (hash: string = randomUUID()) =>
      queue.send({ type: 'render', kind: 'camera', hash, payload: { hash } });
    const lease = async (waitMs = 6000) => {
      const job = await queue.lease({ ...wanted, waitMs });
      assert.ok(job, 'a job was expected');
      return job;
    };

    before(async () => {
      database = await server.open();
      queue = await JobQueue.open({ catalog: database.catalog, log: silentLog, clock: systemClock, leaseMs: 700 });
    });
    after(async () => {
      await queue.stop();
      await database[Symbol.asyncDispose]();
    });

    it('makes one job of two equal requests, and a new one once its result is forgotten', async () => {
      const first = await send('same');
      const second = await send('same');
      assert.equal(first.created, true);
      assert.equal(second.created, false);
      assert.equal(second.job.id, first.job.id);
      const job = await lease();
      assert.deepEqual(job.payload, { hash: 'same' });
      assert.equal(await queue.complete(job.id, { attempt: job.attempt, result: { bytes: 1 } }), 'go-on');
      assert.equal((await send('same')).created, false, 'a finished job is used again');
      await queue.forget(job.id);
      const third = await send('same');
      assert.equal(third.created, true);
      await queue.cancel(third.job.id);
      assert.equal(await queue.lease(wanted), null);
    });

    it('tells those who keep parts of jobs which of them are settled', async () => {
      const { job } = await send();
      const { job: other } = await send();
      const unknown = randomUUID();
      await queue.cancel(other.id);
      assert.deepEqual(await queue.settled([job.id, other.id, unknown]), [other.id, unknown]);
      const { id, attempt } = await lease();
      assert.equal(id, job.id);
      assert.deepEqual(await queue.settled([job.id]), []);
      await queue.complete(id, { attempt, result: {} });
      assert.deepEqual(await queue.settled([job.id]), [job.id]);
      assert.deepEqual(await queue.settled([]), []);
    });

    it('wakes a waiting worker at once', async () => {
      const waiting = queue.lease({ ...wanted, waitMs: 5000 });
      await new Promise((resolve) => setTimeout(resolve, 50));
      const started = performance.now();
      const { job } = await send();
      assert.equal((await waiting)?.id, job.id);
      assert.ok(performance.now() - started < 1000);
      await queue.complete(job.id, { attempt: 0, result: {} });
    });

    it('gives a job to one worker only, and answers a repeated completion alike', async () => {
      await send();
      const [one, two] = await Promise.all([queue.lease(wanted), queue.lease({ ...wanted, worker: randomUUID() })]);
      const job = one ?? two;
      assert.ok(job);
      assert.ok(one === null || two === null);
      assert.equal(await queue.progress(job.id, { attempt: 0, progress: 0.5, stage: 'Encoding' }), 'go-on');
      assert.equal((await queue.find(job.id))?.progress, 0.5);
      assert.equal(await queue.complete(job.id, { attempt: 0, result: { a: 1 } }), 'go-on');
      assert.equal(await queue.complete(job.id, { attempt: 0, result: { a: 2 } }), 'go-on');
      assert.deepEqual((await queue.find(job.id))?.result, { a: 1 });
    });

    it('frees the job of a silent worker, and the late worker cannot settle it', async () => {
      await send();
      const first = await lease();
      const second = await lease(12_000);
      assert.equal(second.id, first.id);
      assert.equal(second.attempt, first.attempt + 1);
      assert.equal(await queue.progress(first.id, { attempt: first.attempt, progress: 1, stage: '' }), 'lost');
      assert.equal(await queue.complete(first.id, { attempt: first.attempt, result: {} }), 'lost');
      assert.equal(await queue.fail(first.id, { attempt: first.attempt, error: 'late', retry: true }), 'lost');
      assert.equal(await queue.complete(second.id, { attempt: second.attempt, result: {} }), 'go-on');
      const attempts = await database.catalog.db
        .selectFrom('job_attempts')
        .select(['attempt', 'outcome'])
        .where('job_id', '=', first.id)
        .orderBy('attempt')
        .execute();
      assert.deepEqual(attempts, [
        { attempt: 0, outcome: 'lost' },
        { attempt: 1, outcome: 'done' },
      ]);
    });

    it('tells a worker that its job was cancelled', async () => {
      const { job } = await send();
      const leased = await lease();
      assert.equal((await queue.cancel(job.id))?.state, 'cancelled');
      assert.equal(await queue.progress(job.id, { attempt: leased.attempt, progress: 0.1, stage: '' }), 'cancel');
      assert.equal(await queue.complete(job.id, { attempt: leased.attempt, result: {} }), 'cancel');
      assert.equal(await queue.cancel(job.id), undefined);
      assert.equal(await queue.lease(wanted), null);
    });

    it('does not try again what cannot succeed, and keeps it with the dead letters', async () => {
      const { job } = await send();
      const leased = await lease();
      assert.equal(
        await queue.fail(job.id, { attempt: leased.attempt, error: 'no picture in it', retry: false }),
        'go-on',
      );
      const failed = await queue.find(job.id);
      assert.equal(failed?.state, 'failed');
      assert.equal(failed.error, 'no picture in it');
      const { rows } = await database.catalog.execute(`select data from pgboss.job where name = 'dead-letters'`);
      assert.deepEqual(
        rows.map((row) => row.data),
        [{ id: job.id }],
      );
    });

    it('tries a failed job again, later each time', async () => {
      const { job } = await send();
      const leased = await lease();
      assert.equal(await queue.fail(job.id, { attempt: leased.attempt, error: 'disk full', retry: true }), 'go-on');
      assert.equal((await queue.find(job.id))?.state, 'waiting');
      assert.equal(await queue.lease(wanted), null, 'not at once');
      const again = await lease(12_000);
      assert.deepEqual([again.id, again.attempt], [job.id, 1]);
      await queue.complete(job.id, { attempt: 1, result: {} });
    });

    it('lets a running job go on when the hub is started again', async () => {
      const { job } = await send();
      const leased = await lease();
      await queue.stop();
      queue = await JobQueue.open({ catalog: database.catalog, log: silentLog, clock: systemClock, leaseMs: 700 });
      assert.equal(await queue.progress(job.id, { attempt: leased.attempt, progress: 0.9, stage: 'x' }), 'go-on');
      assert.equal(await queue.complete(job.id, { attempt: leased.attempt, result: {} }), 'go-on');
    });
  });

it('finishes every job once although PostgreSQL is killed again and again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-queue-'));
  await chmod(folder, 0o755);
  const postgres = await keepPostgres({
    dataDir: join(folder, 'postgres'),
    log: silentLog,
    logFile: join(folder, 'log'),
  });
  const catalog = openCatalog({ connection: postgres.url, log: silentLog });
  await migrate(catalog.db, silentLog);
  const queue = await JobQueue.open({ catalog, log: silentLog, clock: systemClock, leaseMs: 1500 });
  const finished = new Map<string, number>();
  queue.onChange((job) => {
    if (job.state === 'done') finished.set(job.id, (finished.get(job.id) ?? 0) + 1);
  });
  const stop = new AbortController();
  const patient = async <T>(call: () => Promise<T>): Promise<T> => {
    for (;;)
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof Unavailable)) throw error;
      }
  };
  const work = async (worker: string): Promise<void> => {
    while (!stop.signal.aborted) {
      const job = await patient(() =>
        queue.lease({ worker, types: ['render'], kinds: ['camera'], waitMs: 500, signal: stop.signal }),
      );
      if (!job) continue;
      await new Promise((resolve) => setTimeout(resolve, 20));
      await patient(() => queue.progress(job.id, { attempt: job.attempt, progress: 0.5, stage: 'x' }));
      await patient(() => queue.complete(job.id, { attempt: job.attempt, result: {} }));
    }
  };
  const workers = [work(randomUUID()), work(randomUUID())];
  const sent = new Set<string>();
  for (let count = 0; count < 40; count++) {
    sent.add(
      (await patient(() => queue.send({ type: 'render', kind: 'camera', hash: `h${count}`, payload: {} }))).job.id,
    );
    if (count % 13 === 12 && postgres.pid) process.kill(postgres.pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
  for (let waited = 0; finished.size < sent.size && waited < 30_000; waited += 20)
    await new Promise((resolve) => setTimeout(resolve, 20));
  stop.abort();
  await Promise.allSettled(workers);
  await queue.stop();
  await catalog.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
  assert.equal(sent.size, 40);
  assert.equal(finished.size, 40);
  assert.deepEqual(
    [...finished.values()].filter((times) => times !== 1),
    [],
  );
});
