/** Replays of osu!, skins, and the files that are on their way to the hub. */
import {
  REPLAY_MOST_BYTES,
  type Replay,
  ReplayAdded,
  ReplaySettings,
  type ReplaySkin,
} from '../../../src/contract/replay.ts';
import { routes } from '../../../src/contract/routes.ts';
import { Problem } from '../../../src/contract/system.ts';
import { address, client, type Failure, failureOf } from './api.ts';
import { events } from './events.svelte.ts';
import { scores } from './scores.svelte.ts';
import { sizeText } from './size.ts';

/** A file that was dropped, or a score whose link was given, until what became of it has been seen. */
export interface Sending {
  readonly key: number;
  readonly name: string;
  readonly state: 'waiting' | 'sending' | 'asking' | 'reading' | 'done' | 'failed';
  /** 0 to 1, of what was sent. */
  readonly part: number;
  /** What became of it, or what is wrong with it. */
  readonly words: string;
}

/** Seconds that a file that is there stays in the list. */
const SEEN_MS = 6000;

class Replays {
  list = $state.raw<Replay[]>([]);
  skins = $state.raw<ReplaySkin[]>([]);
  settings = $state.raw<ReplaySettings>(ReplaySettings.parse({}));
  sending = $state.raw<Sending[]>([]);
  state = $state<'loading' | 'ready' | 'failed'>('loading');
  failure = $state.raw<Failure | undefined>();
  #turn: Promise<void> = Promise.resolve();
  #next = 1;

  constructor() {
    events.listen((event) => {
      if (event.type === 'replay') this.#put(event.replay);
      if (event.type === 'replay-deleted') this.#drop(event.id);
      if (event.type === 'replay-skins')
        this.#loadSkins().catch((error: unknown) => console.info('The skins could not be asked for.', error));
    });
  }

  find(id: string): Replay | undefined {
    return this.list.find((replay) => replay.id === id);
  }

  async load(): Promise<void> {
    try {
      [this.list] = await Promise.all([client.call(routes.listReplays, {}), this.#loadSkins(), scores.load()]);
      this.state = 'ready';
      this.failure = undefined;
    } catch (error) {
      this.failure = failureOf(error);
      if (this.state === 'loading') this.state = 'failed';
    }
  }

  /** Brings files to the hub, one after the other: those that others wait for first. */
  add(files: readonly File[]): void {
    const rank = (file: File): number => (/\.osr$/i.test(file.name) ? 0 : 1);
    for (const file of files.toSorted((a, b) => rank(a) - rank(b)))
      this.#bring(file.name, async (change) => {
        if (file.size > REPLAY_MOST_BYTES.osz)
          throw new Error(`It is larger than ${sizeText(REPLAY_MOST_BYTES.osz)}, which no file of osu! is.`);
        change({ state: 'sending' });
        return await post(file, (part) => change({ part, state: part === 1 ? 'reading' : 'sending' }));
      });
  }

  /** Has the hub bring the replay of a score. */
  addScore(link: string): void {
    this.#bring(link.replace(/^https?:\/\//, ''), async (change) => {
      change({ state: 'asking' });
      return await client.call(routes.addScore, { body: { link } });
    });
  }

  /** Somebody has seen it. */
  dismiss(key: number): void {
    this.sending = this.sending.filter((one) => one.key !== key);
  }

  async remove(id: string): Promise<void> {
    await client.call(routes.deleteReplay, { params: { id } });
    this.#drop(id);
  }

  async removeSkin(id: string): Promise<void> {
    await client.call(routes.deleteReplaySkin, { params: { id } });
    this.skins = this.skins.filter((skin) => skin.id !== id);
  }

  async keep(change: Partial<ReplaySettings>): Promise<void> {
    this.settings = await client.call(routes.changeReplaySettings, { body: { ...this.settings, ...change } });
  }

  clear(): void {
    this.list = [];
    this.skins = [];
    this.sending = [];
    this.state = 'loading';
  }

  /** One after the other; each is in the list until what became of it has been seen. */
  #bring(name: string, work: (change: (to: Partial<Sending>) => void) => Promise<ReplayAdded>): void {
    const key = this.#next++;
    this.sending = [...this.sending, { key, name, state: 'waiting', part: 0, words: '' }];
    const change = (to: Partial<Sending>): void => {
      this.sending = this.sending.map((one) => (one.key === key ? { ...one, ...to } : one));
    };
    this.#turn = this.#turn.then(async () => {
      try {
        const added = await work(change);
        change({ state: 'done', name: added.name, words: becameOf(added) });
        setTimeout(() => this.dismiss(key), SEEN_MS);
      } catch (error) {
        const { message, remedy } = failureOf(error);
        change({ state: 'failed', words: error instanceof Refused ? message : `${message} ${remedy}`.trim() });
      }
    });
  }

  async #loadSkins(): Promise<void> {
    [this.skins, this.settings] = await Promise.all([
      client.call(routes.listReplaySkins, {}),
      client.call(routes.replaySettings, {}),
    ]);
  }

  #put(replay: Replay): void {
    const others = this.list.filter((other) => other.id !== replay.id);
    this.list = [...others, replay].sort((a, b) => b.addedAt.localeCompare(a.addedAt));
  }

  #drop(id: string): void {
    this.list = this.list.filter((replay) => replay.id !== id);
  }
}

/** What the hub says about a file, whole. */
class Refused extends Error {}

/** `fetch` does not tell how much was sent. */
function post(file: File, onpart: (part: number) => void): Promise<ReplayAdded> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', address(routes.addReplayFile, {}, { name: file.name }));
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.onprogress = ({ loaded, total }) => onpart(total > 0 ? loaded / total : 0);
    request.upload.onload = () => onpart(1);
    request.onerror = () => reject(new Error('The connection was lost.'));
    request.onload = () => {
      const answer = jsonOf(request.responseText);
      if (request.status === 200) return resolve(ReplayAdded.parse(answer));
      const problem = Problem.safeParse(answer).data;
      reject(
        problem
          ? new Refused(`${problem.message} ${problem.remedy ?? ''}`.trim())
          : new Error(`The hub answered ${request.status}.`),
      );
    };
    request.send(file);
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function becameOf({ kind, known, maps, replays: ids }: ReplayAdded): string {
  if (kind === 'skin') return known ? 'A skin that was here already' : 'A skin';
  if (kind === 'replay') return known ? 'A replay that was here already' : 'A replay';
  const set = maps === 1 ? 'A set with one map' : `A set of ${maps} maps`;
  return ids.length === 0 ? `${set}; no replay here was played in it` : set;
}

export const replays = new Replays();
