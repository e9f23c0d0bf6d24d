/**
 * Folders whose names are known to outlive a power loss.
 */
import { dirname, resolve } from 'node:path';
import type { Disk } from './disk.ts';

const MAX_KNOWN = 10_000;

/** One per library root; shared by writers or not, as is handy. */
export class Folders {
  readonly #disk: Disk;
  readonly #root: string;
  readonly #known = new Set<string>();

  /** @param root is taken to be there and durable; nothing above it is touched. */
  constructor(disk: Disk, root: string) {
    this.#disk = disk;
    this.#root = resolve(root);
  }

  /**
   * Makes a folder below the root, and syncs every folder above it that names a new one. A folder that another process
   * has made may not be durable yet, so the first use of each in this process syncs too.
   */
  async ensure(path: string): Promise<void> {
    const made = new Set(await this.#disk.mkdir(path));
    const chain: string[] = [];
    for (let at = path; at.length > this.#root.length; at = dirname(at)) chain.unshift(at);
    for (const folder of chain) {
      if (this.#known.has(folder) && !made.has(folder)) continue;
      await this.#disk.syncFolder(dirname(folder));
      if (this.#known.size >= MAX_KNOWN) this.#known.clear();
      this.#known.add(folder);
    }
  }
}
