/**
 * At the start of a hub: published files of the last days that have no row, e.g. because recorder and hub died together.
 */
import { messageOf } from '../../base/errors.ts';
import { type RebuildOptions, rebuildIndex } from './rebuild.ts';

const DAY_MS = 86_400_000;

export interface RecentOptions extends Omit<RebuildOptions, 'fromDay' | 'createSources' | 'checkRows'> {
  /** UTC ms. */
  readonly now: number;
  /** Called when rows were added, to count afresh. */
  readonly onAdded?: () => Promise<void>;
}

/** Cameras that the catalog does not know are left alone: they may have been deleted. Never throws. @returns segments added */
export async function adoptRecent(options: RecentOptions): Promise<number> {
  const fromDay = new Date(options.now - DAY_MS).toISOString().slice(0, 10);
  try {
    const { added } = await rebuildIndex({ ...options, fromDay, createSources: false });
    if (added === 0) return 0;
    options.log.info('Footage without a row was found and taken in.', { segments: added });
    await options.onAdded?.();
    return added;
  } catch (error) {
    if (options.signal?.aborted) return 0;
    options.log.warn('The library could not be compared with the catalog; “vidette index” does it any time.', {
      error: messageOf(error),
    });
    return 0;
  }
}
