/**
 * Debian's PostgreSQL, for tests on an older major version: a cluster of its own in a temporary folder, as user `postgres` when this is root.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface DebianPostgres {
  /** `postgres://…` of its superuser, over a socket; may be given as VIDETTE_TEST_DATABASE. */
  readonly url: string;
  readonly pid: number;
  /** Its log. */
  readonly logFile: string;
  stop(): Promise<void>;
}

/** Folder of the binaries of a major version, or undefined when Debian's package is not installed. */
export function debianBinaries(major = 15): string | undefined {
  const folder = `/usr/lib/postgresql/${major}/bin`;
  return existsSync(join(folder, 'initdb')) ? folder : undefined;
}

export interface DebianOptions {
  /** Of the superuser, asked for by SCRAM; by default nobody is asked for one. It stands in `url`. */
  readonly password?: string;
  /** Beside those of every test server. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Starts a fresh server. @throws when the package is missing or the server does not start. */
export async function startDebianPostgres(major = 15, wanted: DebianOptions = {}): Promise<DebianPostgres> {
  const bin = debianBinaries(major);
  if (!bin) throw new Error(`Debian's PostgreSQL ${major} is not installed (apt-get install postgresql-${major})`);
  const folder = await mkdtemp(join(tmpdir(), 'vidette-debian-pg-'));
  const owner = await account();
  if (owner) await chown(folder, owner.uid, owner.gid);
  const options = { cwd: folder, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, ...(owner ?? {}) };
  const cluster = join(folder, 'cluster');
  const log = await open(join(folder, 'log'), 'w', 0o600);
  const ended = (child: ReturnType<typeof spawn>): Promise<number | null> =>
    new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
  const { password } = wanted;
  const passwordFile = join(folder, 'password');
  if (password !== undefined) {
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (owner) await chown(passwordFile, owner.uid, owner.gid);
  }
  const authentication = password === undefined ? ['-A', 'trust'] : ['-A', 'scram-sha-256', '--pwfile', passwordFile];
  const made = await ended(
    spawn(
      join(bin, 'initdb'),
      ['-D', cluster, '-U', 'postgres', '-E', 'UTF8', '--locale=C', ...authentication, '--no-sync'],
      { ...options, stdio: ['ignore', log.fd, log.fd] },
    ),
  );
  await rm(passwordFile, { force: true });
  if (made !== 0) throw new Error(`initdb failed: ${await readFile(join(folder, 'log'), 'utf8')}`);
  const settings = {
    listen_addresses: '',
    unix_socket_directories: folder,
    fsync: 'off',
    shared_buffers: '32MB',
    max_connections: '60',
    ...wanted.settings,
  };
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { ...options, stdio: ['ignore', log.fd, log.fd] },
  );
  const exit = ended(server);
  await log.close();
  for (let tries = 0; !existsSync(join(folder, '.s.PGSQL.5432')); tries++) {
    if (server.exitCode !== null || tries > 200)
      throw new Error(`PostgreSQL did not start: ${await readFile(join(folder, 'log'), 'utf8')}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url: `postgres://postgres${password === undefined ? '' : `:${encodeURIComponent(password)}`}@/postgres?host=${encodeURIComponent(folder)}`,
    pid: server.pid ?? 0,
    logFile: join(folder, 'log'),
    async stop() {
      server.kill('SIGQUIT');
      await exit;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function account(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((entry) => entry.startsWith('postgres:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new Error('there is no user postgres');
  return { uid: Number(uid), gid: Number(gid) };
}
