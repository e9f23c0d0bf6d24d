/**
 * A drive that was found somewhere: what is there of it, and how its files get to this machine.
 */
import type { FilePlan } from './choose-files.ts';
import type { FileKind } from './file-kind.ts';
import type { FilesNeed } from './need.ts';

/** A minute whose files can be opened. */
export interface BroughtMinute {
  /** Minute of the route, from 0. */
  readonly segment: number;
  /** False: only its log is here, for the state at the start of the clip. */
  readonly shown: boolean;
  /** Absolute paths; never to be written. They stay until the drive is closed. */
  readonly files: Partial<Readonly<Record<FileKind, string>>>;
}

export interface BringProgress {
  readonly files: number;
  readonly filesDone: number;
  /** Bytes that came in this run; files that were here already do not count. */
  readonly bytes: number;
}

export interface BringOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: BringProgress) => void) | undefined;
}

export interface Drive extends AsyncDisposable {
  readonly dongle: string | null;
  readonly logId: string | null;
  /** The seconds that the name itself asked for; null: it named the whole drive. */
  readonly asked: { readonly start: number; readonly end: number } | null;
  /** Minutes, counted from 0, as far as is known; the last one may be short. */
  readonly minutes: number;
  /** What the person should know about how it was found, in whole sentences. */
  readonly notes: readonly string[];
  /** @throws UserError that names what is missing, and what would still work */
  plan(need: FilesNeed): Promise<FilePlan>;
  /** Has every file of the plan on this machine. What came before an interruption is used again. */
  bring(plan: FilePlan, options?: BringOptions): Promise<BroughtMinute[]>;
}

/** The minutes of a plan with the paths to which their files were brought. */
export function broughtMinutes(plan: FilePlan, pathOf: (file: FilePlan['files'][number]) => string): BroughtMinute[] {
  return plan.minutes.map(({ segment, shown, log, pictures, sound }) => {
    const files: Partial<Record<FileKind, string>> = {};
    for (const file of [log, ...Object.values(pictures), sound])
      if (file !== null && file !== undefined) files[file.kind] = pathOf(file);
    return { segment, shown, files };
  });
}
