/**
 * The footage half of a hub on a real PostgreSQL and a real folder, without children: a test plays recorder, worker and page.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { UserError } from '../../src/base/errors.ts';
import { createLog } from '../../src/base/log.ts';
import { FolderStore } from '../../src/blobs/folder.ts';
import { CameraLeases } from '../../src/catalog/leases.ts';
import { registerRecorder, seeRecorders } from '../../src/catalog/recorders.ts';
import { totals as readTotals } from '../../src/catalog/segment-days.ts';
import { insertReports } from '../../src/catalog/segments.ts';
import { createSource, findSource } from '../../src/catalog/sources.ts';
import type { TokenScope } from '../../src/contract/account.ts';
import { type Client, createClient } from '../../src/contract/client.ts';
import type { HubEvent } from '../../src/contract/system.ts';
import { registerBlobRoutes } from '../../src/hub/bytes/routes.ts';
import { sealCamera } from '../../src/hub/camera-settings.ts';
import { cameraKind } from '../../src/hub/clips/camera-kind.ts';
import { Clips } from '../../src/hub/clips/clips.ts';
import { JobDesk } from '../../src/hub/clips/desk.ts';
import { ClipPlanner } from '../../src/hub/clips/planner.ts';
import { registerClipRoutes, registerWorkerRoutes } from '../../src/hub/clips/routes.ts';
import { Live } from '../../src/hub/live/live.ts';
import { registerLiveRoutes } from '../../src/hub/live/routes.ts';
import { registerMomentRoutes } from '../../src/hub/moments/routes.ts';
import { PictureStreams } from '../../src/hub/pictures/stream.ts';
import { trackLibrary } from '../../src/hub/playback/library.ts';
import { registerPlaybackRoutes } from '../../src/hub/playback/routes.ts';
import { SegmentShelf } from '../../src/hub/playback/segment-shelf.ts';
import { cameraBook } from '../../src/hub/recording/camera-book.ts';
import { Recording } from '../../src/hub/recording/recording.ts';
import { registerRecorderRoutes } from '../../src/hub/recording/routes.ts';
import { FootageTotals } from '../../src/hub/recording/totals.ts';
import { secretsOf } from '../../src/hub/secrets.ts';
import type { Caller } from '../../src/hub/server/gate.ts';
import { createServer } from '../../src/hub/server/server.ts';
import { registerTranscodeRoutes } from '../../src/hub/transcode/routes.ts';
import { Transcodes } from '../../src/hub/transcode/transcodes.ts';
import { JobQueue } from '../../src/jobs/queue.ts';
import { openEmbedded, type TestDatabase } from '../postgres/database.ts';

export interface FootageHub extends AsyncDisposable {
  readonly base: string;
  readonly database: TestDatabase;
  readonly root: string;
  readonly library: string;
  readonly blobs: FolderStore;
  readonly recording: Recording;
  readonly events: HubEvent[];
  readonly log: string[];
  /** How often moments or protected ranges have changed. */
  keptChanged(): number;
  /** Scope is the token. */
  client(scope: TokenScope): Client;
  addCamera(name: string, folder: string): Promise<string>;
  /** Puts a file below the library root, as a recorder does. */
  write(key: string, bytes: Uint8Array): Promise<void>;
}

