/**
 * By what the hub asks osu! for scores: an OAuth application of an admin’s. Its secret is sealed in the catalog, and opened for questions to its own
 * server alone.
 */
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { UserError } from '../../base/errors.ts';
import { readSetting, writeSetting } from '../../catalog/settings.ts';
import type { Database } from '../../catalog/tables.ts';
import { OSU_SERVER, type ScoreAccess, type ScoreAccessChange } from '../../contract/score.ts';
import { OsuApi, type OsuApiClock } from '../../sources/osu/online/osu-api.ts';
import type { Secrets } from '../secrets.ts';

export const SCORE_SETTING = 'replay-scores';

const Kept = z.object({ server: z.string(), clientId: z.number().int(), sealed: z.string() });
type Kept = z.output<typeof Kept>;

export interface AccessOptions {
  readonly db: Kysely<Database>;
  readonly secrets: Secrets;
  /** Ends with the hub. */
  readonly signal: AbortSignal;
  readonly clock: OsuApiClock;
}

export class HubScoreAccess {
  readonly #options: AccessOptions;
  /** Keeps its token and its turns until the application is another. */
  #open: { readonly kept: string; readonly api: OsuApi } | undefined;

  constructor(options: AccessOptions) {
    this.#options = options;
  }

  async seen(): Promise<ScoreAccess> {
    const kept = await this.#kept();
    return kept ? { server: kept.server, clientId: kept.clientId } : { server: OSU_SERVER, clientId: null };
  }

  /** @throws UserError when osu! does not take it; Unavailable */
  async set(change: ScoreAccessChange): Promise<ScoreAccess> {
    const { server, secret } = await this.#asked(change);
    await this.#prove(server, change.clientId, secret);
    const kept: Kept = {
      ...{ server, clientId: change.clientId },
      sealed: this.#options.secrets.seal(secret, purposeOf(server)).toString('base64'),
    };
    await writeSetting(this.#options.db, SCORE_SETTING, kept);
    return await this.seen();
  }

  /** Asks osu!, and keeps nothing. @throws UserError when osu! does not take it; Unavailable */
  async test(change: ScoreAccessChange): Promise<void> {
    const { server, secret } = await this.#asked(change);
    await this.#prove(server, change.clientId, secret);
  }

  async remove(): Promise<ScoreAccess> {
    await writeSetting(this.#options.db, SCORE_SETTING, null);
    this.#open = undefined;
    return await this.seen();
  }

  /** For questions. @throws UserError `no-access` when no admin has given any */
  async api(): Promise<{ readonly server: string; readonly api: OsuApi }> {
    const kept = await this.#kept();
    if (!kept)
      throw new UserError(
        'This hub cannot ask osu! for scores.',
        'An admin can let it, under Settings. Until then: save the replay in the game (F2 on the results) and drop the .osr file.',
        { code: 'no-access' },
      );
    const mark = JSON.stringify(kept);
    if (this.#open?.kept !== mark) {
      const secret = this.#options.secrets.open(Buffer.from(kept.sealed, 'base64'), purposeOf(kept.server));
      this.#open = { kept: mark, api: this.#ask(kept.server, kept.clientId, secret) };
    }
    return { server: kept.server, api: this.#open.api };
  }

  async #kept(): Promise<Kept | undefined> {
    return Kept.safeParse((await readSetting(this.#options.db, SCORE_SETTING)) ?? undefined).data;
  }

  /** The secret that is meant: a known one goes to its own server alone. */
  async #asked({ clientId, secret, server }: ScoreAccessChange): Promise<{ server: string; secret: string }> {
    const origin = originOf(server);
    if (secret !== undefined) return { server: origin, secret };
    const kept = await this.#kept();
    if (kept?.server !== origin || kept.clientId !== clientId)
      throw new UserError('The secret of the application is missing.', 'Copy it from osu!’s page of the application.', {
        fields: { secret: 'is missing' },
      });
    return {
      server: origin,
      secret: this.#options.secrets.open(Buffer.from(kept.sealed, 'base64'), purposeOf(origin)),
    };
  }

  #ask(server: string, clientId: number, secret: string): OsuApi {
    return new OsuApi({ ...{ server, clientId, secret }, clock: this.#options.clock });
  }

  async #prove(server: string, clientId: number, secret: string): Promise<void> {
    await this.#ask(server, clientId, secret).prove(this.#options.signal);
  }
}

const purposeOf = (server: string): string => `${SCORE_SETTING}:${server}`;

/** An address alone; a secret does not go over a network in the clear. @throws UserError */
function originOf(server: string): string {
  const url = new URL(server);
  const here = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  const plain =
    url.username === '' && url.password === '' && url.search === '' && url.hash === '' && url.pathname === '/';
  if (plain && (url.protocol === 'https:' || here)) return url.origin;
  throw new UserError(
    'That is no address of a server.',
    `Write it as ${OSU_SERVER}, with https and nothing behind the name.`,
    { fields: { server: `must be an address such as ${OSU_SERVER}` } },
  );
}
