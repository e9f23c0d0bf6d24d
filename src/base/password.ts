/**
 * Passwords: hashed with scrypt (RFC 7914), parameters of the OWASP Password Storage Cheat Sheet (N=2^15, r=8, p=3: 32 MiB).
 * A hash says its own parameters, so that they can be raised later.
 */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { Unavailable } from './errors.ts';

/** What one hash costs: 128 · r · 2^logN bytes of memory at once, p times over. */
export interface PasswordCost {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

const USUAL: PasswordCost = { logN: 15, r: 8, p: 3 };
/** The same work in 8 MiB, from the same table: for a small computer. */
export const SMALL: PasswordCost = { logN: 13, r: 8, p: 10 };
const SALT = 16;
const HASH = 32;
/** How many are computed at once, and how many may wait: each takes 32 MiB and a moment of a core. */
const AT_ONCE = 2;
const WAITING = 30;

/** `$scrypt$ln=15,r=8,p=3$salt$hash`, both in base64url. */
export async function hashPassword(password: string, { logN, r, p }: PasswordCost = USUAL): Promise<string> {
  const salt = randomBytes(SALT);
  const hash = await derive(password, salt, logN, r, p);
  return `$scrypt$ln=${logN},r=${r},p=${p}$${salt.toString('base64url')}$${hash.toString('base64url')}`;
}

/**
 * Takes equally long whether there is a hash or not, so that nobody learns which names exist.
 * @param stored null: nobody has that name, or no password is set; the answer is false
 * @throws Unavailable when too many are being checked
 */
export async function checkPassword(password: string, stored: string | null): Promise<boolean> {
  const parts = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/.exec(stored ?? '');
  if (stored !== null && parts === null) throw new Error('a stored password hash cannot be read');
  const [, ln = String(USUAL.logN), r = String(USUAL.r), p = String(USUAL.p), salt = '', wanted = ''] = parts ?? [];
  const hash = await derive(password, Buffer.from(salt, 'base64url'), Number(ln), Number(r), Number(p));
  const expected = Buffer.from(wanted, 'base64url');
  return stored !== null && expected.length === hash.length && timingSafeEqual(expected, hash);
}

let running = 0;
const queue: (() => void)[] = [];

async function derive(password: string, salt: Buffer, logN: number, r: number, p: number): Promise<Buffer> {
  if (running >= AT_ONCE) {
    if (queue.length >= WAITING) throw new Unavailable('Too many people are signing in at once.', 3000);
    await new Promise<void>((resolve) => queue.push(resolve));
  }
  running++;
  try {
    const options: ScryptOptions = { N: 2 ** logN, r, p, maxmem: 160 * 2 ** logN * r };
    return await new Promise((resolve, reject) =>
      scrypt(password.normalize('NFC'), salt, HASH, options, (error, key) => (error ? reject(error) : resolve(key))),
    );
  } finally {
    running--;
    queue.shift()?.();
  }
}
