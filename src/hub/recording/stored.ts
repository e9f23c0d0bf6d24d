/**
 * Checks what recorders say of files before anything is written down about them.
 */
import { createHash } from 'node:crypto';
import { Unavailable, UserError } from '../../base/errors.ts';
import type { BlobStore } from '../../blobs/store.ts';
import type { SegmentReport } from '../../contract/recorder.ts';
import { isLibraryKey } from '../../sources/camera/segments/names.ts';

export interface StoredFilesOptions {
  readonly blobs: Pick<BlobStore, 'stat' | 'get' | 'readMarker'>;
  readonly library: string;
  /** Folder of a source that exists or existed. */
  readonly folderOf: (sourceId: string) => Promise<string | undefined>;
}

export class StoredFiles {
  readonly #options: StoredFilesOptions;
  readonly #folders = new Map<string, string>();

  constructor(options: StoredFilesOptions) {
    this.#options = options;
  }

  /**
   * Every file is where footage of its camera belongs, and is there, whole.
   * @throws UserError naming the first that is not (the recorder keeps it); Unavailable when the library itself is away
   */
  async check(reports: readonly SegmentReport[]): Promise<void> {
    for (const report of reports) {
      const folder = await this.#folderOf(report.sourceId);
      // Nothing is known of the camera: the catalog will say that it is gone.
      if (folder === undefined) checkLibraryKey(report.key);
      else if (!isLibraryKey(report.key) || !report.key.startsWith(`${folder}/${report.track}/`))
        throw misplaced(report.key);
    }
    const found = await Promise.all(
      reports.map(async (report) => !this.#folders.has(report.sourceId) || (await this.#isThere(report))),
    );
    const missing = reports[found.indexOf(false)];
    if (missing === undefined) return;
    if ((await this.#options.blobs.readMarker()) !== this.#options.library)
      throw new Unavailable('The library is not there just now.', 5000);
    throw new UserError(
      `${missing.key} is not in the library as it was reported.`,
      'Bring it there, then report it again.',
      {
        code: 'not-stored',
      },
    );
  }

  /**
   * What is in the library already is never overwritten by anything else.
   * @throws UserError `conflict` when another file has that key
   */
  async checkUpload({ key, bytes, sha256 }: Pick<SegmentReport, 'key' | 'bytes' | 'sha256'>): Promise<void> {
    const { blobs } = this.#options;
    const there = await blobs.stat(key);
    if (there === undefined) return;
    const hash = createHash('sha256');
    if (there.bytes === bytes) for await (const chunk of (await blobs.get(key)).body) hash.update(chunk as Buffer);
    if (there.bytes === bytes && hash.digest('hex') === sha256) return;
    throw new UserError(`${key} is in the library already, with other content.`, 'Use another name.', {
      code: 'conflict',
    });
  }

  forget(sourceId: string): void {
    this.#folders.delete(sourceId);
  }

  async #isThere(report: SegmentReport): Promise<boolean> {
    return (await this.#options.blobs.stat(report.key))?.bytes === report.bytes;
  }

  async #folderOf(sourceId: string): Promise<string | undefined> {
    const known = this.#folders.get(sourceId);
    if (known !== undefined) return known;
    const folder = await this.#options.folderOf(sourceId);
    if (folder !== undefined) this.#folders.set(sourceId, folder);
    return folder;
  }
}

/** @throws UserError for a key under which no segment may lie: retention will one day delete what a row names */
export function checkLibraryKey(key: string): void {
  if (!isLibraryKey(key)) throw misplaced(key);
}

function misplaced(key: string): UserError {
  return new UserError(
    `“${key.slice(0, 100)}” is not where footage of this camera belongs.`,
    'Use <folder>/<track>/<day>/<hour>/<name>.mp4.',
    { code: 'invalid-key' },
  );
}
