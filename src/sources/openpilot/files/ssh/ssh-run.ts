/**
 * One reading command on a device, by this system's own `ssh`: its keys, its settings, its check of the device's identity. It is asked for no
 * password, forwards nothing, and inherits no secret.
 */
import { spawn } from 'node:child_process';
import { withoutSecrets } from '../../../../base/environment.ts';
import { UserError } from '../../../../base/errors.ts';
import { NetworkFailure } from '../http/ask.ts';
import { deviceWords, type SshAddress } from './ssh-address.ts';

/** Nothing for so long: the connection is given up. `ssh` itself notices a dead network after 30 s. */
const IDLE = 60_000;
const OPTIONS = [
  'BatchMode=yes',
  'ConnectTimeout=15',
  'ServerAliveInterval=10',
  'ServerAliveCountMax=3',
  'ForwardAgent=no',
  'ForwardX11=no',
  'ClearAllForwardings=yes',
  'PermitLocalCommand=no',
];

export interface SshOptions {
  readonly signal: AbortSignal | undefined;
  /** Another configuration file than the user's own. */
  readonly config?: string | undefined;
}

/** Ended with an error of the command on the device, not of the connection. */
export class RemoteFailure extends Error {
  override readonly name = 'RemoteFailure';
}

/**
 * What the command prints.
 * @param command only ever `find` and `stat`, `cat`, or `tail -c`, with quoted names
 * @throws UserError where the person has to do something, NetworkFailure where trying again may help, RemoteFailure with the device's own words
 */
export async function* sshRun(address: SshAddress, command: string, options: SshOptions): AsyncGenerator<Buffer> {
  const { user, host, port } = address;
  const child = spawn(
    'ssh',
    [
      ...(options.config === undefined ? [] : ['-F', options.config]),
      '-T',
      ...OPTIONS.flatMap((option) => ['-o', option]),
      ...(port === null ? [] : ['-p', String(port)]),
      ...(user === null ? [] : ['-l', user]),
      '--',
      host,
      command,
    ],
    // In English, because its words are read.
    { env: { ...withoutSecrets(process.env), LC_ALL: 'C' }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-8000);
  });
  const ended = new Promise<number | Error | null>((resolve) => {
    child.once('error', resolve);
    child.once('close', resolve);
  });
  let silent = false;
  const stop = (): boolean => child.kill('SIGTERM');
  const timer = setTimeout(() => {
    silent = true;
    stop();
  }, IDLE);
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    for await (const piece of child.stdout as AsyncIterable<Buffer>) {
      timer.refresh();
      yield piece;
      timer.refresh();
    }
    const code = await ended;
    options.signal?.throwIfAborted();
    if (silent) throw new NetworkFailure(`${host} sent nothing for ${IDLE / 1000} s`);
    if (code instanceof Error) throw notStarted(code);
    if (code === 255 || code === null) throw connectionFailure(address, words);
    if (code !== 0) throw new RemoteFailure(words.trim());
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', stop);
    // Whoever stops reading early ends it.
    if (child.exitCode === null && child.signalCode === null) stop();
  }
}

function notStarted(error: NodeJS.ErrnoException): UserError {
  return new UserError(
    `ssh could not be started (${error.code ?? error.message}).`,
    'Install it (Debian: apt install openssh-client).',
    { code: 'missing-program', cause: error },
  );
}

/** What the words of OpenSSH mean to a driver. They may hold names of files of this machine, so they are not repeated. */
function connectionFailure(address: SshAddress, words: string): Error {
  const device = deviceWords(address);
  const by = `ssh ${address.port === null ? '' : `-p ${address.port} `}${address.user === null ? '' : `${address.user}@`}${address.host}`;
  if (/host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/i.test(words))
    return /HAS CHANGED/.test(words)
      ? new UserError(
          `${device} has another identity than before.`,
          `If the device was set up anew, remove the old one (ssh-keygen -R ${address.host}) and connect once by hand: ${by}`,
          { code: 'ssh' },
        )
      : new UserError(`This machine does not know ${device} yet.`, `Connect once by hand and accept its key: ${by}`, {
          code: 'ssh',
        });
  if (/permission denied/i.test(words))
    return new UserError(
      `${device} does not accept your SSH key.`,
      `Switch SSH on in the device’s settings and name your GitHub user there, whose keys it takes. Then this must work without a password: ${by}`,
      { code: 'ssh' },
    );
  if (/could not resolve hostname/i.test(words))
    return new UserError(
      `${address.host} is not known to this network.`,
      'Use the address that the device shows in its network settings.',
      { code: 'ssh' },
    );
  if (/bad configuration option|can't open user config|no such identity/i.test(words))
    return new UserError('The SSH configuration of this user has a fault.', `See what this says: ${by}`, {
      code: 'ssh',
    });
  return new NetworkFailure(
    /timed out|no route|unreachable/i.test(words)
      ? `${address.host} does not answer (is the device on, and in this network?)`
      : /refused/i.test(words)
        ? `${address.host} does not answer by SSH (switch it on in the device’s settings)`
        : `the connection to ${address.host} ended`,
  );
}
