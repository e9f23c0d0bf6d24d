/**
 * A folder of a device that is reached over SSH. Pure.
 */
import { UserError } from '../../../../base/errors.ts';

/** Where openpilot keeps its drives. */
const REALDATA = '/data/media/0/realdata';

export interface SshAddress {
  readonly user: string | null;
  /** Without brackets. */
  readonly host: string;
  readonly port: number | null;
  /** Absolute. */
  readonly path: string;
}

/** Whether `--data` names a device and not a folder of this machine. A name such as `comma@192.0.2.7` may be either. */
export function isSshAddress(text: string): boolean {
  return /^ssh:\/\//i.test(text) || /^[^/:\s]+@[^/:\s]+:/.test(text);
}

/** Whether it may be a user and a device without a folder. */
export function mayBeSshAddress(text: string): boolean {
  return /^[^/:@\s]+@([^/:@\s]+|\[[0-9a-f:.]+\])$/i.test(text.trim());
}

/**
 * @param text `ssh://comma@192.0.2.7:22/data/media/0/realdata`, or `comma@192.0.2.7:/data/media/0/realdata`; without a path it is the device's usual one
 * @throws UserError that holds no password
 */
export function sshAddress(text: string): SshAddress {
  const found =
    /^ssh:\/\/(?:([^@/]*)@)?(\[[0-9a-f:.]+\]|[^:/@[\]]+)(?::(\d{1,5}))?(\/.*)?$/i.exec(text.trim()) ??
    /^(?:([^@/:]+)@)(\[[0-9a-f:.]+\]|[^:/@[\]]+)()(?::(.*))?$/i.exec(text.trim());
  const [, user = '', bracketed = '', port = '', path = ''] = found ?? [];
  const host = bracketed.replace(/^\[|\]$/g, '');
  const wrong = (what: string): UserError =>
    new UserError(
      `${what}.`,
      `A device is named like ssh://comma@192.0.2.7${REALDATA}, or comma@192.0.2.7:${REALDATA}.`,
      { code: 'usage' },
    );
  if (user.includes(':')) throw wrong('A password is not accepted in the address of a device: SSH uses your keys');
  // What begins with “-” would be an option of ssh.
  if (!/^[a-z0-9_][a-z0-9._:-]{0,252}$/i.test(host) && !/^[0-9a-f:]*:[0-9a-f:.]*$/i.test(host))
    throw wrong('That is not the name of a device');
  if (user !== '' && !/^[a-z0-9_][a-z0-9._-]{0,63}$/i.test(user)) throw wrong('That is not the name of a user');
  if (port !== '' && !(Number(port) >= 1 && Number(port) <= 65_535)) throw wrong('That is not a port');
  const folder = path === '' || path === '/' ? REALDATA : path;
  if (!folder.startsWith('/')) throw wrong('The folder on the device must begin with /');
  if (folder.length > 1000 || /\p{Cc}/u.test(folder)) throw wrong('That is not a folder on the device');
  return {
    user: user === '' ? null : user,
    host,
    port: port === '' ? null : Number(port),
    path: folder.replace(/(?<=.)\/+$/, ''),
  };
}

/** For messages. */
export function deviceWords({ user, host, path }: SshAddress): string {
  return `${user === null ? '' : `${user}@`}${host}:${path}`;
}

/** One word for the shell of a device. @throws UserError for what no path holds */
export function shellWord(text: string): string {
  if (/\p{Cc}/u.test(text))
    throw new UserError('A file on the device has a name that cannot be asked for.', 'Rename it.');
  return `'${text.replaceAll("'", "'\\''")}'`;
}