export async function openFootageHub(): Promise<FootageHub> {
  const database = await openEmbedded();
  const { db } = database.catalog;
  const root = await mkdtemp(join(tmpdir(), 'vidette-footage-'));
  const library = randomUUID();
  const blobs = new FolderStore({ root, library, signingKey: randomBytes(32), publicBase: '' });
  await blobs.createMarker(library);
  const lines: string[] = [];
  const log = createLog((line) => lines.push(line), 'debug');
  const events: HubEvent[] = [];
  const publish = (event: HubEvent): void => {
    events.push(event);
  };
  const server = await createServer({
    settings: { url: undefined, host: '127.0.0.1', port: 0, trustProxy: false, tls: undefined },
    log,
    gate: {
      async identify(request): Promise<Caller> {
        const scope = /^Bearer (api|recorder|worker)$/.exec(request.headers.authorization ?? '')?.[1];
        if (scope === undefined) return { kind: 'nobody' };
        return { kind: 'token', token: { id: randomUUID(), name: `a ${scope}`, scope: scope as TokenScope } };
      },
    },
    version: '0.0.0',
    webDist: root,
  });
  const secrets = secretsOf(randomBytes(32));
  const totals = new FootageTotals(() => readTotals(db));
  const live: Live = new Live({ log, holderOf: (id) => recording.holderOf(id), lingerMs: 50 });
  const recording: Recording = new Recording({
    catalog: {
      register: (recorder) => registerRecorder(db, recorder),
      see: (ids) => seeRecorders(db, ids),
      insertReports: (reports) => insertReports(db, reports),
    },
    leases: new CameraLeases({ db, clock: systemClock, leaseMs: 2000 }),
    cameras: cameraBook({ db, secrets, demoUrl: () => undefined }),
    totals,
    blobs,
    isPaused: () => false,
    library,
    clock: systemClock,
    log,
    onFootage: (source) => publish({ type: 'footage', source }),
    onCamera: () => undefined,
    onHolder: (id) => live.moved(id),
    onReports: () => planner.soon(),
  });
  const queue = await JobQueue.open({ catalog: database.catalog, log, clock: systemClock });
  const now = (): number => Date.now();
  const timeZone = 'UTC';
  const findRow = async (name: string) => findSource(db, name);
  const tracks = trackLibrary(db, { of: (id, track) => recording.openSegments(id, track) });
  const kinds = [
    cameraKind({
      ...{ db, recording, now, timeZone },
      findCamera: findRow,
      nextFootage: (id, track, at) => tracks.next(id, track, at),
      newestFootage: (id) => totals.of(id).to,
    }),
  ];
  const clips = new Clips({ db, queue, blobs, events: { publish }, kinds, log });
  const planner: ClipPlanner = new ClipPlanner({
    ...{ db, clips, kinds, queue, blobs, log },
    settleMs: 0,
    everyMs: 100,
  });
  const findCamera = async (name: string) => {
    const row = await findRow(name);
    if (!row) throw new UserError('There is no such camera.', 'See the list of cameras.', { code: 'not-found' });
    return row;
  };
  const { app } = server;
  registerRecorderRoutes(app, recording);
  const pictures = new PictureStreams({ live, holderOf: () => undefined, reasonOf: () => undefined });
  const watch = live.watch.bind(live);
  const transcodes = new Transcodes({ queue, watch, key: randomBytes(32), now, log });
  registerLiveRoutes(app, { live, pictures, transcodes, findCamera });
  registerTranscodeRoutes(app, transcodes);
  const closeEarly = recording.closeEarly.bind(recording);
  registerPlaybackRoutes(app, {
    library: tracks,
    shelf: new SegmentShelf(blobs),
    findCamera,
    closeEarly,
    linkKey: randomBytes(32),
    now,
    log,
  });
  registerClipRoutes(app, { clips, blobs });
  let keptChanges = 0;
  registerMomentRoutes(app, { db, findCamera, changed: () => keptChanges++, now });
  registerWorkerRoutes(app, new JobDesk({ queue, transcodes, blobs, log }));
  registerBlobRoutes(app, { blobs });
  await recording.start();
  await clips.start();
  planner.start();
  const { port } = await server.listen();
  const base = `http://127.0.0.1:${port}`;
  return {
    base,
    database,
    root,
    library,
    blobs,
    recording,
    events,
    log: lines,
    keptChanged: () => keptChanges,
    client: (scope) => createClient({ base, token: scope }),
    async addCamera(name, folder) {
      const id = randomUUID();
      const settings = { url: 'rtsp://camera.example/stream', username: 'viewer' };
      const secret = sealCamera(secrets, id, { password: 'canary-password', url: null, subUrl: null });
      await createSource(db, { id, kind: 'camera', name, folder, settings, secret });
      await recording.camerasChanged();
      return id;
    },
    async write(key, bytes) {
      await mkdir(dirname(join(root, key)), { recursive: true });
      await writeFile(join(root, key), bytes);
    },
    async [Symbol.asyncDispose]() {
      recording.stop();
      live.close();
      await planner.stop();
      await clips.stop();
      await server.close();
      await queue.stop();
      await database[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true });
    },
  };
}
