/**
 * What must not be readable in the database or its backups: encrypted with a key that lives beside it, in a file of its own.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { chmod, open, readFile, stat } from 'node:fs/promises';
import { UserError } from '../base/errors.ts';

/**
 * Seals with AES-256-GCM (NIST SP 800-38D): 1 byte version, 8 bytes key id, 12 bytes nonce, 16 bytes tag, ciphertext.
 * The purpose is authenticated with it, so that a value moved to another row does not open.
 */
export interface Secrets {
  /** Names the key without telling anything about it; 16 hex digits. */
  readonly keyId: string;
  /** @param purpose what the value belongs to, e.g. `camera:<id>` */
  seal(text: string, purpose: string): Buffer;
  /** @throws UserError when it was sealed with another key, for another purpose, or was changed */
  open(sealed: Uint8Array, purpose: string): string;
  /** A key of 32 bytes for one other use (RFC 5869), e.g. `signed-urls`. */
  derive(purpose: string): Buffer;
}

const VERSION = 1;
const KEY_BYTES = 32;
const HEADER = 1 + 8;
const NONCE = 12;
const TAG = 16;

/**
 * Reads `secret.key`, or makes it (mode 0600) where nothing has been encrypted yet.
 * @param sealedValuesExist asked only when the file is missing
 * @throws UserError when the file is missing although values depend on it, or is damaged
 */
export async function openSecrets(path: string, sealedValuesExist: () => Promise<boolean>): Promise<Secrets> {
  const found = await readKey(path);
  if (found !== undefined) return secretsOf(found);
  if (await sealedValuesExist())
    throw new UserError(
      `The key ${path} is missing, but the catalog holds camera passwords that were encrypted with it.`,
      'Put the file back from a backup. Without it: remove and add those cameras again with their passwords.',
      { code: 'secret-key' },
    );
  const key = randomBytes(KEY_BYTES);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${key.toString('base64')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return secretsOf(key);
}

async function readKey(path: string): Promise<Buffer | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== KEY_BYTES)
    throw new UserError(`The key ${path} is damaged.`, 'Put it back from a backup.', { code: 'secret-key' });
  if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600);
  return key;
}

/** @param key 32 random bytes */
export function secretsOf(key: Buffer): Secrets {
  const id = createHash('sha256').update('vidette key id').update(key).digest().subarray(0, 8);
  const sealing = derive(key, 'sealed values');
  return {
    keyId: id.toString('hex'),
    seal(text, purpose) {
      const header = Buffer.concat([Buffer.of(VERSION), id]);
      const nonce = randomBytes(NONCE);
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce, { authTagLength: TAG });
      cipher.setAAD(Buffer.concat([header, Buffer.from(purpose)]));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([header, nonce, cipher.getAuthTag(), body]);
    },
    open(sealed, purpose) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      if (bytes.length < HEADER + NONCE + TAG || bytes[0] !== VERSION) throw cannotOpen('it is not a sealed value');
      if (!bytes.subarray(1, HEADER).equals(id)) throw cannotOpen('it was encrypted with another secret.key');
      const decipher = createDecipheriv('aes-256-gcm', sealing, bytes.subarray(HEADER, HEADER + NONCE), {
        authTagLength: TAG,
      });
      decipher.setAAD(Buffer.concat([bytes.subarray(0, HEADER), Buffer.from(purpose)]));
      decipher.setAuthTag(bytes.subarray(HEADER + NONCE, HEADER + NONCE + TAG));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(HEADER + NONCE + TAG)), decipher.final()]).toString(
          'utf8',
        );
      } catch (cause) {
        throw cannotOpen('it was changed', cause);
      }
    },
    derive: (purpose) => derive(key, purpose),
  };
}

function derive(key: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, 'vidette', purpose, KEY_BYTES));
}

function cannotOpen(why: string, cause?: unknown): UserError {
  return new UserError(
    `A stored password cannot be decrypted: ${why}.`,
    'Put the right secret.key back, or enter the password again.',
    { code: 'secret-key', cause },
  );
}
