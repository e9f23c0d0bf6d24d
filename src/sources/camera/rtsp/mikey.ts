/** MIKEY (RFC 3830) as cameras use it in RTSP (RFC 4567): the keys in plain, because the connection around them is encrypted. */
import { randomBytes } from 'node:crypto';
import { InputError } from '../../../base/errors.ts';
import type { SrtpKeys } from './srtp.ts';

/** Payload types of section 6.1. */
const LAST = 0;
const KEMAC = 1;
const TIMESTAMP = 5;
const POLICY = 10;
const RAND = 11;
/** Types of key data (section 6.13): with `+ 1`, a salt follows. */
const TEK = 2;

const broken = (reason: string): InputError => new InputError('MIKEY message', reason);

/** @throws InputError when it holds no key that can be used */
export function parseMikey(message: Buffer): SrtpKeys {
  if (message.length < 10 || message.length > 4096) throw broken('it is too short or too long');
  if (message[0] !== 1) throw broken(`version ${message[0]} is not known`);
  if (message[9] !== 0) throw broken('its map is not one of SRTP');
  let next = message[2] ?? LAST;
  let at = 10 + 9 * (message[8] ?? 0);
  let tag = 10;
  let found: { key: Buffer; salt: Buffer } | undefined;
  const need = (count: number): void => {
    if (at + count > message.length) throw broken('it is cut off');
  };
  while (next !== LAST) {
    const type = next;
    need(2);
    next = message[at] ?? LAST;
    if (type === TIMESTAMP) at += 2 + ((message[at + 1] ?? 0) === 2 ? 4 : 8);
    else if (type === RAND) at += 2 + (message[at + 1] ?? 0);
    else if (type === POLICY) {
      need(5);
      const size = message.readUInt16BE(at + 3);
      need(5 + size);
      tag = policyTag(message.subarray(at + 5, at + 5 + size)) ?? tag;
      at += 5 + size;
    } else if (type === KEMAC) {
      need(4);
      if (message[at + 1] !== 0) throw broken('its keys are encrypted with one that we have not');
      const size = message.readUInt16BE(at + 2);
      need(5 + size);
      found = keyData(message.subarray(at + 4, at + 4 + size));
      at += 5 + size + (message[at + 4 + size] === 0 ? 0 : 20);
    } else throw broken(`a payload of type ${type} is not known`);
  }
  if (!found) throw broken('it holds no key');
  return { ...found, tag, mki: 0 };
}

/** What the policy says of SRTP (section 6.10.1), as far as we can do otherwise. */
function policyTag(params: Buffer): number | undefined {
  let tag: number | undefined;
  for (let at = 0; at + 2 <= params.length; at += 2 + (params[at + 1] ?? 0)) {
    const [type, size, value] = [params[at], params[at + 1], params[at + 2]];
    if (type === 0 && value !== 1) throw broken('it wants another cipher than AES in counter mode');
    if (type === 11 && size === 1 && (value === 4 || value === 10)) tag = value;
  }
  return tag;
}

function keyData(data: Buffer): { key: Buffer; salt: Buffer } {
  if (data.length < 4) throw broken('it holds no key');
  const type = (data[1] ?? 0) >> 4;
  const size = data.readUInt16BE(2);
  const key = data.subarray(4, 4 + size);
  if (type !== TEK && type !== TEK + 1) throw broken('its keys would have to be made from others');
  let salt: Buffer | undefined;
  if (type === TEK + 1 && data.length >= 6 + size) {
    const length = data.readUInt16BE(4 + size);
    salt = data.subarray(6 + size, 6 + size + length);
  }
  return splitKey(salt ? Buffer.concat([key, salt]) : key, broken);
}

/** Master key and salt as they stand behind each other. @throws what `error` makes */
export function splitKey(both: Buffer, error: (reason: string) => InputError): { key: Buffer; salt: Buffer } {
  if (both.length !== 30 && both.length !== 46) throw error(`a key of ${both.length} bytes`);
  const size = both.length - 14;
  return { key: Buffer.from(both.subarray(0, size)), salt: Buffer.from(both.subarray(size)) };
}

/** A message that gives our key to the camera, for what we send. */
export function buildMikey(keys: SrtpKeys, ssrc: number, wallMs: number): Buffer {
  const head = Buffer.alloc(19);
  head.set([1, 0, TIMESTAMP, 0]);
  randomBytes(4).copy(head, 4);
  head[8] = 1;
  head.writeUInt32BE(ssrc >>> 0, 11);
  const seconds = wallMs / 1000 + 2_208_988_800;
  const time = Buffer.alloc(10);
  time[0] = RAND;
  time.writeUInt32BE(Math.floor(seconds) % 2 ** 32, 2);
  time.writeUInt32BE(Math.floor((seconds % 1) * 2 ** 32), 6);
  const random = Buffer.concat([Buffer.from([POLICY, 16]), randomBytes(16)]);
  const length = keys.key.length;
  const params = [
    [0, 1, 1],
    [1, 1, length],
    [2, 1, 1],
    [3, 1, 20],
    [7, 1, 1],
    [8, 1, 1],
    [10, 1, 1],
    [11, 1, keys.tag],
  ].flat();
  const policy = Buffer.from([KEMAC, 0, 0, 0, params.length, ...params]);
  const both = Buffer.concat([keys.key, keys.salt]);
  const data = Buffer.concat([Buffer.from([LAST, TEK << 4, 0, both.length]), both]);
  const kemac = Buffer.concat([Buffer.from([LAST, 0, 0, data.length]), data, Buffer.from([0])]);
  return Buffer.concat([head, time, random, policy, kemac]);
}
