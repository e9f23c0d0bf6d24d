/**
 * Where this recorder writes: into the library itself where it sees it, else into a spool of its own that is uploaded.
 */
import type { RecorderWelcome } from '../../../contract/recorder.ts';

export interface Storage {
  /** Root: the library, or the own spool folder. Open segments lie below its `spool/`. */
  readonly dir: string;
  /** Identity of the library that the footage is for. */
  readonly library: string;
  /** `link`: publish into the library; `keep`: leave in the spool until it has been uploaded. */
  readonly publish: 'link' | 'keep';
}

/**
 * @param seen identity in the marker of `libraryDir`; null: no library is seen
 */
export function chooseStorage(
  folders: { readonly libraryDir: string | null; readonly spoolDir: string },
  seen: string | null,
  welcome: Pick<RecorderWelcome, 'library' | 'publish'>,
): Storage {
  const { library } = welcome;
  if (welcome.publish === 'link' && folders.libraryDir !== null && seen === library)
    return { dir: folders.libraryDir, library, publish: 'link' };
  return { dir: folders.spoolDir, library, publish: 'keep' };
}

export function sameStorage(a: Storage | undefined, b: Storage): boolean {
  return a !== undefined && a.dir === b.dir && a.library === b.library && a.publish === b.publish;
}
