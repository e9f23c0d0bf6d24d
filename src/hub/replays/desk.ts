/**
 * Everything about replays of osu!, wired together.
 */
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Kysely } from 'kysely';
import { messageOf } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import type { BlobStore } from '../../blobs/store.ts';
import { getReplay } from '../../catalog/replays.ts';
import type { Database } from '../../catalog/tables.ts';
import type { ReplayFrameRequest } from '../../contract/replay.ts';
import type { HubEvent } from '../../contract/system.ts';
import { type OsuApiClock, systemOsuClock } from '../../sources/osu/online/osu-api.ts';
import type { ClipKind } from '../clips/kind.ts';
import { MadeFiles } from '../made-files.ts';
import type { Secrets } from '../secrets.ts';
import { clipFiles } from './clip-files.ts';
import { Incoming } from './incoming.ts';
import { Judging } from './judging.ts';
import { type ReplayPicture, ReplayPictures } from './pictures.ts';
import { ReplayReader } from './reader.ts';
import { replayKind } from './replay-kind.ts';
import { Replays } from './replays.ts';
import { registerReplayRoutes } from './routes.ts';
import { HubScoreAccess } from './score-access.ts';
import { Scores } from './scores.ts';
import { Shelf } from './shelf.ts';

export interface ReplayDeskOptions {
  readonly db: Kysely<Database>;
  readonly secrets: Secrets;
  readonly blobs: Pick<BlobStore, 'put' | 'get' | 'stat' | 'delete'>;
  /** Where the library is, when it is a folder. */
  readonly root: string | undefined;
  readonly events: { publish(event: HubEvent): void };
  /** Keys of blobs that jobs are reading. */
  readonly inUse: () => ReadonlySet<string>;
  readonly isFull: () => boolean;
  /** Of questions to osu!. */
  readonly clock?: OsuApiClock;
  /** For what may vanish. */
  readonly cacheDir: string;
  readonly log: Log;
}

const PICTURE_BYTES = 200_000_000;
const COPY_BYTES = 3_000_000_000;
/** What has become too old goes once in so long. */
const TIDY_MS = 3_600_000;

export class ReplayDesk {
  /** Clips of replays. */
  readonly kind: ClipKind;
  readonly #options: ReplayDeskOptions;
  readonly #incoming: Incoming;
  readonly #caches: readonly MadeFiles[];
  readonly #shelf: Shelf;
  /** What somebody waits for is not behind what is judged by itself. */
  readonly #reader: ReplayReader;
  readonly #judge: ReplayReader;
  readonly #judging: Judging;
  readonly #replays: Replays;
  readonly #pictures: ReplayPictures;
  readonly #access: HubScoreAccess;
  readonly #scores: Scores;
  readonly #ended = new AbortController();
  #tidying: NodeJS.Timeout | undefined;

  constructor(options: ReplayDeskOptions) {
    this.#options = options;
    const { db, blobs, root, events, inUse, isFull, cacheDir, log } = options;
    const pictures = new MadeFiles({ folder: join(cacheDir, 'pictures'), mostBytes: PICTURE_BYTES });
    const copies = new MadeFiles({ folder: join(cacheDir, 'copies'), mostBytes: COPY_BYTES });
    this.#caches = [pictures, copies];
    this.#incoming = new Incoming(join(cacheDir, 'incoming'));
    this.#reader = new ReplayReader({ log });
    this.#judge = new ReplayReader({ log });
    this.#shelf = new Shelf({
      ...{ db, blobs, root, copies, inUse, isFull, log },
      onGone: (row, maps) => {
        this.#replays
          .gone(row, maps)
          .catch((error: unknown) => log.debug('what went was not told', { file: row.id, error: messageOf(error) }));
      },
    });
    this.#judging = new Judging({
      ...{ db, log },
      reader: this.#judge,
      shelf: this.#shelf,
      onJudged: (id) => this.#tell(id),
    });
    this.#replays = new Replays({
      ...{ db, events },
      incoming: this.#incoming,
      shelf: this.#shelf,
      reader: this.#reader,
      judgeSoon: () => this.#judging.soon(),
    });
    this.#pictures = new ReplayPictures({
      shelf: this.#shelf,
      reader: this.#reader,
      cache: pictures,
      tmpDir: join(cacheDir, 'previews'),
    });
    const { signal } = this.#ended;
    this.#access = new HubScoreAccess({ db, secrets: options.secrets, signal, clock: options.clock ?? systemOsuClock });
    this.#scores = new Scores({ ...{ db, signal }, access: this.#access, replays: this.#replays });
    this.kind = replayKind({ db, shelf: this.#shelf, scores: this.#scores });
  }

  register(app: FastifyInstance): void {
    registerReplayRoutes(app, {
      replays: this.#replays,
      shelf: this.#shelf,
      scores: this.#scores,
      access: this.#access,
      frame: (id, asked, signal) => this.#frame(id, asked, signal),
    });
  }

  async start(): Promise<void> {
    for (const cache of this.#caches) await cache.start();
    await this.#incoming.start();
    await this.#pictures.start();
    this.#judging.soon();
    this.#tidying = setInterval(() => this.#tidy(), TIDY_MS).unref();
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    clearInterval(this.#tidying);
    this.#reader.close();
    this.#judge.close();
    await this.#judging.stop();
    await this.#pictures.stop();
  }

  async #frame(id: string, asked: ReplayFrameRequest, signal: AbortSignal): Promise<ReplayPicture> {
    const replay = await this.#replays.row(id);
    const given = { db: this.#options.db, shelf: this.#shelf };
    return await this.#pictures.make(await clipFiles(given, replay, asked.others, asked.options), asked, signal);
  }

  #tidy(): void {
    this.#shelf
      .tidy()
      .catch((error: unknown) =>
        this.#options.log.warn('Dropped files could not be looked through.', { error: messageOf(error) }),
      );
  }

  #tell(id: string): void {
    getReplay(this.#options.db, id)
      .then((row) => row && this.#replays.tell(row))
      .catch((error: unknown) =>
        this.#options.log.debug('a change of a replay was not told', { replay: id, error: messageOf(error) }),
      );
  }
}
