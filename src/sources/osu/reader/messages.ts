/** What the hub asks of the process that opens dropped files of osu!, and what it answers. */

/** A file on this machine. */
export interface ReaderFile {
  readonly path: string;
  /** For messages: what people call it, without a path. */
  readonly name: string;
}

export type ReaderOrder =
  /** What a file is. */
  | { readonly do: 'look'; readonly file: ReaderFile }
  /** A map, its set and a skin below the folder `to`, as the scene reads them. */
  | {
      readonly do: 'lay';
      readonly md5: string;
      readonly set: ReaderFile;
      readonly skin: ReaderFile | null;
      readonly to: string;
    }
  /** What was played, by its movements. */
  | { readonly do: 'judge'; readonly replay: ReaderFile; readonly set: ReaderFile };

/** Of a replay alone, without its map. */
export interface ReplayFacts {
  readonly player: string;
  /** 0 osu!, 1 taiko, 2 catch, 3 mania. */
  readonly mode: 0 | 1 | 2 | 3;
  /** `HDDT`; empty: none. */
  readonly mods: string;
  /** RFC 3339. */
  readonly playedAt: string | null;
  /** Of the game. */
  readonly version: number;
  readonly onlineId: string | null;
  /** Seconds from its first to its last movement, as the player saw them. */
  readonly length: number;
  readonly notes: readonly string[];
}

export interface MapFacts {
  readonly artist: string;
  readonly title: string;
  readonly difficulty: string;
  readonly creator: string;
}

export type Looked =
  | { readonly kind: 'replay'; readonly mapMd5: string; readonly facts: ReplayFacts }
  /** `md5s` of all maps, also with the other line ends. */
  | {
      readonly kind: 'set';
      readonly md5s: readonly string[];
      readonly facts: { readonly maps: number; readonly map: MapFacts | null };
    }
  | { readonly kind: 'skin'; readonly facts: { readonly name: string | null; readonly author: string | null } };

export interface Judgement {
  readonly map: MapFacts;
  /** Another than the replay's where the game converted the map. */
  readonly mapMode: 0 | 1 | 2 | 3;
  /** Null: it cannot be judged, and `problem` says why. */
  readonly judged: {
    readonly n300: number;
    readonly n100: number;
    readonly n50: number;
    readonly miss: number;
    readonly maxCombo: number;
    readonly score: number;
    /** Per cent. */
    readonly accuracy: number;
  } | null;
  readonly grade: 'XH' | 'X' | 'SH' | 'S' | 'A' | 'B' | 'C' | 'D' | null;
  readonly pp: number | null;
  readonly stars: number | null;
  /** Why it cannot be judged. */
  readonly problem: string | null;
  readonly notes: readonly string[];
}

/** Paths. */
export interface Laid {
  readonly map: string;
  /** What errors call the map. */
  readonly mapName: string;
  readonly folder: string;
  readonly skin: string | null;
}

export interface ReaderResults {
  look: Looked;
  lay: Laid;
  judge: Judgement;
}

export interface ToReader {
  readonly id: number;
  readonly order: ReaderOrder;
}

export type FromReader =
  | { readonly id: number; readonly result: ReaderResults[keyof ReaderResults] }
  /** `input`: what is in the file; `broken`: a bug or the machine. */
  | { readonly id: number; readonly failed: 'input' | 'broken'; readonly name: string; readonly message: string }
  | { readonly id: number; readonly failed: 'refused'; readonly message: string; readonly remedy: string };
