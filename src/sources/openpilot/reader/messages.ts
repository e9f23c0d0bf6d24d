/** What the hub asks of the reading process, and what it answers. */

/** One file of a drive. */
export interface ReaderFile {
  readonly minute: number;
  readonly path: string;
  /** For messages: what people call it, without a path. */
  readonly name: string;
}

export type ReaderOrder =
  /** What the logs tell of a drive. */
  | { readonly do: 'summary'; readonly files: readonly ReaderFile[] }
  /** The small film of a minute as a fragmented MP4 at `to`. */
  | { readonly do: 'film'; readonly file: ReaderFile; readonly to: string }
  /** A JPEG out of a small film. `at`: seconds from its beginning. */
  | { readonly do: 'poster'; readonly file: ReaderFile; readonly at: number; readonly width: number };

export interface Film {
  /** RFC 6381. */
  readonly codec: string;
  readonly audioCodec: string | null;
  readonly width: number;
  readonly height: number;
  /** Seconds. */
  readonly duration: number;
}

export interface SummaryMoment {
  readonly kind: 'engaged' | 'disengaged' | 'alert' | 'bookmark';
  /** Seconds from the start of the drive. */
  readonly start: number;
  readonly end: number;
  readonly label: string | null;
  readonly severity: 'normal' | 'userPrompt' | 'critical' | null;
}

export interface DriveSummary {
  /** UTC ms of second 0; null: the logs do not tell. */
  readonly startAt: number | null;
  readonly car: string | null;
  readonly device: string | null;
  readonly version: string | null;
  readonly engaged: readonly { readonly start: number; readonly end: number }[];
  readonly moments: readonly SummaryMoment[];
  /** Seconds, latitude, longitude. */
  readonly track: readonly (readonly [number, number, number])[];
  /** Metres; null: not known. */
  readonly distance: number | null;
  /** Logs that could not be read, and why. */
  readonly notes: readonly string[];
}

export interface ReaderResults {
  summary: DriveSummary;
  film: Film;
  poster: { readonly jpeg: Uint8Array };
}

export interface ToReader {
  readonly id: number;
  readonly order: ReaderOrder;
}

export type FromReader =
  | { readonly id: number; readonly result: ReaderResults[keyof ReaderResults] }
  /** `input`: what is in the file; `broken`: a bug or the machine. */
  | { readonly id: number; readonly failed: 'input' | 'broken'; readonly name: string; readonly message: string };
