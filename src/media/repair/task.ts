/** What the repairing process is asked, and what it says. Plain JSON. */

export interface RepairTask {
  readonly path: string;
  /** How errors and reports name it. */
  readonly name: string;
  /** Videos that may be coded alike, likeliest first. */
  readonly likes: readonly string[];
  /** What cameras are known already. */
  readonly known: readonly KnownCoding[];
  /** Existing folder, for the files that are made: `main.mp4`, `unverified-1.mp4` … */
  readonly scratch: string;
  /** Whose bytes these are is known: what stands behind a damage needs no proof. */
  readonly owned: boolean;
}

/** How the pictures of a camera are coded, to be kept. */
export interface KnownCoding {
  readonly codec: 'h264' | 'h265';
  /** Body of `avcC` or `hvcC`, base64. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly timescale: number;
}

export interface Damage {
  /** Bytes of the file, half open. */
  readonly from: number;
  readonly to: number;
  /** Seconds into the clip that is made; null where that is before its first picture. */
  readonly at: number | null;
}

export interface MadeFile {
  readonly path: string;
  readonly frames: number;
  /** Seconds. */
  readonly duration: number;
  readonly bytes: number;
  /** Seconds from the first picture of the clip, where telemetry tells; else null. */
  readonly start: number | null;
}

export interface RepairReport {
  readonly outcome: /** Nothing is wrong with it; nothing was written. */
    | 'whole'
    | 'repaired'
    /** No picture is left. */
    | 'nothing'
    /** Pictures are there, but nobody says how they are coded. */
    | 'unknown-coding'
    /** The car's own encryption: not damaged, and not to be read without its key. */
    | 'encrypted';
  readonly codec: 'h264' | 'h265' | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly main: MadeFile | null;
  readonly unverified: readonly MadeFile[];
  readonly frames: {
    readonly recovered: number;
    readonly unverified: number;
    /** Known to have been there, and gone; null where nobody can tell. */
    readonly lost: number | null;
  };
  readonly damage: readonly Damage[];
  /** UTC ms of the first picture, from the file itself; null when it does not say. */
  readonly created: number | null;
  /** How its pictures are coded, where the file itself says it: worth remembering. */
  readonly coding: KnownCoding | null;
  /** Whole sentences. */
  readonly notes: readonly string[];
}
