/**
 * Answers of osu!’s API v2, as far as they are used. https://osu.ppy.sh/docs, “Client Credentials Grant” and “Scores”; `x-api-version` below.
 */
import { z } from 'zod';

/** Says which form of a score is meant: that of 2022 has one kind of score for all games. */
export const API_VERSION = '20220705';

export const Token = z.object({
  token_type: z.literal('Bearer'),
  /** Seconds. */
  expires_in: z.number().positive(),
  access_token: z.string().min(1).max(20_000),
});

const id = z.number().int().positive();
const text = z.string().max(1000);

/** Many parts are there only where osu! still knows the map. */
export const ScoreAnswer = z.object({
  id,
  has_replay: z.boolean().optional(),
  /** Of the older form. */
  replay: z.boolean().optional(),
  ended_at: z.string().max(40).nullish(),
  ruleset_id: z.number().int().min(0).max(3).optional(),
  user: z.object({ username: text }).nullish(),
  beatmap: z.object({ id, beatmapset_id: id, version: text, checksum: z.string().max(64).nullish() }).nullish(),
  beatmapset: z.object({ id, artist: text, title: text, creator: text }).nullish(),
});

export type ScoreAnswer = z.output<typeof ScoreAnswer>;
