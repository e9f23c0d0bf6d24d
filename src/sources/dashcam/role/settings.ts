/**
 * What the drive in the car is set to: a file (`/etc/vidette/drive.json`), and what the command line says instead. Secrets are never in either: files are named.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../../base/errors.ts';
import { diskErrorCode } from '../../../blobs/disk.ts';
import { sizeOf } from './sizes.ts';

const Path = z.string().min(1).max(4096);
const Name = z.string().regex(/^[a-z0-9-]{1,32}$/, 'small letters, digits and hyphens');

const Awake = z.discriminatedUnion('by', [
  /** The file’s first line is the address, which often is a secret. */
  z.strictObject({ by: z.literal('webhook'), urlFile: Path }),
  z.strictObject({
    by: z.enum(['tesla-sentry', 'tesla-wake']),
    vin: z.string().regex(/^[A-HJ-NPR-Z0-9]{17}$/, 'the 17 letters and digits of a VIN'),
    tokenFile: Path,
    api: z.url({ protocol: /^https?$/ }).default('https://fleet-api.prd.na.vn.cloud.tesla.com'),
  }),
]);

/** All that can be in the file; the same names as on the command line. */
export const DriveFile = z.strictObject({
  /** Folder of the images, and of the spool. */
  images: Path,
  spool: Path,
  /** Folder of password, switches and how far the hub is; beside the spool’s footage by default. */
  state: Path.optional(),
  mode: z.enum(['live', 'swap']).default('live'),
  /** Size of an image, and how many there are in mode swap. */
  size: z.string().default('64G'),
  count: z.int().min(2).max(8).default(2),
  fs: z.enum(['exfat', 'fat32']).default('exfat'),
  /** Images are made without their blocks: a disk that is full before they are is the car’s I/O error. */
  sparse: z.boolean().default(false),
  /** Names of images with music and the like, which the car has beside. */
  media: z.array(Name).max(7).default([]),
  /** Of the car; its folder in the spool. */
  car: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/, 'letters, digits, _ and -')
    .default('car'),
  hub: z.url({ protocol: /^https?$/, error: 'an address such as https://cameras.example.org' }).optional(),
  tokenFile: Path.optional(),
  /** Most bytes a second that go to the hub. */
  rate: z.string().optional(),
  /** Clips of RecentClips that are older go, once the hub has them. */
  days: z.number().positive().max(3650).default(2),
  /** Never used of the spool’s disk. */
  floor: z.string().default('2G'),
  dropParked: z.boolean().default(false),
  host: z.string().min(1).max(200).default('0.0.0.0'),
  port: z.int().min(0).max(65_535).default(8041),
  /** Names under which the page may be opened, beside the machine’s own. */
  names: z.array(z.string().min(1).max(253)).max(20).default([]),
  /** Socket behind which the system starts the root helper; or the command that starts it, which has to be allowed to. */
  helper: z.union([Path, z.tuple([z.string().min(1)], z.string())]).default('/run/vidette-gadget.sock'),
  awake: Awake.optional(),
});
export type DriveFile = z.output<typeof DriveFile>;

export interface DriveSettings extends Omit<DriveFile, 'size' | 'rate' | 'floor' | 'state'> {
  readonly state: string;
  readonly bytes: number;
  readonly rateBytes: number | undefined;
  readonly floorBytes: number;
}

/** The car wants this much (its manual), and writes 4 MB a second. */
const SMALLEST = 8e9;

/**
 * @param file its path; undefined: everything is on the command line
 * @param given what the command line says, which counts more
 * @throws UserError naming what is wrong, and where
 */
export function readDriveSettings(file: string | undefined, given: Partial<z.input<typeof DriveFile>>): DriveSettings {
  const read = file === undefined ? {} : readFile(file);
  const stated = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const parsed = DriveFile.safeParse({ ...read, ...stated });
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const name = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.join('.');
    const missing = issue?.code === 'invalid_type' && issue.message.includes('undefined');
    throw new UserError(
      missing ? `“${name}” is not set.` : `“${name}”: ${issue?.message ?? 'is wrong'}.`,
      file === undefined
        ? `Give it with --${name}, or name a file of settings with --config.`
        : `Correct it in ${file}, or give it with --${name}.`,
      { code: 'usage' },
    );
  }
  const { size, rate, floor, state, ...rest } = parsed.data;
  const bytes = Math.floor(sizeOf(size, 'size') / (1 << 20)) * (1 << 20);
  if (bytes < SMALLEST)
    throw new UserError(
      `An image of ${size} is too small: six cameras fill 8 GB in half an hour.`,
      'Use 64G or more; the car’s manual asks for at least 64 GB.',
      { code: 'usage' },
    );
  if (rest.hub !== undefined && rest.tokenFile === undefined)
    throw new UserError(
      'A hub is set, but no token for it.',
      'Make a token of the kind “drive” on the hub’s page, write it into a file that only this user can read, and name that with --token-file.',
      { code: 'usage' },
    );
  return {
    ...rest,
    images: resolve(rest.images),
    spool: resolve(rest.spool),
    state: resolve(state ?? join(dirname(resolve(rest.spool)), 'drive-state')),
    bytes,
    rateBytes: rate === undefined ? undefined : sizeOf(rate, 'rate'),
    floorBytes: sizeOf(floor, 'floor'),
  };
}

function readFile(path: string): object {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = diskErrorCode(error);
    if (code === undefined) throw error;
    throw new UserError(`The settings ${path} cannot be read (${code}).`, 'Check --config.', { code: 'usage' });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(`The settings ${path} are no JSON: ${error.message}`, 'Correct the file.', { code: 'usage' });
  }
  throw new UserError(`The settings ${path} are no JSON object.`, 'Correct the file.', { code: 'usage' });
}

/**
 * The first line of a file that holds a secret: read anew each time, so that a new one counts at once.
 * @throws UserError which does not tell what is in it
 */
export function secretIn(path: string): string {
  try {
    const line = readFileSync(path, 'utf8').trimStart().split(/\r?\n/, 1)[0]?.trim() ?? '';
    if (line !== '' && line.length < 5000 && /^[\x21-\x7e]+$/.test(line)) return line;
  } catch (error) {
    const code = diskErrorCode(error);
    if (code === undefined) throw error;
    throw new UserError(`The file ${path} cannot be read (${code}).`, 'It must be there, and readable for this user.', {
      code: 'secret',
    });
  }
  throw new UserError(
    `There is no token or address in the first line of ${path}.`,
    'Write it there, and nothing else.',
    {
      code: 'secret',
    },
  );
}

/** Whether others than its owner can read a secret. */
export function isOpenToAll(path: string): boolean {
  return existsSync(path) && (statSync(path).mode & 0o077) !== 0;
}
