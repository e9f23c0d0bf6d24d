/**
 * Two recorders with one id, as when a machine was copied with its folder. Each would take the other's leases with every heartbeat, and none
 * would know why. The one that registers later is refused, as soon as it is certain that the earlier one lives: one that was killed
 * comes back under its id within a second, while the hub still counts on it.
 */
import { Unavailable, UserError } from '../../base/errors.ts';
import type { KnownRecorder } from './roster.ts';

/** What was on its way when a recorder died has come by then. */
const CERTAIN_MS = 300;
const ASK_AGAIN_MS = 400;
/** Two heartbeats have not come: on the same machine it is the one that was killed, started anew. */
const LATE_MS = 1000;

interface Newcomer {
  readonly instance: string;
  /** Of its first try, monotonic ms. */
  readonly since: number;
}

export class DoubleIds {
  /** By recorder id. */
  readonly #newcomers = new Map<string, Newcomer>();

  /**
   * @param from who registers; without an instance it is an earlier version, which is not told apart
   * @param known who has the id and counts as living; undefined: nobody
   * @param now monotonic ms
   * @throws Unavailable while it may be the same recorder, started anew; UserError `conflict` when the other one goes on speaking
   */
  check(
    id: string,
    { host, instance }: Pick<KnownRecorder, 'host' | 'instance'>,
    known: KnownRecorder | undefined,
    now: number,
  ): void {
    const isSame = known?.instance === undefined || instance === undefined || known.instance === instance;
    if (isSame || (known.host === host && now - known.seen > LATE_MS)) {
      this.#newcomers.delete(id);
      return;
    }
    const before = this.#newcomers.get(id);
    const since = before?.instance === instance ? before.since : now;
    this.#newcomers.set(id, { instance, since });
    if (known.seen > since + CERTAIN_MS)
      throw new UserError(
        `Another recorder has the id ${id}: it runs on ${known.host}, and speaks with this hub.`,
        'Each recorder needs an id of its own. It lies in the file “id” of the folder that --spool names: remove it there where the folder was copied to, and start that recorder again.',
        { code: 'conflict' },
      );
    throw new Unavailable(`The recorder ${id} was heard a moment ago from another process.`, ASK_AGAIN_MS);
  }
}
