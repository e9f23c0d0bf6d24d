/**
 * The hub: what is wired to what. The order here is the order of starting; stopping goes backwards.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Kysely } from 'kysely';
import { z } from 'zod';
import { systemClock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { listAlerts } from '../catalog/alerts.ts';
import { clockSteps, noteClockSteps } from '../catalog/clock-steps.ts';
import { CameraLeases } from '../catalog/leases.ts';
import { reportOutages } from '../catalog/outages.ts';
import { listWorkers, registerRecorder, seeRecorders } from '../catalog/recorders.ts';
import { totals as readTotals } from '../catalog/segment-days.ts';
import { insertReports } from '../catalog/segments.ts';
import { findSource } from '../catalog/sources.ts';
import type { Database } from '../catalog/tables.ts';
import { type Role, Role as RoleSchema } from '../contract/account.ts';
import type { CameraState } from '../contract/camera.ts';
import type { SystemInfo } from '../contract/system.ts';
import { JobQueue } from '../jobs/queue.ts';
import { registerStorageRoutes } from './archive/routes.ts';
import { Auth } from './auth/auth.ts';
import { authDb } from './auth/tables.ts';
import { replaceToken } from './auth/tokens.ts';
import { hasAdmin } from './auth/users.ts';
import { type BegunHub, beginHub } from './begin.ts';
import { registerBlobRoutes } from './bytes/routes.ts';
import { Cameras } from './cameras.ts';
import { carKind } from './cars/car-kind.ts';
import { CarDesk } from './cars/desk.ts';
import { libraryCarBytes } from './cars/library-bytes.ts';
import { Child } from './children/child.ts';
import { type ChildContext, demoPlan, workerPlan } from './children/plans.ts';
import { cameraKind } from './clips/camera-kind.ts';
import { Clips } from './clips/clips.ts';
import { JobDesk } from './clips/desk.ts';
import { ClipPlanner } from './clips/planner.ts';
import { registerClipRoutes, registerWorkerRoutes } from './clips/routes.ts';
import { ShownPictures } from './clips/shown-pictures.ts';
import { DemoCamera } from './demo-camera.ts';
import { DriveDesk } from './drives/desk.ts';
import { openFoundation } from './foundation.ts';
import { adoptRecent } from './index/recent.ts';
import { Keeping } from './keeping.ts';
import { libraryState } from './library.ts';
import { Live } from './live/live.ts';
import { registerLiveRoutes } from './live/routes.ts';
import { openLocalDoor } from './local/door.ts';
import { commandLineToken } from './local/token.ts';
import { countRequests } from './metrics/routes.ts';
import { registerMomentRoutes } from './moments/routes.ts';
import { OnvifDesk } from './onvif/desk.ts';
import { registerOnvifRoutes } from './onvif/routes.ts';
import { OutageDesk } from './outages/desk.ts';
import { GapReader } from './outages/gaps.ts';
import { registerOutageRoutes } from './outages/routes.ts';
import { LatestPictures } from './pictures/latest.ts';
import { registerPictureRoutes } from './pictures/routes.ts';
import { PictureStreams } from './pictures/stream.ts';
import { trackLibrary } from './playback/library.ts';
import { registerPlaybackRoutes } from './playback/routes.ts';
import { SegmentShelf } from './playback/segment-shelf.ts';
import { registerCameraTestRoutes } from './probe/routes.ts';
import { CameraTester } from './probe/tester.ts';
import { cameraBook } from './recording/camera-book.ts';
import { RECORDING_TIMES, Recording } from './recording/recording.ts';
import { registerRecorderRoutes } from './recording/routes.ts';
import { FootageTotals } from './recording/totals.ts';
import { ReplayDesk } from './replays/desk.ts';
import { OwnDisk } from './retention/own-disk.ts';
import { measureFolder, Space } from './retention/space.ts';
import { registerCameraRoutes } from './routes/cameras.ts';
import { registerEventRoutes } from './routes/events.ts';
import { registerSessionRoutes } from './routes/session.ts';
import { registerSystemRoutes, type SystemFacts } from './routes/system.ts';
import { registerTokenRoutes } from './routes/tokens.ts';
import { registerUserRoutes } from './routes/users.ts';
import { EventBus } from './server/events.ts';
import { basePathOf, createServer } from './server/server.ts';
import type { HubSettings } from './settings.ts';
import { Figures } from './stats/figures.ts';
import { registerTranscodeRoutes } from './transcode/routes.ts';
import { Transcodes } from './transcode/transcodes.ts';

export interface HubOptions {
  readonly settings: HubSettings;
  readonly version: string;
  readonly log: Log;
  /** Make the demo camera when nothing is configured. */
  readonly demo: boolean;
  /** Length of a segment; a minute by default. */
  readonly segmentMs?: number;
  /** Bytes that must stay free; by default the larger of 5 GB and 5 %. */
  readonly floorBytes?: number;
}

