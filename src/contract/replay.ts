/** Replays of osu! as the hub keeps them: dropped files, what each is, and how its clip shall look. */
import { z } from 'zod';
import { Instant } from './time.ts';

/** Displays that can be left out. `errors` is the bar of hit errors, `counter` how many of each verdict. */
export const REPLAY_HUD = [
  'score',
  'combo',
  'accuracy',
  'hp',
  'mods',
  'grade',
  'keys',
  'errors',
  'strains',
  'counter',
  'pp',
  'leaderboard',
] as const;

/**
 * What the pictures of a replay's clip show: the scene's own options by their own names, apart from size and range. An option that is added
 * here, and in `SceneOptions` of `sources/osu`, is there for page, API and worker.
 */
export const ReplayLook = z.object({
  /** Parts of the display that are left out. */
  hide: z.array(z.enum(REPLAY_HUD)).max(REPLAY_HUD.length).default([]),
  /** How much of the background is taken away, 0 to 1. */
  dim: z.number().min(0).max(1).default(0.8),
  /** A 300 says so too. */
  results300: z.boolean().default(false),
  followPoints: z.boolean().default(true),
  /** Colours of combos are the map's, where it has some, before the skin's. */
  mapColours: z.boolean().default(true),
  /** Pictures are the map's own, where it has some, before the skin's. */
  mapSkin: z.boolean().default(false),
  /** The map's own pictures and sounds, and its video, where it has them. */
  storyboard: z.boolean().default(true),
  video: z.boolean().default(true),
  /** The panel at the end. */
  resultScreen: z.boolean().default(true),
  /** Begins just before the first object. */
  skipIntro: z.boolean().default(false),
  /** Of osu!mania: 1 (slow) to 40. */
  scrollSpeed: z.number().min(1).max(40).default(20),
});

/** 0 to 1; ms by which the music comes later; and whether the map's own sounds come before the skin's. */
export const ReplaySound = z.object({
  musicVolume: z.number().min(0).max(1).default(0.7),
  hitVolume: z.number().min(0).max(1).default(0.6),
  offset: z.number().min(-1000).max(1000).default(0),
  mapSounds: z.boolean().default(true),
});

/** How a clip of a replay is made. Its size, rate and bytes are the clip's own limits. */
export const ReplayOptions = z.object({
  look: ReplayLook.prefault({}),
  sound: ReplaySound.prefault({}),
  /** The best part of the play, at most so many seconds, instead of a range; null: not that. */
  highlight: z.number().min(5).max(300).nullable().default(null),
  /** Where the request names several replays of one map: all at once, and whose combo breaks falls out; otherwise the others stand in a list beside the first. */
  knockout: z.boolean().default(false),
  /** How long the encoder may take over it. */
  preset: z.enum(['draft', 'normal', 'best']).default('normal'),
  /** Id of a skin that was dropped; null: the built-in one; absent: the hub's usual one. */
  skin: z.uuid().nullable().optional(),
});

const Counts = z.object({
  n300: z.number().int(),
  n100: z.number().int(),
  n50: z.number().int(),
  miss: z.number().int(),
  maxCombo: z.number().int(),
  score: z.number(),
  /** Per cent. */
  accuracy: z.number(),
});

const ReplayMap = z.object({
  artist: z.string(),
  title: z.string(),
  difficulty: z.string(),
  creator: z.string(),
});

export const Replay = z.object({
  id: z.uuid(),
  /** As the file was called. */
  name: z.string(),
  bytes: z.number(),
  addedAt: Instant,
  addedBy: z.string().nullable(),
  player: z.string(),
  mode: z.enum(['osu', 'taiko', 'catch', 'mania']),
  /** `HDDT`, with a speed of its own `HDDT1.3x`; empty: none. */
  mods: z.string(),
  playedAt: Instant.nullable(),
  /** Seconds from its first to its last movement, as the player saw them. */
  length: z.number(),
  /**
   * `missing`: its map has not been dropped. `reading`: it is being judged. `ready`: clips can be made of it. `refused`: they cannot, and
   * `problem` says why.
   */
  state: z.enum(['missing', 'reading', 'ready', 'refused']),
  problem: z.string().nullable(),
  /** Of the map's file, in hexadecimal: what a set must hold. */
  mapMd5: z.string(),
  /** Null: nothing is known but its MD5. */
  map: ReplayMap.nullable(),
  /** What the map may be called, by the name of the file; where nothing else is known. */
  mapHint: z.string().nullable(),
  /** Where it was brought by the link of a score: that page, and the page of its map’s set. */
  scorePage: z.string().nullable(),
  setPage: z.string().nullable(),
  /** Counted by us from the movements; null: not yet. */
  judged: Counts.nullable(),
  /** `X` is SS; H: silver. */
  grade: z.enum(['XH', 'X', 'SH', 'S', 'A', 'B', 'C', 'D']).nullable(),
  pp: z.number().nullable(),
  stars: z.number().nullable(),
  /** What is odd about it, in whole sentences. */
  notes: z.array(z.string()),
});

export const ReplaySkin = z.object({
  id: z.uuid(),
  name: z.string(),
  author: z.string().nullable(),
  bytes: z.number(),
  addedAt: Instant,
  addedBy: z.string().nullable(),
});

/** What became of a file that was dropped. */
export const ReplayAdded = z.object({
  kind: z.enum(['replay', 'set', 'skin']),
  /** It was here already. */
  known: z.boolean(),
  name: z.string(),
  /** A replay itself; of a set, those that it makes ready. */
  replays: z.array(z.uuid()),
  skin: z.uuid().nullable(),
  /** Of a set: how many maps are in it. */
  maps: z.number().int(),
});

/** One picture of a clip before it is made. */
export const ReplayFrameRequest = z.object({
  options: ReplayOptions.prefault({}),
  /** Ids of others who played the map: in a list, or all at once (`options.knockout`). */
  others: z.array(z.uuid()).max(15).default([]),
  /** Seconds from the beginning of the whole video. */
  at: z.number().min(0).max(40_000),
  /** Of the clip; the picture itself is smaller. */
  width: z.number().int().min(64).max(7680).default(1280),
  height: z.number().int().min(64).max(4320).default(720),
});

/** What is kept of dropped files, replays, sets and skins together; those not used for longest go first. */
export const ReplaySettings = z.object({
  mostBytes: z.number().int().min(100_000_000).max(100_000_000_000_000).default(20_000_000_000),
  /** Null: for as long as there is room. */
  days: z.number().int().min(1).max(36_500).nullable().default(null),
  /** Id of the skin of clips that name none; it stays. Null: the built-in one. */
  skin: z.uuid().nullable().default(null),
});

/** Files that are larger are not taken. */
export const REPLAY_MOST_BYTES = { osr: 32 << 20, osz: 600_000_000, osk: 300_000_000 } as const;

export type ReplayLook = z.output<typeof ReplayLook>;
export type ReplaySound = z.output<typeof ReplaySound>;
export type ReplayOptions = z.output<typeof ReplayOptions>;

export type Replay = z.output<typeof Replay>;
export type ReplaySkin = z.output<typeof ReplaySkin>;
export type ReplayAdded = z.output<typeof ReplayAdded>;
export type ReplayFrameRequest = z.output<typeof ReplayFrameRequest>;
export type ReplaySettings = z.output<typeof ReplaySettings>;
