/** Where a camera says with which keys it encrypts its media: SDES (RFC 4568) and MIKEY (RFC 4567), in description or answer. */
import { randomBytes } from 'node:crypto';
import { InputError } from '../../../base/errors.ts';
import { buildMikey, parseMikey, splitKey } from './mikey.ts';
import type { SdpMedia } from './sdp.ts';
import type { SrtpKeys } from './srtp.ts';

const SUITES: Readonly<Record<string, { readonly bytes: number; readonly tag: number }>> = {
  AES_CM_128_HMAC_SHA1_80: { bytes: 30, tag: 10 },
  AES_CM_128_HMAC_SHA1_32: { bytes: 30, tag: 4 },
  AES_256_CM_HMAC_SHA1_80: { bytes: 46, tag: 10 },
  AES_256_CM_HMAC_SHA1_32: { bytes: 46, tag: 4 },
};

/** The value of an `a=crypto`; undefined for a suite that we do not know. @throws InputError when it is broken */
export function parseCrypto(value: string): SrtpKeys | undefined {
  const match = /^\d{1,9}\s+(\S+)\s+inline:([A-Za-z0-9+/=]+)((?:\|[^|\s]*)*)/.exec(value);
  const suite = SUITES[match?.[1]?.toUpperCase() ?? ''];
  if (!match || !suite) return undefined;
  const both = Buffer.from(match[2] ?? '', 'base64');
  const error = (reason: string): InputError => new InputError('a=crypto', reason);
  if (both.length !== suite.bytes) throw error(`a key of ${both.length} bytes`);
  const mki = Number(/\|\d+:(\d{1,3})(?:\||$)/.exec(match[3] ?? '')?.[1] ?? 0);
  if (mki > 128) throw error('a key identifier that is too long');
  return { ...splitKey(both, error), tag: suite.tag, mki };
}

/** The keys of a track by its description, else by the description's head. @throws InputError */
export function describedKeys(media: SdpMedia): SrtpKeys | undefined {
  for (const value of media.crypto) {
    const keys = parseCrypto(value);
    if (keys) return keys;
  }
  return media.keyManagement === undefined ? undefined : mikeyKeys(media.keyManagement);
}

/** The keys in a `KeyMgmt` header. @throws InputError */
export function answeredKeys(value: string | undefined): SrtpKeys | undefined {
  const data = /\bdata\s*=\s*"?([A-Za-z0-9+/=]+)"?/i.exec(value ?? '')?.[1];
  return data === undefined ? undefined : parseMikey(Buffer.from(data, 'base64'));
}

/** The value of an `a=key-mgmt`. */
function mikeyKeys(value: string): SrtpKeys | undefined {
  const data = /^mikey\s+([A-Za-z0-9+/=]+)/i.exec(value)?.[1];
  return data === undefined ? undefined : parseMikey(Buffer.from(data, 'base64'));
}

/** Keys of our own, and the `KeyMgmt` header that tells them. */
export function ownKeys(url: string, ssrc: number, wallMs: number): { keys: SrtpKeys; header: string } {
  const keys = { key: randomBytes(16), salt: randomBytes(14), tag: 10, mki: 0 };
  const data = buildMikey(keys, ssrc, wallMs).toString('base64');
  return { keys, header: `prot=mikey;uri="${url}";data="${data}"` };
}
