/**
 * The hub's server with everything of people, tokens, cameras and events on a real PostgreSQL, and the rest as it would say in quiet times.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { systemClock } from '../../src/base/clock.ts';
import { createLog, type Log } from '../../src/base/log.ts';
import type { Database } from '../../src/catalog/tables.ts';
import type { Role, TokenScope } from '../../src/contract/account.ts';
import { type Client, createClient } from '../../src/contract/client.ts';
import { Auth } from '../../src/hub/auth/auth.ts';
import { authDb } from '../../src/hub/auth/tables.ts';
import { createToken } from '../../src/hub/auth/tokens.ts';
import { createUser } from '../../src/hub/auth/users.ts';
import { Cameras } from '../../src/hub/cameras.ts';
import { registerCameraRoutes } from '../../src/hub/routes/cameras.ts';
import { registerEventRoutes } from '../../src/hub/routes/events.ts';
import { registerSessionRoutes, type SignInLimits } from '../../src/hub/routes/session.ts';
import { registerSystemRoutes } from '../../src/hub/routes/system.ts';
import { registerTokenRoutes } from '../../src/hub/routes/tokens.ts';
import { registerUserRoutes } from '../../src/hub/routes/users.ts';
import { type Secrets, secretsOf } from '../../src/hub/secrets.ts';
import { EventBus } from '../../src/hub/server/events.ts';
import { basePathOf, createServer, type HubServer, type ServerSettings } from '../../src/hub/server/server.ts';
import { openEmbedded, type TestDatabase } from '../postgres/database.ts';

export interface TestHub extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly server: HubServer;
  readonly auth: Auth;
  readonly cameras: Cameras;
  readonly secrets: Secrets;
  readonly events: EventBus;
  /** Every line of the log so far. */
  readonly log: readonly string[];
  /** Where it listens, on loopback; below no sub-path. */
  readonly local: string;
  readonly port: number;
  /** A client with a fresh token of that scope. */
  client(scope: TokenScope): Promise<Client & { readonly token: string }>;
  /** A browser that has signed in: its `Cookie` and `Origin` headers. */
  person(role: Role, name: string): Promise<{ cookie: string; origin: string }>;
}

export const PASSWORD = 'correct horse battery';

export async function openTestHub(
  options: {
    settings?: Partial<ServerSettings>;
    limits?: SignInLimits;
    webDist?: string;
    before?: (server: HubServer, parts: { db: Kysely<Database>; secrets: Secrets; events: EventBus; log: Log }) => void;
  } = {},
): Promise<TestHub> {
  const database = await openEmbedded();
  const empty = await mkdtemp(join(tmpdir(), 'vidette-page-'));
  const settings: ServerSettings = {
    url: undefined,
    host: '127.0.0.1',
    port: 0,
    trustProxy: false,
    tls: undefined,
    ...options.settings,
  };
  const log: string[] = [];
  const logger = createLog((line) => log.push(line), 'debug');
  const db = authDb(database.catalog.db);
  const auth = new Auth({
    db,
    clock: systemClock,
    log: logger,
    basePath: basePathOf(settings.url),
    https: settings.url?.protocol === 'https:',
  });
  const server = await createServer({
    settings,
    log: logger,
    gate: auth,
    version: '0.0.0',
    webDist: options.webDist ?? empty,
  });
  const events = new EventBus();
  const secrets = secretsOf(randomBytes(32));
  const now = new Date().toISOString();
  const cameras = new Cameras({
    db: database.catalog.db,
    secrets,
    events,
    log: logger,
    states: {
      stateOf: () => ({ status: 'waiting', since: now }),
      footageOf: async () => ({ bytes: 0, from: null, to: null }),
    },
  });
  registerSessionRoutes(server.app, auth, options.limits);
  registerUserRoutes(server.app, auth);
  registerTokenRoutes(server.app, auth);
  registerCameraRoutes(server.app, cameras);
  registerEventRoutes(server.app, events);
  registerSystemRoutes(server.app, {
    version: '0.0.0',
    startedAt: new Date(),
    now: () => new Date(),
    database: () => database.catalog.ping(),
    library: async () => 'ok',
    storage: async () => ({ bytes: 0, free: 1, floor: 0, total: 1, paused: false }),
    recorders: async () => [],
    workers: async () => [],
  });
  options.before?.(server, { db: database.catalog.db, secrets, events, log: logger });
  const { port } = await server.listen();
  const local = `http://127.0.0.1:${port}`;
  return {
    database,
    server,
    auth,
    cameras,
    secrets,
    events,
    log,
    local,
    port,
    async client(scope) {
      const { secret } = await createToken(db, { name: `test ${scope}`, scope, days: null }, new Date());
      return Object.assign(createClient({ base: local, token: secret }), { token: secret });
    },
    async person(role, name) {
      await createUser(db, { name, password: PASSWORD, role });
      const answer = await fetch(`${local}/api/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: local },
        body: JSON.stringify({ name, password: PASSWORD }),
      });
      if (!answer.ok) throw new Error(await answer.text());
      return { cookie: (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '', origin: local };
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await database[Symbol.asyncDispose]();
      await rm(empty, { recursive: true, force: true });
    },
  };
}
