/** What the hub tells a process that harvests a drive, and what it hears of it. */
import type { HarvestReport } from './harvest.ts';

export interface HarvestOrder {
  /** An image, a block device, or a folder. */
  readonly path: string;
  /** Folder of the library, and of the car in it. */
  readonly library: string;
  readonly source: string;
  readonly notInUse: boolean;
  readonly dropParked: boolean;
  /** Take also what was deleted on purpose. */
  readonly again: boolean;
  /** Folder of key files. */
  readonly keys?: string;
  /** ms between two looks at a drive in use; a minute by default. */
  readonly apartMs?: number;
}

export type FromHarvest =
  /** @param done 0 to 1 */
  | { readonly type: 'progress'; readonly done: number; readonly stage: string }
  | { readonly type: 'done'; readonly report: HarvestReport }
  | { readonly type: 'cancelled' }
  /** `known`: in words for people; otherwise a bug or the machine. */
  | { readonly type: 'failed'; readonly known: boolean; readonly message: string; readonly remedy: string };
