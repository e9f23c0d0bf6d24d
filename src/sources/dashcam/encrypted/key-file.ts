/**
 * The key of a clip as tools store it: `CLIP.mp4.rawkey.json` with `{"fek_b64": "…"}`. Pure.
 */
import { z } from 'zod';
import { InputError } from '../../../base/errors.ts';
import { KEY_BYTES } from './page-cipher.ts';

export const KEY_FILE = '.rawkey.json';

const KeyFile = z.looseObject({ fek_b64: z.string().max(100) });
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/**
 * @param name of the file, for the error, which never holds what is in it
 * @throws InputError
 */
export function parseKeyFile(text: string, name: string): Buffer {
  const fault = (reason: string): InputError => new InputError(name, reason);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // The cause quotes what stands there.
    if (error instanceof SyntaxError) throw fault('it is no key file: it is not JSON');
    throw error;
  }
  const parsed = KeyFile.safeParse(value);
  const key = parsed.data?.fek_b64.trim() ?? '';
  if (!BASE64.test(key)) throw fault('it is no key file: it has no “fek_b64” in base64');
  const bytes = Buffer.from(key, 'base64');
  if (bytes.length !== KEY_BYTES) throw fault(`its key has ${bytes.length} bytes, and a clip’s has ${KEY_BYTES}`);
  return bytes;
}
