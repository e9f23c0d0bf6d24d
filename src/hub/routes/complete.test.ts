import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import type { Role, TokenScope } from '../../contract/account.ts';
import type { Access, RouteShape } from '../../contract/route.ts';
import { routes } from '../../contract/routes.ts';
import { registerStorageRoutes } from '../archive/routes.ts';
import type { Auth } from '../auth/auth.ts';
import type { Cameras } from '../cameras.ts';
import { registerCarRoutes } from '../cars/routes.ts';
import { registerClipRoutes, registerWorkerRoutes } from '../clips/routes.ts';
import { registerDriveRoutes } from '../drives/routes.ts';
import { registerLiveRoutes } from '../live/routes.ts';
import { registerMetricRoutes } from '../metrics/routes.ts';
import { registerMomentRoutes } from '../moments/routes.ts';
import { registerOnvifRoutes } from '../onvif/routes.ts';
import { registerOutageRoutes } from '../outages/routes.ts';
import { registerPictureRoutes } from '../pictures/routes.ts';
import { registerPlaybackRoutes } from '../playback/routes.ts';
import { registerCameraTestRoutes } from '../probe/routes.ts';
import { registerRecorderRoutes } from '../recording/routes.ts';
import { registerReplayRoutes } from '../replays/routes.ts';
import { unhandled } from '../server/core.ts';
import { EventBus } from '../server/events.ts';
import type { Caller } from '../server/gate.ts';
import { createServer } from '../server/server.ts';
import { registerStatsRoutes } from '../stats/routes.ts';
import { registerTranscodeRoutes } from '../transcode/routes.ts';
import { registerCameraRoutes } from './cameras.ts';
import { registerEventRoutes } from './events.ts';
import { registerSessionRoutes } from './session.ts';
import { registerSystemRoutes } from './system.ts';
import { registerTokenRoutes } from './tokens.ts';
import { registerUserRoutes } from './users.ts';

/** A server with every route of the hub, and whoever is calling. Nothing is asked of the handlers: no refused request gets that far. */
async function everyRoute(): Promise<
  AsyncDisposable & {
    caller: Caller;
    readonly missing: readonly string[];
    /** The status that a request without a body gets. */
    ask(route: RouteShape): Promise<number>;
  }
> {
  const hub = { caller: { kind: 'nobody' } as Caller };
  const server = await createServer({
    settings: { url: undefined, host: '127.0.0.1', port: 0, trustProxy: false, tls: undefined },
    log: silentLog,
    gate: { identify: async () => hub.caller },
    version: '0.0.0',
    webDist: tmpdir(),
  });
  const { app } = server;
  const nothing = {} as never;
  const auth = { onRevoke: () => undefined } as unknown as Auth;
  registerSessionRoutes(app, auth);
  registerUserRoutes(app, auth);
  registerTokenRoutes(app, auth);
  registerCameraRoutes(app, {} as unknown as Cameras);
  registerEventRoutes(app, new EventBus());
  registerSystemRoutes(app, nothing);
  registerMetricRoutes(app, nothing);
  registerStatsRoutes(app, nothing);
  registerRecorderRoutes(app, nothing);
  registerLiveRoutes(app, nothing);
  registerPictureRoutes(app, nothing);
  registerPlaybackRoutes(app, nothing);
  registerOutageRoutes(app, nothing);
  registerMomentRoutes(app, nothing);
  registerStorageRoutes(app, nothing);
  registerDriveRoutes(app, nothing);
  registerCarRoutes(app, nothing);
  registerReplayRoutes(app, nothing);
  registerClipRoutes(app, nothing);
  registerWorkerRoutes(app, nothing);
  registerOnvifRoutes(app, nothing);
  registerCameraTestRoutes(app, nothing);
  registerTranscodeRoutes(app, nothing);
  const { url } = await server.listen();
  return Object.assign(hub, {
    missing: unhandled(app, routes),
    async ask(route: RouteShape) {
      const path = route.path.replace(/:\w+/g, '00000000-0000-4000-8000-000000000000');
      const answer = await fetch(url + path, { method: route.method, headers: { origin: url } });
      await answer.body?.cancel();
      return answer.status;
    },
    [Symbol.asyncDispose]: () => server.close(),
  });
}

const person = (role: Role): Caller => ({
  kind: 'session',
  sessionId: 's',
  user: { id: 'u', name: role, role, createdAt: new Date(0).toISOString() },
});
const program = (scope: TokenScope): Caller => ({ kind: 'token', token: { id: 't', name: scope, scope } });

test('every route of the contract has a handler, and lets nobody in who is not signed in', async () => {
  await using hub = await everyRoute();
  assert.deepEqual(hub.missing, []);
  for (const [name, route] of Object.entries(routes)) {
    if (route.access === 'public') continue;
    assert.equal(await hub.ask(route), 401, `${name} lets nobody in`);
  }
});

test('every route refuses whoever has another role or scope than it needs', async () => {
  await using hub = await everyRoute();
  const rights: readonly (readonly [Caller, readonly Access[]])[] = [
    [person('viewer'), ['viewer']],
    [person('admin'), ['viewer', 'admin', 'metrics']],
    [program('api'), ['viewer', 'admin', 'metrics']],
    [program('api-read'), ['viewer']],
    [program('recorder'), ['recorder']],
    [program('worker'), ['worker']],
    [program('drive'), ['drive']],
    [program('metrics'), ['metrics']],
  ];
  let refused = 0;
  for (const [caller, may] of rights) {
    hub.caller = caller;
    const who = caller.kind === 'token' ? caller.token.scope : 'person';
    for (const [name, route] of Object.entries(routes)) {
      const readsOnly = who === 'api-read' && route.method !== 'GET';
      if (route.access === 'public' || (may.includes(route.access) && !readsOnly)) continue;
      assert.equal(await hub.ask(route), 403, `${name} (${route.access}) refuses ${JSON.stringify(caller)}`);
      refused++;
    }
  }
  assert.ok(refused > 100, `${refused} refusals`);
});

test('what only an admin may do is what changes who gets in, what is recorded and what is kept', () => {
  const admin = Object.entries(routes).filter(([, route]) => route.access === 'admin');
  assert.deepEqual(admin.map(([name]) => name).sort(), [
    'cameraPresets',
    'cancelCarHarvest',
    'changeCamera',
    'changeCar',
    'changeDriveSettings',
    'changeReplaySettings',
    'confirmClock',
    'createCamera',
    'createCar',
    'createCarProtection',
    'createProtection',
    'createToken',
    'createUser',
    'deleteCamera',
    'deleteCar',
    'deleteCarClip',
    'deleteCarEvent',
    'deleteCarProtection',
    'deleteProtection',
    'deleteToken',
    'deleteUser',
    'describeCamera',
    'discoverCameras',
    'listTokens',
    'listUsers',
    'moveCamera',
    'protectCarEvent',
    'removeArchive',
    'removeScoreAccess',
    'setArchive',
    'setScoreAccess',
    'startCarHarvest',
    'testAddress',
    'testCamera',
    'testCar',
    'testScoreAccess',
    'unprotectCarEvent',
  ]);
});
