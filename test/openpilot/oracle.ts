/**
 * What `capnp decode` of Debian says of a log: the oracle of the reader and the writer. The schema and the real logs belong to others and are
 * no part of the project; they are looked for in `../shared/data/openpilot` or in `VIDETTE_TEST_DATA`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseCapnpText, type TextValue } from './capnp-text.ts';

const data = join(
  process.env.VIDETTE_TEST_DATA ?? fileURLToPath(new URL('../../../shared/data', import.meta.url)),
  'openpilot',
);

/** The folder of real drives and schemas; null where it is not. */
export const realDrives: string | null = existsSync(join(data, 'schema')) ? data : null;

/** Why a test that needs the oracle is skipped; false where it can run. */
export const withoutOracle: string | false =
  realDrives === null
    ? 'no openpilot data: set VIDETTE_TEST_DATA to a folder with openpilot/'
    : spawnSync('capnp', ['--version']).error
      ? 'capnp is not installed (Debian: capnproto)'
      : false;

/** Every event of a raw log, by the schema of 2026-08. */
export async function capnpDecode(log: Uint8Array): Promise<Record<string, TextValue>[]> {
  const schema = join(data, 'schema', 'openpilot-2026-08');
  const child = spawn('capnp', ['decode', '--short', '-I.', '-Iinclude', 'log.capnp', 'Event'], {
    cwd: schema,
    env: { ...process.env, PWD: schema },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => child.kill());
  child.stdin.end(log);
  const exited = once(child, 'exit');
  // Each event on its line; bytes that are no ASCII stay bytes.
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  await exited;
  return Buffer.concat(chunks)
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseCapnpText(line) as Record<string, TextValue>);
}
