/**
 * Reads out of a drive image everything that is still in it, before anything repairs the image: `vidette repair IMAGE`.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../../base/errors.ts';
import { decryptFile } from '../encrypted/decrypt-file.ts';
import type { KeyRing } from '../encrypted/key-ring.ts';
import type { Finding } from '../image/finding.ts';
import { ImageDrive } from '../image/image-drive.ts';
import { Breath } from '../image/image-file.ts';
import { type Likeness, planSalvage, type SalvageItem } from './plan.ts';
import { safePaths } from './safe-paths.ts';
import { type WrittenItem, writeOut } from './write-out.ts';

export interface SalvagedFile extends WrittenItem {
  /** Where what is in an encrypted clip was written; null when it is none, or no key opens it. */
  readonly decrypted: string | null;
}

export interface SalvageReport {
  readonly image: string;
  readonly bytes: number;
  readonly volumes: readonly {
    readonly kind: 'fat32' | 'exfat';
    readonly start: number;
    readonly findings: readonly Finding[];
    readonly files: readonly SalvagedFile[];
    /** Entries whose contents were found nowhere. */
    readonly lost: readonly string[];
    /** Deleted files that could still be read, with `deleted`. */
    readonly deletedLeft: number;
  }[];
  readonly findings: readonly Finding[];
}

export interface SalvageOptions {
  /** Also what the car has deleted and not yet overwritten. */
  readonly deleted?: boolean;
  readonly likeness?: Likeness;
  /** Opens encrypted clips: what is in them is written beside them. */
  readonly keys?: KeyRing;
  readonly signal?: AbortSignal;
  /** @param done 0 to 1 */
  readonly progress?: (done: number, stage: string) => void;
}

/**
 * @param folder where it goes; with several volumes each gets a folder of its own in it
 * @throws UserError when it cannot be opened, holds no volume, or the folder cannot take it
 */
export async function salvageImage(path: string, folder: string, options: SalvageOptions = {}): Promise<SalvageReport> {
  const { signal, likeness, deleted = false } = options;
  await using drive = new ImageDrive(path);
  options.progress?.(0, 'reading directories');
  const scan = await drive.scan(signal ? { signal } : {});
  if (scan.volumes.length === 0)
    throw new UserError(
      `There is no FAT32 or exFAT volume in ${drive.name}: nothing to recover.`,
      'Name the image of a drive, not a single file of it.',
      { code: 'nothing-to-recover' },
    );
  const volumes: SalvageReport['volumes'][number][] = [];
  for (const [index, volume] of scan.volumes.entries()) {
    const plan = await planSalvage(volume, {
      breath: new Breath(signal),
      deleted,
      ...(likeness ? { likeness } : {}),
      progress: (done) => options.progress?.(done, 'looking for lost clips'),
    });
    const prefix = scan.volumes.length > 1 ? `volume-${index + 1}/` : '';
    const paths = safePaths(plan.items.map((item) => prefix + item.path));
    const items = plan.items.map((item, at): SalvageItem => ({ ...item, path: paths[at] ?? item.path }));
    const total = items.reduce((sum, item) => sum + item.bytes, 0);
    const written = await writeOut(items, folder, {
      ...(signal ? { signal } : {}),
      progress: (bytes) => options.progress?.(total === 0 ? 1 : bytes / total, 'writing'),
    });
    const files: SalvagedFile[] = [];
    for (const file of written) files.push({ ...file, decrypted: await decryptedBeside(folder, file, options) });
    const { kind, start, findings } = volume;
    volumes.push({ kind, start, findings, files, lost: plan.lost, deletedLeft: plan.deletedLeft });
  }
  return { image: drive.name, bytes: drive.bytes, volumes, findings: scan.findings };
}

/** @returns where it is, below the folder */
async function decryptedBeside(
  folder: string,
  { path, encrypted }: WrittenItem,
  { keys, signal }: SalvageOptions,
): Promise<string | null> {
  if (!encrypted || !keys) return null;
  const target = path.replace(/(\.[^./]*)?$/, '.decrypted$1');
  // From an earlier run.
  if (existsSync(join(folder, target))) return target;
  const found = await decryptFile(join(folder, path), join(folder, target), keys, signal ? { signal } : {});
  return found.outcome === 'decrypted' ? target : null;
}
