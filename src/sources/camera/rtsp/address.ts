/** What an address of a camera says: where to connect, how, and what to ask for there. */
import { UserError } from '../../../base/errors.ts';
import { splitCredential } from '../../../base/redact.ts';

/** `verify`: the certificate must be known and fit; `any`: encrypted, but nobody knows with whom. */
export type TlsCheck = 'verify' | 'any';

export interface CameraAddress {
  readonly host: string;
  /** Undefined: the usual one of the way that is taken. */
  readonly port: number | undefined;
  readonly secure: boolean;
  /** `rtsp+http://`, `rtsp+https://`: through HTTP. */
  readonly tunnel: boolean;
  /** For request lines: without credential, and without what is ours behind `#`. */
  readonly requestUrl: string;
  /** With its query; `/` at least. */
  readonly path: string;
  readonly username: string | null;
  readonly password: string | null;
  /** Which video track is wanted, from 1, as `#track=2` says. */
  readonly track: number | undefined;
  readonly tls: TlsCheck | undefined;
}

const SHAPE = /^(rtsps?|rtsp\+https?):\/\/(?:\[([0-9a-f:.%]+)\]|([^/:?#\s]+))(?::(\d{1,5}))?([/?#]\S*)?$/i;

/** @throws UserError */
export function parseAddress(address: string): CameraAddress {
  const { url, username, password } = splitCredential(address);
  const wishes = /#((?:(?:track=\d{1,2}|tls=(?:verify|any))(?:&|$))+)$/i.exec(url);
  const plain = wishes ? url.slice(0, wishes.index) : url;
  const match = SHAPE.exec(plain);
  const port = match?.[4] === undefined ? undefined : Number(match[4]);
  if (!match || (port !== undefined && (port < 1 || port > 65_535)))
    throw new UserError(
      'The address of the camera is not one that RTSP can use.',
      'Write it as rtsp://host/path (or rtsps://, rtsp+http://), with the port behind the host when it is not the usual one.',
    );
  const scheme = (match[1] ?? '').toLowerCase();
  const secure = scheme === 'rtsps' || scheme === 'rtsp+https';
  const words = new URLSearchParams(wishes?.[1] ?? '');
  const track = Number(words.get('track') ?? 0);
  const tls = words.get('tls')?.toLowerCase();
  return {
    host: match[2] ?? match[3] ?? '',
    port,
    secure,
    tunnel: scheme.startsWith('rtsp+'),
    path: (match[5] ?? '').startsWith('/') ? (match[5] ?? '') : `/${match[5] ?? ''}`,
    requestUrl: plain.replace(/^rtsp\+http/i, 'rtsp'),
    username,
    password,
    track: track > 0 ? track : undefined,
    tls: tls === 'verify' || tls === 'any' ? tls : undefined,
  };
}

/**
 * Hosts of a private network: nobody can get a certificate for them, and cameras make their own. RFC 1918, 3927, 4193, 4291, 6762, 8375.
 */
export function isPrivateHost(host: string): boolean {
  const name = host.toLowerCase();
  if (/^(?:127|10)\.\d+\.\d+\.\d+$|^192\.168\.\d+\.\d+$|^169\.254\.\d+\.\d+$/.test(name)) return true;
  if (/^172\.(?:1[6-9]|2\d|3[01])\.\d+\.\d+$/.test(name)) return true;
  if (name.includes(':')) return name === '::1' || /^f[cd]|^fe[89ab]/.test(name);
  return !name.includes('.') || /\.(?:local|lan|home|internal|localhost|home\.arpa)$/.test(name);
}
