/** Scores of osu!: their links, and the hub's access to the server that has them. */
import { z } from 'zod';

/** Asked where an admin names no other. */
export const OSU_SERVER = 'https://osu.ppy.sh';

/** As osu! writes them in addresses. */
export const SCORE_MODES = ['osu', 'taiko', 'fruits', 'mania'] as const;

/** One score of one server. */
export interface ScoreLink {
  /** `https://osu.ppy.sh`. */
  readonly server: string;
  /** Of addresses from before 2024, whose numbers count in each game by itself; null: of all games together. */
  readonly mode: (typeof SCORE_MODES)[number] | null;
  /** Decimal. */
  readonly id: string;
}

const PATH = new RegExp(`^/scores/(?:(${SCORE_MODES.join('|')})/)?([1-9]\\d{0,18})(?:/download)?/?$`);

/** What `https://osu.ppy.sh/scores/4459998279` or `osu.ppy.sh/scores/osu/123456` names; undefined: it is no link of a score. */
export function scoreLink(text: string): ScoreLink | undefined {
  const trimmed = text.trim();
  if (trimmed.length > 300) return undefined;
  const url = URL.parse(/^https?:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`);
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  const found = PATH.exec(url.pathname);
  if (!found) return undefined;
  const [, mode, id = ''] = found;
  return { server: url.origin, mode: SCORE_MODES.find((one) => one === mode) ?? null, id };
}

/** The page of a score. */
export const scorePage = ({ server, mode, id }: ScoreLink): string =>
  `${server}/scores/${mode === null ? '' : `${mode}/`}${id}`;

/** Of what the hub is given a score by. The secret is never told. */
export const ScoreAccess = z.object({
  server: z.string(),
  /** Of the OAuth application; null: the hub has no access. */
  clientId: z.number().int().nullable(),
});

export const ScoreAccessChange = z.object({
  clientId: z.number().int().min(1).max(1_000_000_000),
  /** Absent: the one that the hub has, for the same application and server. */
  secret: z.string().min(1).max(500).optional(),
  /** Address of the server; `http` on this machine alone. */
  server: z.url({ protocol: /^https?$/, error: 'must be an address such as https://osu.ppy.sh' }).default(OSU_SERVER),
});

export type ScoreAccess = z.output<typeof ScoreAccess>;
export type ScoreAccessChange = z.output<typeof ScoreAccessChange>;
