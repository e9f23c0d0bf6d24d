/**
 * Replays by the links of their scores: osu! is asked once for each, and what it says of score and map is kept with the replay.
 */
import type { Kysely } from 'kysely';
import { UserError } from '../../base/errors.ts';
import { replayOfScore } from '../../catalog/replays.ts';
import type { Database } from '../../catalog/tables.ts';
import type { ReplayAdded } from '../../contract/replay.ts';
import { OSU_SERVER, SCORE_MODES, type ScoreLink, scoreLink, scorePage } from '../../contract/score.ts';
import type { ScoreAnswer } from '../../sources/osu/online/shapes.ts';
import type { Bringer, Replays } from './replays.ts';
import type { ScoreFacts } from './rows.ts';
import type { HubScoreAccess } from './score-access.ts';

export interface ScoresOptions {
  readonly db: Kysely<Database>;
  readonly access: Pick<HubScoreAccess, 'api'>;
  readonly replays: Pick<Replays, 'add' | 'again'>;
  /** Ends with the hub. */
  readonly signal: AbortSignal;
}

export class Scores {
  readonly #options: ScoresOptions;
  /** By the score’s page: who asks for the same waits for the same. */
  readonly #bringing = new Map<string, Promise<ReplayAdded>>();

  constructor(options: ScoresOptions) {
    this.#options = options;
  }

  /** @throws UserError that says what is wrong with the link, or why there is no replay; Unavailable, InputError */
  async bring(text: string, who: Bringer): Promise<ReplayAdded> {
    const link = scoreLink(text);
    if (!link)
      throw new UserError('That is no link of a score.', `It looks like ${OSU_SERVER}/scores/4459998279.`, {
        fields: { link: 'is no link of a score' },
      });
    const page = scorePage(link);
    const known = await replayOfScore(this.#options.db, page);
    const again = known && (await this.#options.replays.again(known));
    if (again) return again;
    const under = this.#bringing.get(page);
    if (under) return await under;
    const mine = this.#bring(link, page, who).finally(() => this.#bringing.delete(page));
    this.#bringing.set(page, mine);
    return await mine;
  }

  async #bring(link: ScoreLink, page: string, who: Bringer): Promise<ReplayAdded> {
    const { access, replays, signal } = this.#options;
    const { server, api } = await access.api();
    if (link.server !== server)
      throw new UserError(
        `The hub asks ${new URL(server).host} for scores, and this link is of ${new URL(link.server).host}.`,
        `Give a link such as ${server}/scores/4459998279.`,
        { fields: { link: 'is of another server' } },
      );
    const score = await api.score(link, signal);
    if (!(score.has_replay ?? score.replay ?? true))
      throw new UserError(
        'osu! has no replay of this score.',
        'Replays are kept of the best scores only. Who has played it may have it: F2 on the results saves the .osr file, which can be dropped here.',
        { code: 'no-replay' },
      );
    const facts = factsOf(score, page, server);
    return await api.replay(link, signal, (body) => replays.add(nameOf(link, score), body, who, facts));
  }
}

/** Addresses are made of numbers: none that osu! names is ever shown or asked. */
function factsOf({ beatmap, beatmapset, ruleset_id }: ScoreAnswer, page: string, server: string): ScoreFacts {
  const mode = SCORE_MODES[ruleset_id ?? 0];
  return {
    page,
    setPage: beatmap ? `${server}/beatmapsets/${beatmap.beatmapset_id}#${mode}/${beatmap.id}` : null,
    md5Now: beatmap?.checksum?.toLowerCase() ?? null,
    map:
      beatmap && beatmapset
        ? {
            ...{ artist: beatmapset.artist, title: beatmapset.title, creator: beatmapset.creator },
            difficulty: beatmap.version,
          }
        : null,
  };
}

/** As the game calls replays that it exports. */
function nameOf({ id }: ScoreLink, { user, beatmap, beatmapset, ended_at }: ScoreAnswer): string {
  const day = /^\d{4}-\d\d-\d\d/.exec(ended_at ?? '')?.[0];
  if (!user || !beatmap || !beatmapset) return `Score ${id}.osr`;
  const map = `${beatmapset.artist} - ${beatmapset.title} [${beatmap.version}]`;
  return `${user.username} - ${map.slice(0, 150)}${day === undefined ? '' : ` (${day})`}.osr`.replace(/[/\\]/g, '_');
}
