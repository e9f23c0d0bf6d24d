/**
 * Has replays judged whose map is there, one after the other, in the process that may open them.
 */
import type { Kysely } from 'kysely';
import { InputError, messageOf, Unavailable, UserError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { getReplay, notePlay, type ReplaySeen, replayFile, unjudgedReplays } from '../../catalog/replays.ts';
import type { Database } from '../../catalog/tables.ts';
import type { ReplayReader } from './reader.ts';
import { failedPlay, JUDGE_VERSION, type PlayRow, playIn, playOf } from './rows.ts';
import type { Shelf } from './shelf.ts';

export interface JudgingOptions {
  readonly db: Kysely<Database>;
  readonly reader: Pick<ReplayReader, 'ask'>;
  readonly shelf: Pick<Shelf, 'local'>;
  readonly onJudged: (id: string) => void;
  readonly log: Log;
}

const AGAIN_MS = 5000;

export class Judging {
  readonly #options: JudgingOptions;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: JudgingOptions) {
    this.#options = options;
  }

  /** There may be something to judge. */
  soon(): void {
    if (this.#stopped) return;
    this.#again = true;
    clearTimeout(this.#timer);
    this.#running ??= this.#work()
      .catch((error: unknown) => {
        const level = error instanceof Unavailable ? 'warn' : 'error';
        this.#options.log[level]('Replays could not be judged; trying again.', { error: messageOf(error) });
        this.#timer = setTimeout(() => this.soon(), AGAIN_MS).unref();
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false;
      for (const { id } of await unjudgedReplays(this.#options.db, JUDGE_VERSION)) {
        if (this.#stopped) return;
        await this.#judge(id);
      }
    }
  }

  async #judge(id: string): Promise<void> {
    const { db, onJudged } = this.#options;
    // While others were judged it may have gone, or its set.
    const replay = await getReplay(db, id);
    if (replay?.set_id == null) return;
    await notePlay(db, id, await this.#play(replay, replay.set_id));
    onJudged(id);
  }

  async #play(replay: ReplaySeen, setId: string): Promise<PlayRow> {
    const { db, reader, shelf } = this.#options;
    const set = await replayFile(db, setId);
    try {
      if (!set) throw new UserError('The set of its map went.', 'Drop it again.');
      const [path, setPath] = [await shelf.local(replay), await shelf.local(set)];
      const order = {
        do: 'judge',
        replay: { path, name: replay.name },
        set: { path: setPath, name: set.name },
      } as const;
      return playOf(await reader.ask(order, false));
    } catch (error) {
      if (!(error instanceof InputError || error instanceof UserError)) throw error;
      return failedPlay(messageOf(error), playIn(replay));
    }
  }
}
