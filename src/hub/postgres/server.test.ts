import assert from 'node:assert/strict';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { openCatalog } from '../../catalog/connection.ts';
import { keepPostgres } from './keep.ts';
import { barrier } from './owner.ts';
import { alive, gone, isUnreaped, processesIn } from './postmaster.ts';
import { type PostgresOptions, startPostgres } from './server.ts';

describe('embedded PostgreSQL', () => {
  let folder: string;
  let options: PostgresOptions;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vidette-pg-test-'));
    await chmod(folder, 0o755);
    options = { dataDir: join(folder, 'postgres'), log: silentLog, logFile: join(folder, 'postgres.log') };
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('listens on a private socket only, asks for the password, and keeps it to itself', async () => {
    const server = await startPostgres(options);
    try {
      const catalog = openCatalog({ connection: server.url, log: silentLog });
      const shown = await catalog.execute(
        `select current_setting('listen_addresses') as addresses, current_setting('fsync') as fsync, current_setting('data_checksums') as checksums, current_setting('server_encoding') as encoding, 'a' < 'B' as plain`,
      );
      await catalog.close();
      assert.deepEqual(shown.rows, [{ addresses: '', fsync: 'on', checksums: 'on', encoding: 'UTF8', plain: false }]);
      assert.equal((await stat(server.url.host)).mode & 0o777, 0o700);
      assert.equal((await stat(join(options.dataDir, 'password'))).mode & 0o777, 0o600);
      assert.ok(Buffer.byteLength(`${server.url.host}/.s.PGSQL.5432`) <= 107);
      const wrong = openCatalog({ connection: { ...server.url, password: 'wrong' }, log: silentLog });
      await assert.rejects(wrong.execute('select 1'), /refuses the name or password/);
      await wrong.close();
      for (const text of [readFileSync(`/proc/${server.pid}/cmdline`, 'utf8'), readFileSync(options.logFile, 'utf8')])
        assert.ok(!text.includes(server.url.password));
      assert.deepEqual(
        readdirSync(server.url.host).filter((name) => !name.startsWith('.s.')),
        [],
        'no password is left beside the socket',
      );
      assert.notEqual(
        readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(' ')[4],
        readFileSync('/proc/self/stat', 'utf8').split(' ')[4],
        'its own process group',
      );
    } finally {
      await server.stop();
    }
    assert.equal(alive(server.pid), false);
    assert.equal(existsSync(server.url.host), false);
  });

  it('is adopted after the hub was killed, and stopped when it was started differently', async () => {
    const script = join(folder, 'hub.ts');
    await writeFile(
      script,
      `import { startPostgres } from ${JSON.stringify(new URL('./server.ts', import.meta.url).href)};
       const server = await startPostgres({ ...${JSON.stringify({ ...options, log: undefined })}, log: { debug() {}, info() {}, warn() {}, error() {}, child() { return this; } } });
       process.send?.(server.pid); setInterval(() => {}, 1000);`,
    );
    const hub = fork(script, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const [pid] = (await once(hub, 'message')) as [number];
    hub.kill('SIGKILL');
    await once(hub, 'exit');
    assert.ok(alive(pid), 'it outlives the hub');

    const adopted = await startPostgres(options);
    assert.deepEqual([adopted.pid, adopted.adopted], [pid, true]);
    const changed = await startPostgres({ ...options, settings: { work_mem: '5MB' } });
    assert.equal(alive(pid), false);
    assert.equal(changed.adopted, false);
    assert.equal(changed.url.host, adopted.url.host);
    await changed.stop();
  });

  it('loses nothing that was acknowledged when it is killed under load, and runs again by itself (promise 1)', async () => {
    await using kept = await keepPostgres(options);
    const catalog = openCatalog({ connection: kept.url, log: silentLog });
    await catalog.execute('create table numbers (n int primary key)');
    const acknowledged = new Set<number>();
    let next = 0;
    let stop = false;
    const write = async (): Promise<void> => {
      while (!stop) {
        const n = next++;
        try {
          await catalog.execute('insert into numbers values ($1)', [n]);
          acknowledged.add(n);
        } catch (error) {
          assert.match(String(error), /database|connection/i);
        }
      }
    };
    const writers = [write(), write(), write()];
    for (let kill = 0; kill < 3; kill++) {
      const before = acknowledged.size;
      // The server may answer the writers a moment before its keeper has seen it answer.
      while (acknowledged.size < before + 100 || kept.pid === undefined)
        await new Promise((resolve) => setTimeout(resolve, 5));
      const { pid } = kept;
      // The third time only one of its processes: the postmaster restarts them all by itself.
      if (kill < 2) process.kill(pid, 'SIGKILL');
      else {
        const { rows } = await catalog.execute(
          'select pid from pg_stat_activity where pid <> pg_backend_pid() and backend_type = $1 limit 1',
          ['client backend'],
        );
        process.kill(Number(rows[0]?.pid), 'SIGKILL');
      }
    }
    const before = acknowledged.size;
    while (acknowledged.size < before + 100) await new Promise((resolve) => setTimeout(resolve, 5));
    stop = true;
    await Promise.all(writers);
    const { rows } = await catalog.execute('select n from numbers');
    const there = new Set(rows.map((row) => Number(row.n)));
    assert.deepEqual(
      [...acknowledged].filter((n) => !there.has(n)),
      [],
    );
    assert.ok(kept.restarts >= 2);
    await catalog.close();
  });

  it('is not stopped by a stale lock file, even when its number belongs to another process now', async () => {
    const first = await startPostgres(options);
    process.kill(first.pid, 'SIGKILL');
    await gone(first.pid, 5000);
    const lock = join(options.dataDir, 'cluster', 'postmaster.pid');
    assert.ok(existsSync(lock));
    await writeFile(lock, readFileSync(lock, 'utf8').replace(/^\d+/, String(process.pid)));
    const second = await startPostgres(options);
    assert.equal(second.adopted, false);
    await second.stop();
  });

  it('starts at once after a server that was killed together with its hub, and that nobody has waited for', async () => {
    const first = await startPostgres(options);
    const cluster = join(options.dataDir, 'cluster');
    const lock = readFileSync(join(cluster, 'postmaster.pid'), 'utf8');
    await first.stop();
    // Its parent never waits: a number that is taken although nobody lives.
    const parent = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [line] = await once(parent.stdout, 'data');
      const dead = Number(String(line));
      for (let waited = 0; !isUnreaped(dead); waited += 20) {
        assert.ok(waited < 10_000);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await writeFile(join(cluster, 'postmaster.pid'), lock.replace(/^\d+/, String(dead)));
      await mkdir(first.url.host, { mode: 0o700 });
      const { uid, gid } = await stat(cluster);
      await chown(first.url.host, uid, gid);
      await writeFile(join(first.url.host, '.s.PGSQL.5432.lock'), lock.replace(/^\d+/, String(dead)));
      let launches = 0;
      const again = await startPostgres({ ...options, onLaunched: () => launches++ });
      assert.equal(launches, 1, readFileSync(options.logFile, 'utf8'));
      assert.deepEqual((await processesIn(cluster)).includes(again.pid), true);
      await again.stop();
      assert.deepEqual(await processesIn(cluster), []);
    } finally {
      parent.kill('SIGKILL');
    }
  });

  it('says what is wrong when its folder holds something else, or its files are damaged', async () => {
    await mkdir(join(options.dataDir, 'cluster'), { recursive: true });
    await writeFile(join(options.dataDir, 'cluster', 'mine.txt'), 'x');
    await assert.rejects(startPostgres(options), /is not empty and holds no database/);
    await rm(join(options.dataDir, 'cluster'), { recursive: true });
    const server = await startPostgres(options);
    await server.stop();
    await writeFile(join(options.dataDir, 'cluster', 'global', 'pg_control'), 'x'.repeat(8192));
    await assert.rejects(startPostgres(options), /damaged|incompatible/);
  });

  it('names the folder that another user cannot enter', async () => {
    const closed = join(folder, 'closed');
    await mkdir(join(closed, 'inside'), { recursive: true });
    await chmod(closed, 0o700);
    const nobody = { name: 'nobody', uid: 65534, gid: 65534 };
    assert.equal(await barrier(join(closed, 'inside'), nobody), closed);
    assert.equal(await barrier(folder, nobody), undefined);
  });
});
