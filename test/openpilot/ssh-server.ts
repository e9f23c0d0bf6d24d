/**
 * A real sshd on loopback, with keys of its own, and a configuration for `ssh` that knows it.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SSHD = '/usr/sbin/sshd';

export const sshIsMissing =
  !existsSync(SSHD) && !process.env.CI ? 'OpenSSH’s server is not installed (apt-get install openssh-server)' : false;

export interface SshServer extends AsyncDisposable {
  readonly port: number;
  readonly user: string;
  /** For `ssh -F`: it knows the server and has the key. */
  readonly config: string;
  /** As above, without the server's identity. */
  readonly configOfStranger: string;
  /** As above, with a key that the server does not take. */
  readonly configWithWrongKey: string;
  /** Commands that were run, as the server saw them. */
  commands(): Promise<string[]>;
}

/** @param folder an empty one of this test */
export async function startSshServer(folder: string): Promise<SshServer> {
  const at = (name: string): string => join(folder, name);
  const user = userInfo().username;
  for (const name of ['host', 'user', 'wrong'])
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', at(name)]);
  const port = await freePort();
  await writeFile(at('authorized'), await readFile(at('user.pub')), { mode: 0o600 });
  const hostKey = (await readFile(at('host.pub'), 'utf8')).split(' ').slice(0, 2).join(' ');
  await writeFile(at('known'), `[127.0.0.1]:${port} ${hostKey}\n`);
  // Every command is noted, and then run by an ordinary shell.
  await writeFile(
    at('shell'),
    `#!/bin/sh\nprintf '%s\\n' "$SSH_ORIGINAL_COMMAND" >> ${at('commands')}\nexec /bin/sh -c "$SSH_ORIGINAL_COMMAND"\n`,
  );
  await chmod(at('shell'), 0o755);
  await mkdir('/run/sshd', { recursive: true, mode: 0o755 }).catch(() => undefined);
  await writeFile(
    at('sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${at('host')}`,
      `AuthorizedKeysFile ${at('authorized')}`,
      `PidFile none`,
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      'PermitRootLogin prohibit-password',
      'StrictModes no',
      `ForceCommand ${at('shell')}`,
    ].join('\n'),
  );
  const config = async (name: string, key: string, known: string): Promise<string> => {
    const lines = [
      `IdentityFile ${at(key)}`,
      'IdentitiesOnly yes',
      `UserKnownHostsFile ${known}`,
      'GlobalKnownHostsFile /dev/null',
    ];
    await writeFile(at(name), lines.join('\n'), { mode: 0o600 });
    return at(name);
  };
  const daemon = spawn(SSHD, ['-D', '-e', '-f', at('sshd_config')], { stdio: ['ignore', 'ignore', 'pipe'] });
  await listening(daemon);
  return {
    port,
    user,
    config: await config('config', 'user', at('known')),
    configOfStranger: await config('config-stranger', 'user', '/dev/null'),
    configWithWrongKey: await config('config-wrong', 'wrong', at('known')),
    commands: async () =>
      existsSync(at('commands')) ? (await readFile(at('commands'), 'utf8')).trim().split('\n') : [],
    [Symbol.asyncDispose]: async () => {
      daemon.kill('SIGTERM');
      await new Promise((resolve) => (daemon.exitCode === null ? daemon.once('exit', resolve) : resolve(null)));
    },
  };
}

async function listening(daemon: ChildProcess): Promise<void> {
  let words = '';
  await new Promise<void>((resolve, reject) => {
    daemon.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words += text;
      if (/Server listening/.test(words)) resolve();
    });
    daemon.once('exit', (code) => reject(new Error(`sshd ended with ${code}: ${words}`)));
    daemon.once('error', reject);
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
