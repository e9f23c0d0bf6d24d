import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { routes } from '../../contract/routes.ts';
import type { Auth } from '../auth/auth.ts';
import type { Cameras } from '../cameras.ts';
import { registerClipRoutes, registerWorkerRoutes } from '../clips/routes.ts';
import { registerLiveRoutes } from '../live/routes.ts';
import { registerPlaybackRoutes } from '../playback/routes.ts';
import { registerRecorderRoutes } from '../recording/routes.ts';
import { unhandled } from '../server/core.ts';
import { EventBus } from '../server/events.ts';
import { createServer } from '../server/server.ts';
import { registerCameraRoutes } from './cameras.ts';
import { registerEventRoutes } from './events.ts';
import { registerSessionRoutes } from './session.ts';
import { registerSystemRoutes } from './system.ts';
import { registerTokenRoutes } from './tokens.ts';
import { registerUserRoutes } from './users.ts';

test('every route of the contract has a handler, and needs the right that it says', async () => {
  const server = await createServer({
    settings: { url: undefined, host: '127.0.0.1', port: 0, trustProxy: false, tls: undefined },
    log: silentLog,
    gate: { identify: async () => ({ kind: 'nobody' }) },
    version: '0.0.0',
    webDist: tmpdir(),
  });
  const { app } = server;
  // Nothing is asked of these: no request gets as far as a handler.
  const nothing = {} as never;
  const auth = { onRevoke: () => undefined } as unknown as Auth;
  registerSessionRoutes(app, auth);
  registerUserRoutes(app, auth);
  registerTokenRoutes(app, auth);
  registerCameraRoutes(app, {} as unknown as Cameras);
  registerEventRoutes(app, new EventBus());
  registerSystemRoutes(app, nothing);
  registerRecorderRoutes(app, nothing);
  registerLiveRoutes(app, nothing);
  registerPlaybackRoutes(app, nothing);
  registerClipRoutes(app, nothing);
  registerWorkerRoutes(app, nothing);
  try {
    assert.deepEqual(unhandled(app, routes), []);
    const { url } = await server.listen();
    for (const [name, route] of Object.entries(routes)) {
      if (route.access === 'public') continue;
      const path = route.path.replace(/:\w+/g, '00000000-0000-4000-8000-000000000000');
      const answer = await fetch(url + path, { method: route.method });
      assert.equal(answer.status, 401, `${name} lets nobody in`);
    }
  } finally {
    await server.close();
  }
});
