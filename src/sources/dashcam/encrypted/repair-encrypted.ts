/**
 * `vidette repair` of an encrypted clip: what the keys open is written beside it, and goes through the repair of videos when a part of it is missing.
 */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { systemDisk } from '../../../blobs/disk.ts';
import { type RepairVideoOptions, repairVideo } from '../../../media/repair/repair.ts';
import type { RepairReport } from '../../../media/repair/task.ts';
import { parseClipName } from '../layout/clip-name.ts';
import { type Decryption, decryptFile } from './decrypt-file.ts';
import type { KeyRing } from './key-ring.ts';
import { containerOf } from './open-container.ts';

export interface EncryptedRepair {
  /** The clip without its encryption; null when it was not written. */
  readonly decrypted: string | null;
  readonly report: RepairReport;
}

const MOST_LIKES = 3;
const MOST_TRIED = 200;

export async function isEncrypted(path: string): Promise<boolean> {
  const file = await systemDisk.openRead(path);
  try {
    return (await containerOf({ ...file, name: basename(path) })) !== undefined;
  } finally {
    await file.close();
  }
}

/**
 * Writes `NAME.decrypted.mp4`, and of a clip that is not whole `NAME.repaired.mp4` too.
 * @param path of an encrypted clip
 * @throws UserError when a name is taken
 */
export async function repairEncrypted(
  path: string,
  keys: KeyRing,
  options: RepairVideoOptions,
): Promise<EncryptedRepair> {
  const { folder, force = false, signal, onProgress } = options;
  const name = basename(path, extname(path));
  const target = join(resolve(folder), `${name}.decrypted.mp4`);
  await mkdir(folder, { recursive: true });
  const found = await decryptFile(path, target, keys, {
    force,
    ...(signal ? { signal } : {}),
    progress: (done) => onProgress?.(done, 'Decrypting'),
  });
  if (found.outcome !== 'decrypted') return { decrypted: null, report: closed(found) };
  const scratch = await mkdtemp(join(folder, '.vidette-likes-'));
  try {
    // With another key nothing but noise comes out: what can be seen is of this clip.
    const repair = async (likes: readonly string[]): Promise<RepairReport> =>
      repairVideo(target, { ...options, name, likes, owned: true });
    const given = await openedLikes(options.likes ?? [], keys, join(scratch, 'given'));
    let report = await repair([...(options.likes ?? []), ...given]);
    if (report.outcome === 'unknown-coding')
      report = await repair(await openedLikes(await neighboursOf(path), keys, join(scratch, 'near')));
    if (found.proven || report.outcome === 'repaired') return { decrypted: target, report: said(report) };
    // The first page is lost, and nothing else of it is a video either: the key may be any clip's.
    await rm(target);
    return { decrypted: null, report: closed({ outcome: 'no-key', tried: keys.size }) };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Nothing was written, which is no fault of the clip's. */
function closed(found: Exclude<Decryption, { outcome: 'decrypted' }>): RepairReport {
  const tried = found.outcome === 'no-key' ? found.tried : 0;
  return {
    outcome: 'encrypted',
    codec: null,
    width: null,
    height: null,
    main: null,
    unverified: [],
    frames: { recovered: 0, unverified: 0, lost: null },
    damage: [],
    created: null,
    coding: null,
    notes: [
      tried === 1
        ? 'The key does not fit: with it, the clip does not begin like a video. The clip is encrypted, not damaged, and nothing was written.'
        : `None of the ${tried} keys fits: with them, the clip does not begin like a video. It is encrypted, not damaged, and nothing was written.`,
    ],
  };
}

function said(report: RepairReport): RepairReport {
  if (report.outcome !== 'whole') return report;
  return { ...report, notes: ['The car had encrypted it; nothing of it is missing.'] };
}

/** Encrypted clips in the same folder, those of the same camera first. */
async function neighboursOf(path: string): Promise<string[]> {
  const camera = parseClipName(basename(path))?.camera;
  const names = (await readdir(dirname(path))).filter((name) => /\.mp4$/i.test(name) && name !== basename(path));
  const other = (name: string): number => (parseClipName(name)?.camera === camera ? 0 : 1);
  return names.sort((one, two) => other(one) - other(two)).map((name) => join(dirname(path), name));
}

/** The first few that are whole and that the keys open, decrypted, to learn from how their pictures are coded. */
async function openedLikes(paths: readonly string[], keys: KeyRing, prefix: string): Promise<string[]> {
  const out: string[] = [];
  for (const path of paths.slice(0, MOST_TRIED)) {
    if (out.length >= MOST_LIKES) break;
    const target = `${prefix}-${out.length + 1}.mp4`;
    const found = await decryptFile(path, target, keys, { force: true });
    if (found.outcome === 'decrypted' && found.whole && found.proven) out.push(target);
  }
  return out;
}