export interface Hub extends AsyncDisposable {
  /** Where people reach it, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  readonly cameras: Cameras;
  /** A one-time link to sign in. */
  signInLink(role?: Role, lifetimeMs?: number): Promise<string>;
  /** True until somebody has chosen a name and a password. */
  isNew(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Starts everything.
 * @param begun what was begun already, see `begin.ts`; absent: it is begun now
 * @throws UserError when a setting, a folder, the database or the port is not as it must be; nothing is left running then
 */
export async function startHub(options: HubOptions, begun?: BegunHub): Promise<Hub> {
  const { settings, log, version } = options;
  const { stack: held, ground, recorders, answers } = begun ?? (await beginHub(settings, log));
  await using stack = held;
  const startedAt = new Date();
  const clock = systemClock;
  const now = (): number => clock.wall();
  const { folders, catalog, secrets, library } = await openFoundation(settings, log, stack, ground);
  const { db } = catalog;

  const events = new EventBus();
  const auth = new Auth({
    db: authDb(db),
    clock,
    log,
    basePath: basePathOf(settings.url),
    https: settings.tls !== undefined || settings.url?.protocol === 'https:',
  });
  const server = await createServer({
    settings,
    log,
    gate: auth,
    version,
    webDist: fileURLToPath(new URL('../../web/dist', import.meta.url)),
  });
  stack.defer(() => server.close());
  countRequests(server.app, () => figures.metrics);

  const totals = new FootageTotals(() => readTotals(db));
  await totals.refresh();
  const space = new Space(
    library.folder ? measureFolder(library.folder.root) : async () => undefined,
    options.floorBytes,
  );
  const ownDisk = stack.use(new OwnDisk(library.folder ? async () => undefined : measureFolder(settings.data), log));
  const live: Live = new Live({
    log,
    holderOf: (camera) => recording.holderOf(camera),
    onBroken: (id) => recording.recorderDoubted(id),
  });
  stack.defer(() => live.close());
  const holderOf = (camera: string): string | undefined => recording.holderOf(camera);
  const reasonOf = (camera: string): string | undefined => recording.stateOf(camera).reason;
  const latest = new LatestPictures({ live, reasonOf, now: () => clock.monotonic() });
  const pictures = new PictureStreams({ live, holderOf, reasonOf });
  stack.defer(() => pictures.close());
  const tellCamera = (id: string): void => {
    cameras
      .get(id)
      .then((camera) => events.publish({ type: 'camera', camera }))
      .catch((error: unknown) =>
        log.debug('a change of a camera was not told', { camera: id, error: messageOf(error) }),
      );
  };
  const outages: OutageDesk = new OutageDesk({
    db,
    clock,
    log: log.child({ part: 'outages' }),
    stateOf: (camera) => recording.stateOf(camera),
    onAlert: (alert) => {
      events.publish({ type: 'alert', alert });
      tellCamera(alert.source);
    },
  });
  const keeping: Keeping = new Keeping({
    ...{ db, clock, secrets, library, space, totals, log, where: settings.blobs },
    inUse: () => clips.inUse,
    onRemoved: (source) => recording.footageChanged(source),
    ...(options.floorBytes === undefined ? {} : { floorBytes: options.floorBytes }),
  });
  const recording: Recording = new Recording({
    catalog: {
      register: (recorder) => registerRecorder(db, recorder),
      see: (ids) => seeRecorders(db, ids),
      insertReports: (reports) => insertReports(db, reports),
    },
    leases: new CameraLeases({ db, clock, leaseMs: RECORDING_TIMES.leaseMs }),
    cameras: cameraBook({ db, secrets, demoUrl: () => demo.url }),
    totals,
    // What is reported late may have been archived by then.
    blobs: keeping.libraries,
    isPaused: () => space.paused || ownDisk.paused,
    floor: () => (library.folder ? space.floor : ownDisk.floor),
    library: library.id,
    clock,
    log,
    times: options.segmentMs === undefined ? {} : { segmentMs: options.segmentMs },
    onFootage: (source) => events.publish({ type: 'footage', source }),
    onCamera: tellCamera,
    onHolder: (camera) => live.moved(camera),
    hurry: (recorder) => live.nudge(recorder),
    watch: {
      held: (camera, recorder, token) => outages.held(camera, recorder, token),
      dropped: (camera) => outages.dropped(camera),
      camerasChanged: () => outages.camerasChanged(),
      recorded: (open) => {
        outages.recorded(open);
        figures.recorded(open);
      },
    },
    onReports: (reports) => {
      figures.stored(reports);
      planner.soon();
      keeping.published(reports.reduce((sum, report) => sum + report.bytes, 0));
    },
  });
  stack.defer(() => recording.stop());
  const stateOf = (id: string): CameraState => {
    const alert = outages.alerts.of(id);
    return { ...recording.stateOf(id), ...(alert ? { alert } : {}) };
  };
  const gaps = new GapReader({ db, openSegments: (source, track) => recording.openSegments(source, track), now });
  const storage = async (): Promise<SystemInfo['storage']> => ({
    bytes: totals.all + (await libraryCarBytes(db)),
    ...space.state,
  });
  const figures: Figures = new Figures({
    db,
    clock,
    log,
    recording,
    totals,
    live,
    gaps,
    stateOf,
    disk: () => space.state,
    storage,
    libraryRoot: library.folder?.root,
  });
  stack.defer(() => figures.stop());
  const cameras: Cameras = new Cameras({
    db,
    secrets,
    events,
    log,
    states: { stateOf, footageOf: (id) => recording.footageOf(id) },
    changed: (id) => {
      keeping.changed();
      recording
        .camerasChanged()
        .then(() => recorders.look())
        .catch((error: unknown) => log.warn('the list of cameras could not be read again', { camera: id, error }));
    },
    folderExists: async (folder) =>
      library.folder ? (await stat(join(library.folder.root, folder)).catch(() => undefined)) !== undefined : false,
  });
  const demo = new DemoCamera(db, cameras);

  const jobs = await JobQueue.open({ catalog, log: log.child({ part: 'jobs' }), clock });
  stack.defer(() => jobs.stop());
  const transcodes = new Transcodes({
    queue: jobs,
    watch: (camera, track, viewer) => live.watch(camera, track, viewer),
    key: secrets.derive('transcodes'),
    ...{ now, log },
  });
  stack.defer(() => transcodes.close());
  await transcodes.start();
  const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const playable = trackLibrary(db, { of: (source, track) => recording.openSegments(source, track) });
  const drives = new DriveDesk({
    ...{ db, secrets, events, now },
    timeZone,
    createClip: (request, by, owner) => clips.create(request, by, owner),
    cacheDir: join(settings.data, 'cache', 'drives'),
    log: log.child({ part: 'drives' }),
  });
  const cars = new CarDesk({
    ...{ db, secrets, events, now },
    library: library.folder && { root: library.folder.root, id: library.id },
    isThere: async () => (await libraryState(library, log)) === 'ok',
    isFull: () => space.paused,
    inUse: () => clips.inUse,
    ageNow: () => keeping.ageNow(),
    cacheDir: join(settings.data, 'cache', 'cars'),
    log: log.child({ part: 'cars' }),
  });
  const replays = new ReplayDesk({
    ...{ db, events, secrets },
    blobs: keeping.libraries,
    root: library.folder?.root,
    inUse: () => clips.inUse,
    isFull: () => space.paused,
    cacheDir: join(settings.data, 'cache', 'replays'),
    log: log.child({ part: 'replays' }),
  });
  const shown = new ShownPictures();
  const kinds = [
    cameraKind({
      ...{ db, recording, now, timeZone },
      findCamera: (name) => cameraOrNone(db, name),
      nextFootage: (source, track, at) => playable.next(source, track, at),
      newestFootage: (source) => totals.of(source).to,
    }),
    drives.kind,
    carKind({ db, sign: (file) => cars.door.sign(file), now, timeZone }),
    replays.kind,
  ];
  const clips: Clips = new Clips({ db, queue: jobs, blobs: keeping.libraries, events, kinds, shown, log });
  const planner = new ClipPlanner({ db, clips, kinds, queue: jobs, blobs: keeping.libraries, log });
  const { app } = server;
  const findCamera = (idOrName: string) => cameras.row(idOrName);
  drives.register(app);
  cars.register(app);
  replays.register(app);
  registerSessionRoutes(app, auth);
  registerUserRoutes(app, auth, (id) => drives.removeOf(id));
  registerTokenRoutes(app, auth);
  registerCameraRoutes(app, cameras);
  registerMomentRoutes(app, { db, findCamera, changed: () => keeping.changed(), now });
  registerStorageRoutes(app, {
    archive: keeping.archive,
    storage: () => keeping.storage(),
    changed: () => keeping.changed(),
    confirmClock: () => keeping.confirmClock(),
  });
  registerCameraTestRoutes(app, { tester: new CameraTester(), secrets, findCamera, demoUrl: () => demo.url });
  const onvif = new OnvifDesk({ log: log.child({ part: 'onvif' }) });
  stack.defer(() => onvif.close());
  registerOnvifRoutes(app, { desk: onvif, secrets, findCamera });
  registerEventRoutes(app, events);
  registerRecorderRoutes(app, recording);
  registerLiveRoutes(app, { live, pictures, transcodes, findCamera });
  registerTranscodeRoutes(app, transcodes);
  registerPictureRoutes(app, { latest, findCamera });
  registerPlaybackRoutes(app, {
    library: playable,
    shelf: new SegmentShelf(keeping.libraries),
    findCamera,
    closeEarly: (camera, track, until) => recording.closeEarly(camera, track, until),
    linkKey: secrets.derive('play-links'),
    now,
    log,
  });
  registerOutageRoutes(app, {
    reader: gaps,
    findCamera,
    alerts: (limit, openOnly) => listAlerts(db, limit, openOnly),
    reported: async (recorder, told) => {
      await reportOutages(db, recorder, told);
      figures.lost(told);
    },
    clockSteps: async (limit) =>
      (await clockSteps(db, limit)).map(({ at, ...step }) => ({ ...step, at: new Date(at).toISOString() })),
    stepped: async (recorder, steps) => {
      await noteClockSteps(db, recorder, steps);
      for (const { at, byMs } of steps) log.info('The clock of a recorder was set.', { recorder, at, byMs });
    },
  });
  registerClipRoutes(app, { clips, blobs: keeping.libraries });
  registerWorkerRoutes(
    app,
    new JobDesk({
      ...{ queue: jobs, transcodes, blobs: keeping.libraries, kinds, log },
      shown: { put: (job, jpeg) => shown.put(job, jpeg), told: (job) => clips.pictureShown(job) },
    }),
  );
  registerBlobRoutes(app, { blobs: keeping.libraries });
  const facts: SystemFacts = {
    version,
    startedAt,
    now: () => new Date(),
    database: () => catalog.ping(),
    library: async () => (space.paused || ownDisk.paused ? 'full' : await libraryState(library, log)),
    storage,
    recorders: async () => recording.recorders(),
    workers: async () =>
      (await listWorkers(db, 60_000)).map((worker) => ({
        id: worker.id,
        job: worker.job,
        lastSeen: worker.last_seen.toISOString(),
      })),
  };
  registerSystemRoutes(app, facts);
  figures.register(app, facts);

  await space.measure();
  await ownDisk.start();
  await outages.start();
  stack.defer(() => outages.stop());
  await recording.start();
  await clips.start();
  stack.defer(() => clips.stop());
  planner.start();
  stack.defer(() => planner.stop());
  await drives.start();
  stack.defer(() => drives.stop());
  await cars.start();
  stack.defer(() => cars.stop());
  await replays.start();
  stack.defer(() => replays.stop());
  await keeping.start();
  stack.defer(() => keeping.stop());
  if (library.folder) {
    const stopping = new AbortController();
    const onAdded = () => totals.refresh();
    const { id, store, folder } = library;
    const place = { blobs: store, folder: folder.root, library: id };
    const adopting = adoptRecent({ db, ...place, log, now: now(), signal: stopping.signal, onAdded });
    stack.defer(async () => {
      stopping.abort();
      await adopting;
    });
  }
  const { port, url, local } = await server.listen();
  const signInLink = (role: Role = 'admin', lifetimeMs?: number): Promise<string> =>
    auth.createSignInLink(url, role, lifetimeMs);
  const commandLine = commandLineToken(auth.db, () => auth.now());
  stack.use(
    await openLocalDoor({
      file: join(folders.run, 'hub.json'),
      url,
      log,
      requests: {
        'sign-in-link': async (body) => ({ link: await signInLink(LinkRequest.parse(body).role) }),
        // For the command line of whoever owns the data folder and could read all of it anyway.
        token: async () => ({ token: await commandLine(), url: local }),
      },
    }),
  );

  const context: ChildContext = {
    data: settings.data,
    hub: local,
    libraryDir: library.folder?.root ?? null,
    token: async (name, scope) => (await replaceToken(auth.db, { name, scope }, auth.now())).secret,
  };
  answers({
    context,
    cameras: () => recording.pool.enabled,
    recorderEnded: (id) => {
      recording
        .recorderGone(id)
        .catch((error: unknown) =>
          log.debug('Leases run out by themselves.', { recorder: id, error: messageOf(error) }),
        );
    },
  });
  await recorders.start();
  const plans = [workerPlan(context)];
  if (await demo.wanted(options.demo)) plans.push(demoPlan(context, (address) => demo.servedAt(address)));
  const children = plans.map((plan) => new Child(plan, folders, log));
  for (const child of children) child.start();
  // Recorders end before the hub stops listening, so that their last segments are reported.
  stack.defer(async () => {
    recording.closing();
    await Promise.all([recorders.stop(), ...children.map((child) => child.stop())]);
  });

  const running = stack.move();
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= running.disposeAsync());
  return {
    url,
    port,
    cameras,
    signInLink,
    isNew: async () => !(await hasAdmin(auth.db)),
    close,
    [Symbol.asyncDispose]: close,
  };
}

const LinkRequest = z.object({ role: RoleSchema.default('admin') });

async function cameraOrNone(db: Kysely<Database>, idOrName: string): Promise<{ id: string; name: string } | undefined> {
  const row = await findSource(db, idOrName);
  return row?.kind === 'camera' ? row : undefined;
}
