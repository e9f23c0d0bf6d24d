/**
 * What a worker gives to the render half of a kind (`sources/<kind>/render.ts`), and what it gets back:
 * `export async function render(job: RenderJob, io: RenderIo): Promise<Rendered>`.
 */

export interface RenderIo {
  /** An empty folder for this job alone; the worker removes it afterwards. */
  readonly scratch: string;
  /**
   * Brings one of the job's inputs to local disk, checked by length and SHA-256 where the job gives them. Asking again gives the same file.
   * @returns its path, inside `scratch`
   */
  fetchInput(name: string): Promise<string>;
  /**
   * A folder in which finished pieces of this very work outlive this process: the next attempt finds them there. What lies there may be damaged.
   * @returns undefined: there is none
   */
  readonly keep?: () => string | undefined;
  /** Aborted when the job was cancelled or its lease was lost. */
  readonly signal: AbortSignal;
  /** Path where the picture that is being made may be put now and then, as a small JPEG, for who waits. */
  readonly picture?: string;
  /** @param progress 0 to 1 @param stage what is being done, in words for a person */
  onProgress(progress: number, stage: string): void;
}

/** The finished file, still in `scratch`; the worker uploads it. */
export interface Rendered {
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Seconds. */
  readonly duration: number;
  readonly width: number;
  readonly height: number;
  /** What the person should know, in whole sentences: a smaller picture, dropped sound, damaged footage. */
  readonly notes?: readonly string[];
}
