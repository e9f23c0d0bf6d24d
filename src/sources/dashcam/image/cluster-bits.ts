/**
 * A bit for each cluster of a volume, in pages that exist only where a bit is set: a hostile boot sector may claim four thousand million clusters.
 */
const PAGE_BITS = 1 << 17;
/** 64 MiB: enough for every cluster of a FAT32 volume of the largest size. */
const MOST_PAGES = 4096;

export class ClusterBits {
  readonly #pages = new Map<number, Uint32Array>();

  has(cluster: number): boolean {
    const page = this.#pages.get(Math.floor(cluster / PAGE_BITS));
    if (!page) return false;
    const bit = cluster % PAGE_BITS;
    return (((page[bit >> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
  }

  /** @returns whether the bit is now set; false beyond the memory bound */
  add(cluster: number): boolean {
    const index = Math.floor(cluster / PAGE_BITS);
    let page = this.#pages.get(index);
    if (!page) {
      if (this.#pages.size >= MOST_PAGES) return false;
      page = new Uint32Array(PAGE_BITS / 32);
      this.#pages.set(index, page);
    }
    const bit = cluster % PAGE_BITS;
    page[bit >> 5] = (page[bit >> 5] ?? 0) | (1 << (bit & 31));
    return true;
  }

  delete(cluster: number): void {
    const page = this.#pages.get(Math.floor(cluster / PAGE_BITS));
    if (!page) return;
    const bit = cluster % PAGE_BITS;
    page[bit >> 5] = (page[bit >> 5] ?? 0) & ~(1 << (bit & 31));
  }
}
