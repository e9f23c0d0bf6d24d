/** What stands in a replay. */

/** Bit of each mod in a replay's header. */
export const MOD = {
  NF: 1 << 0,
  EZ: 1 << 1,
  TD: 1 << 2,
  HD: 1 << 3,
  HR: 1 << 4,
  SD: 1 << 5,
  DT: 1 << 6,
  RX: 1 << 7,
  HT: 1 << 8,
  /** Always beside DT. */
  NC: 1 << 9,
  FL: 1 << 10,
  AT: 1 << 11,
  SO: 1 << 12,
  AP: 1 << 13,
  /** Always beside SD. */
  PF: 1 << 14,
  /** Of mania: how many keys a converted map has. */
  K4: 1 << 15,
  K5: 1 << 16,
  K6: 1 << 17,
  K7: 1 << 18,
  K8: 1 << 19,
  FI: 1 << 20,
  RD: 1 << 21,
  CN: 1 << 22,
  K9: 1 << 24,
  /** Of mania: two play, each with as many keys. */
  KC: 1 << 25,
  K1: 1 << 26,
  K3: 1 << 27,
  K2: 1 << 28,
  V2: 1 << 29,
  MR: 1 << 30,
} as const;

/** The game of a replay: osu!standard, taiko, catch, mania. */
export type GameMode = 0 | 1 | 2 | 3;

/** Bits of `ReplayFrames.keys` (standard; in mania the bits are columns and stand in `x`). A key sets its mouse button too; 16 is smoke. */
export const LEFT = 1;
export const RIGHT = 2;
export const SMOKE = 16;

/** One entry for each frame, in the order of time. */
export interface ReplayFrames {
  readonly count: number;
  /** Milliseconds of the map; never falls. */
  readonly time: Float64Array;
  /** Osu pixels as seen, after all mods. In mania: the keys that are down, a bit a column. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly keys: Uint8Array;
}

/** A mod as osu!(lazer) writes it. */
export interface NamedMod {
  readonly acronym: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Before the frames: what the player was told. The judge never looks at the counts, the score or the life bar. */
export interface ReplayHeader {
  readonly mode: GameMode;
  /** Of the game: `20191227`; of osu!(lazer) 30000000 and above. */
  readonly version: number;
  readonly lazer: boolean;
  /** MD5 of the map's file, lower-case hex. */
  readonly beatmapMd5: string;
  readonly player: string;
  readonly replayMd5: string;
  readonly n300: number;
  readonly n100: number;
  readonly n50: number;
  readonly geki: number;
  readonly katu: number;
  readonly miss: number;
  readonly score: number;
  readonly maxCombo: number;
  readonly perfect: boolean;
  /** `MOD` bits. */
  readonly mods: number;
  /** Milliseconds and life from 0 to 1. */
  readonly life: readonly { readonly time: number; readonly hp: number }[];
  /** RFC 3339; null where the ticks name no date of the calendar. */
  readonly playedAt: string | null;
  /** Of the score on osu!'s site; null where there is none. */
  readonly onlineId: string | null;
}

export interface Replay {
  readonly header: ReplayHeader;
  readonly frames: ReplayFrames;
  /** Of osu!(lazer): mods with settings; empty where the replay names none. */
  readonly lazerMods: readonly NamedMod[];
  /** What is odd about it, in whole sentences. */
  readonly notes: readonly string[];
}
