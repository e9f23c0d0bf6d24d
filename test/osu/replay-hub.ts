/** A hub’s replays on a real PostgreSQL and a library in a folder, and what a program does with them. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { FolderStore } from '../../src/blobs/folder.ts';
import { type Client, pathOf } from '../../src/contract/client.ts';
import { ReplayAdded } from '../../src/contract/replay.ts';
import { routes } from '../../src/contract/routes.ts';
import { ReplayDesk } from '../../src/hub/replays/desk.ts';
import { openTestHub, type TestHub } from '../hub/server.ts';

export interface ReplayHub extends AsyncDisposable {
  readonly hub: TestHub;
  readonly desk: ReplayDesk;
  readonly api: Client & { readonly token: string };
  /** With its library and its cache. */
  readonly folder: string;
  /** Keys that jobs are reading. */
  readonly inUse: Set<string>;
  /** As it was at the beginning. */
  empty(): Promise<void>;
  post(name: string, bytes: Uint8Array, headers?: Record<string, string>): Promise<Response>;
  drop(name: string, bytes: Uint8Array): Promise<ReplayAdded>;
  /** Names of the files that are kept. */
  shelved(): Promise<string[]>;
}

export async function openReplayHub(): Promise<ReplayHub> {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-replays-'));
  const root = join(folder, 'library');
  const blobs = new FolderStore({ root, library: undefined, signingKey: randomBytes(32), publicBase: '' });
  await blobs.createMarker('library');
  const inUse = new Set<string>();
  const desks: ReplayDesk[] = [];
  let now = 0;
  // Questions to osu! wait for their turn, and no test does.
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
  const hub = await openTestHub({
    before: (server, parts) => {
      const desk = new ReplayDesk({
        ...parts,
        ...{ blobs, root, clock },
        inUse: () => inUse,
        isFull: () => false,
        cacheDir: join(folder, 'cache'),
      });
      desk.register(server.app);
      desks.push(desk);
    },
  });
  const [desk] = desks;
  if (!desk) throw new Error('the hub has no desk');
  await desk.start();
  const api = await hub.client('api');
  const post: ReplayHub['post'] = (name, bytes, headers = {}) =>
    fetch(hub.local + pathOf(routes.addReplayFile, {}, { name }), {
      method: 'POST',
      headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/octet-stream', ...headers },
      body: bytes,
    });
  return {
    ...{ hub, desk, api, folder, inUse, post },
    async empty() {
      await sql`delete from replay_files`.execute(hub.database.catalog.db);
      await rm(join(root, '.replays'), { recursive: true, force: true });
    },
    async drop(name, bytes) {
      const answer = await post(name, bytes);
      if (answer.status !== 200) throw new Error(await answer.text());
      return ReplayAdded.parse(await answer.json());
    },
    shelved: async () => (await readdir(join(root, '.replays')).catch(() => [])).sort(),
    async [Symbol.asyncDispose]() {
      await desk.stop();
      await hub[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
