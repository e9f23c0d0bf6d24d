/**
 * Runs `node` with the given arguments while Debian's PostgreSQL 15 is up, and VIDETTE_TEST_DATABASE names it:
 * `node test/postgres/with-debian.ts --test src/catalog/catalog.test.ts src/jobs/queue.test.ts`.
 * Where that server is not installed it says so and runs nothing; in CI that is a failure.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { debianBinaries, startDebianPostgres } from './debian.ts';

if (debianBinaries() === undefined) {
  console.log(
    'Skipped: tests on PostgreSQL 15, because Debian\u2019s server is not installed (apt-get install postgresql-15).',
  );
  process.exitCode = process.env.CI === 'true' ? 1 : 0;
} else {
  const server = await startDebianPostgres();
  try {
    const child = spawn(process.execPath, process.argv.slice(2), {
      stdio: 'inherit',
      env: { ...process.env, VIDETTE_TEST_DATABASE: server.url },
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    process.exitCode = code ?? 1;
  } finally {
    await server.stop();
  }
}
