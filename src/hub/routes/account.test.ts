import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { openTestHub, PASSWORD, type TestHub } from '../../../test/hub/server.ts';
import { UserError } from '../../base/errors.ts';
import { createClient } from '../../contract/client.ts';
import { routes } from '../../contract/routes.ts';
import { FIRST_LINK_MS } from '../auth/links.ts';
import { createToken, replaceToken } from '../auth/tokens.ts';
import { hasAdmin } from '../auth/users.ts';

let hub: TestHub;
before(async () => {
  hub = await openTestHub();
});
after(() => hub[Symbol.asyncDispose]());

type Answer = { status: number; body: Record<string, unknown> & { user?: Record<string, unknown> }; cookie: string };

async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const request: RequestInit = {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), origin: hub.local, ...headers },
  };
  if (body !== undefined) request.body = JSON.stringify(body);
  const answer = await fetch(hub.local + path, request);
  const set = answer.headers.get('set-cookie') ?? '';
  return { status: answer.status, body: (await answer.json()) as Answer['body'], cookie: set };
}

const codeOf = (link: string): string => link.slice(link.indexOf('#') + 1);

test('first entry: a link works once, then name and password are set, then they sign in', async () => {
  assert.equal(await hasAdmin(hub.auth.db), false);
  const link = await hub.auth.createSignInLink(hub.local, 'admin', FIRST_LINK_MS);
  assert.match(link, /^http:\/\/127\.0\.0\.1:\d+\/sign-in#[\w-]{43}$/);
  const entered = await ask('POST', '/api/session/link', { code: codeOf(link) });
  assert.equal(entered.status, 200);
  assert.equal(entered.body.mustSetPassword, true);
  assert.match(entered.cookie, /^vidette_session=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/);
  const cookie = entered.cookie.split(';')[0] ?? '';

  const again = await ask('POST', '/api/session/link', { code: codeOf(link) });
  assert.equal(again.status, 401);
  assert.match(String(again.body.remedy), /vidette login/);

  const set = await ask('PUT', '/api/session/password', { name: 'Ada', password: PASSWORD }, { cookie });
  assert.equal(set.status, 200);
  assert.equal(set.body.mustSetPassword, false);
  assert.equal(set.body.user?.name, 'Ada');
  assert.equal(await hasAdmin(hub.auth.db), true);

  assert.equal((await ask('POST', '/api/session', { name: 'ada', password: 'wrong' })).status, 401);
  assert.equal((await ask('POST', '/api/session', { name: 'nobody', password: PASSWORD })).status, 401);
  const signedIn = await ask('POST', '/api/session', { name: ' ADA ', password: PASSWORD });
  assert.equal(signedIn.status, 200);
  assert.equal(signedIn.body.user?.role, 'admin');

  const needsCurrent = { cookie: signedIn.cookie.split(';')[0] ?? '' };
  const change = { name: 'Ada', password: 'another good one' };
  assert.equal((await ask('PUT', '/api/session/password', change, needsCurrent)).status, 400);
  assert.equal((await ask('PUT', '/api/session/password', { ...change, current: PASSWORD }, needsCurrent)).status, 200);
  assert.equal((await ask('GET', '/api/session', undefined, { cookie })).status, 401, 'other sessions have ended');
  assert.equal((await ask('GET', '/api/session', undefined, needsCurrent)).status, 200);

  const forgot = await ask('POST', '/api/session/link', { code: codeOf(await hub.auth.createSignInLink(hub.local)) });
  assert.equal(forgot.body.user?.name, 'Ada', 'a later link is the same admin, who may set a new password');
  const bySecondLink = { cookie: forgot.cookie.split(';')[0] ?? '' };
  assert.equal(
    (await ask('PUT', '/api/session/password', { name: 'Ada', password: PASSWORD }, bySecondLink)).status,
    200,
  );

  assert.equal((await ask('DELETE', '/api/session', undefined, bySecondLink)).status, 200);
  assert.equal((await ask('GET', '/api/session', undefined, bySecondLink)).status, 401);
});

test('a link that is too old, or was never made, does nothing', async () => {
  const late = await hub.auth.createSignInLink(hub.local, 'admin', -1);
  assert.equal((await ask('POST', '/api/session/link', { code: codeOf(late) })).status, 401);
  assert.equal((await ask('POST', '/api/session/link', { code: 'x'.repeat(43) })).status, 401);
});

test('a link used by two at once lets one in', async () => {
  const code = codeOf(await hub.auth.createSignInLink(hub.local));
  const answers = await Promise.all([1, 2, 3, 4].map(() => ask('POST', '/api/session/link', { code })));
  assert.deepEqual(answers.map((answer) => answer.status).toSorted(), [200, 401, 401, 401]);
});

test('people: admins add and remove them, names are unique, nobody locks everybody out', async () => {
  const root = await hub.person('admin', 'Root');
  const vera = await hub.person('viewer', 'Vera');
  const list = await ask('GET', '/api/users', undefined, root);
  assert.equal(list.status, 200);
  assert.doesNotMatch(JSON.stringify(list.body), /hash|scrypt|password|@/);
  assert.equal((await ask('GET', '/api/users', undefined, vera)).status, 403);
  const twice = await ask('POST', '/api/users', { name: 'VERA', password: PASSWORD, role: 'viewer' }, root);
  assert.equal(twice.status, 409);
  assert.deepEqual(twice.body.fields, { name: 'is taken' });
  assert.equal(
    (await ask('POST', '/api/users', { name: 'short', password: '1234567', role: 'viewer' }, root)).status,
    400,
  );
  assert.equal((await ask('DELETE', '/api/users/Root', undefined, root)).status, 409, 'not oneself');

  const stream = await fetch(`${hub.local}/api/events`, { headers: vera });
  assert.equal(stream.status, 200);
  assert.equal((await ask('DELETE', '/api/users/Vera', undefined, root)).status, 200);
  assert.match(await stream.text(), /^retry: 2000/, 'the stream of a removed person has ended');
  assert.equal((await ask('GET', '/api/cameras', undefined, vera)).status, 401);
  assert.equal((await ask('DELETE', '/api/users/Vera', undefined, root)).status, 404);

  const api = await hub.client('api');
  for (const person of await api.call(routes.listUsers, {}))
    if (person.name !== 'Root') await api.call(routes.deleteUser, { params: { id: person.id } });
  await assert.rejects(
    api.call(routes.deleteUser, { params: { id: 'Root' } }),
    (error) => error instanceof UserError && /last admin/.test(error.message),
  );
});

test('tokens: shown once, kept as hashes, scoped, run out, revoked', async () => {
  const api = await hub.client('api');
  const made = await api.call(routes.createToken, { body: { name: 'script', scope: 'api-read', days: 1 } });
  assert.match(made.secret, /^vdt_[\w-]{43}$/);
  const reader = createClient({ base: hub.local, token: made.secret });
  assert.deepEqual(await reader.call(routes.listCameras, {}), []);
  const list = await api.call(routes.listTokens, {});
  assert.doesNotMatch(JSON.stringify(list), new RegExp(made.secret.slice(4)));
  await assert.rejects(reader.call(routes.listTokens, {}), /not enough/);
  await assert.rejects(reader.call(routes.session, {}), /no session/);

  await api.call(routes.deleteToken, { params: { id: 'script' } });
  await assert.rejects(reader.call(routes.listCameras, {}), /not signed in/);

  const old = await createToken(hub.auth.db, { name: 'old', scope: 'api', days: -1 }, new Date());
  await assert.rejects(
    createClient({ base: hub.local, token: old.secret }).call(routes.listCameras, {}),
    /not signed in/,
  );

  const first = await replaceToken(hub.auth.db, { name: 'own recorder', scope: 'recorder' }, new Date());
  const second = await replaceToken(hub.auth.db, { name: 'own recorder', scope: 'recorder' }, new Date());
  assert.notEqual(first.secret, second.secret);
  const shown = await api.call(routes.listTokens, {});
  assert.ok(!shown.some((token) => token.name === 'own recorder'), "the hub's own tokens are not people's business");
  await assert.rejects(api.call(routes.deleteToken, { params: { id: second.id } }), { code: 'not-found' });
});

test('no secret lies in the database, the log or an answer', async () => {
  const person = await hub.person('admin', 'Canary');
  const api = await hub.client('api');
  const link = codeOf(await hub.auth.createSignInLink(hub.local));
  await ask('POST', '/api/session/link', { code: link });
  await fetch(`${hub.local}/api/cameras?token=${api.token}`, { headers: { authorization: `Bearer ${api.token}` } });
  const { rows } = await sql<{ table_name: string }>`
    select table_name from information_schema.tables where table_schema = 'public'`.execute(hub.database.catalog.db);
  let dump = hub.log.join('\n');
  for (const { table_name } of rows) {
    const content = await sql<{ row: string }>`select t::text as row from ${sql.table(table_name)} t`.execute(
      hub.database.catalog.db,
    );
    dump += content.rows.map(({ row }) => row).join('\n');
  }
  for (const secret of [person.cookie.split('=')[1] ?? 'none', api.token, link, PASSWORD]) {
    assert.ok(secret.length > 15);
    assert.ok(!dump.includes(secret), 'a secret can be read');
    assert.ok(!dump.includes(Buffer.from(secret).toString('hex')), 'a secret can be read as bytes');
  }
  assert.ok(dump.includes('Canary'), 'the search would find it');
});
