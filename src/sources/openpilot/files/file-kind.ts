/**
 * The files of one minute of a route: what they are called, and what they are to a person.
 */

export type FileKind = 'rlog' | 'qlog' | 'fcamera' | 'ecamera' | 'dcamera' | 'qcamera';

export const fileKinds: readonly FileKind[] = ['rlog', 'qlog', 'fcamera', 'ecamera', 'dcamera', 'qcamera'];

const MB = 1_000_000;

interface KindFacts {
  /** What it is, for a sentence: “has no …”. */
  readonly words: string;
  /** The usual name of its file today. */
  readonly usual: string;
  /** More bytes than any such minute has: a longer file is not read. A full log is about 8 MB packed, a camera 75 MB. */
  readonly most: number;
}

export const kindFacts: Readonly<Record<FileKind, KindFacts>> = {
  rlog: { words: 'full log', usual: 'rlog.zst', most: 512 * MB },
  qlog: { words: 'reduced log', usual: 'qlog.zst', most: 128 * MB },
  fcamera: { words: 'full-resolution road video', usual: 'fcamera.hevc', most: 1024 * MB },
  ecamera: { words: 'wide road video', usual: 'ecamera.hevc', most: 1024 * MB },
  dcamera: { words: 'driver video', usual: 'dcamera.hevc', most: 1024 * MB },
  qcamera: { words: 'small road video', usual: 'qcamera.ts', most: 128 * MB },
};

/** Every name that a file of a kind has had, the best first: of two files of one kind the earlier one is taken. */
const NAMES: Readonly<Record<FileKind, readonly string[]>> = {
  rlog: ['rlog.zst', 'rlog.bz2', 'rlog', 'raw_log.bz2', 'log.bz2'],
  qlog: ['qlog.zst', 'qlog.bz2', 'qlog'],
  fcamera: ['fcamera.hevc', 'video.hevc'],
  ecamera: ['ecamera.hevc'],
  dcamera: ['dcamera.hevc'],
  qcamera: ['qcamera.ts', 'qcamera.mp4'],
};

const byName = new Map<string, { kind: FileKind; rank: number }>(
  fileKinds.flatMap((kind) => NAMES[kind].map((name, rank) => [name, { kind, rank }] as const)),
);

/** @param name without a folder. @returns null for any other file */
export function kindOfFile(name: string): FileKind | null {
  return byName.get(name)?.kind ?? null;
}

/** Whether a file is to be preferred to another of the same kind. */
export function betterFile(name: string, than: string): boolean {
  return (byName.get(name)?.rank ?? Number.MAX_SAFE_INTEGER) < (byName.get(than)?.rank ?? Number.MAX_SAFE_INTEGER);
}
