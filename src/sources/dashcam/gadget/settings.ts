/** What the root helper may give to a car: named by a file that only root can write. */
import fs from 'node:fs';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../../base/errors.ts';
import { ImageName } from './protocol.ts';
import { Refused } from './refused.ts';

const MOST = 64 * 1024;

const Settings = z.strictObject({
  /** User whom the images belong to: nothing else is given to a car. */
  uid: z.int().min(1),
  /** Name → absolute path. */
  images: z.record(ImageName, z.string().max(4096).refine(isAbsolute, 'is no absolute path')),
  /** USB device controller; the only one by default. */
  controller: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,64}$/)
    .optional(),
  /** The car caches what it knows of a drive by this. */
  serial: z
    .string()
    .regex(/^[A-Za-z0-9]{1,32}$/)
    .default('vidette1'),
});
export type GadgetSettings = z.output<typeof Settings>;

/**
 * @param owner whose file it must be: root's
 * @throws Refused `settings`
 */
export function readGadgetSettings(path: string, owner = 0): GadgetSettings {
  let text: string;
  try {
    const file = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW);
    try {
      const seen = fs.fstatSync(file);
      if (!seen.isFile() || seen.uid !== owner || (seen.mode & 0o022) !== 0)
        throw new Refused('settings', `${path} must be a file that root alone can write.`);
      const bytes = Buffer.alloc(Math.min(MOST, seen.size));
      text = bytes.toString('utf8', 0, fs.readSync(file, bytes, 0, bytes.length, 0));
    } finally {
      fs.closeSync(file);
    }
    const parsed = Settings.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new Refused('settings', `${path}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is wrong'}`);
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused('settings', `${path} cannot be read: ${messageOf(error)}`, error);
  }
}
