import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { openTestHub, type TestHub } from '../../../test/hub/server.ts';
import { findSource } from '../../catalog/sources.ts';
import type { SourceRow } from '../../catalog/tables.ts';
import type { Client } from '../../contract/client.ts';
import { routes } from '../../contract/routes.ts';
import { HubEvent } from '../../contract/system.ts';
import { cameraAccess } from '../camera-settings.ts';

let hub: TestHub;
let api: Client & { token: string };
before(async () => {
  hub = await openTestHub();
  api = await hub.client('api');
});
after(() => hub[Symbol.asyncDispose]());

async function row(id: string): Promise<SourceRow> {
  const found = await findSource(hub.database.catalog.db, id);
  assert.ok(found);
  return found;
}

const access = async (id: string) => cameraAccess(hub.secrets, await row(id));

test('a password goes in by address or by field, reaches the recorder, and never comes back', async () => {
  const made = await api.call(routes.createCamera, {
    body: { name: 'Haustür Süd', url: 'rtsp://admin:s3cr%40t-word@10.0.0.9:554/Streaming/101' },
  });
  assert.equal(made.folder, 'haustur-sud');
  assert.equal(made.url, 'rtsp://10.0.0.9:554/Streaming/101');
  assert.equal(made.username, 'admin');
  assert.equal(made.hasPassword, true);
  assert.deepEqual(made.tracks, ['main']);
  assert.deepEqual(await access(made.id), {
    url: 'rtsp://10.0.0.9:554/Streaming/101',
    username: 'admin',
    password: 's3cr@t-word',
    subUrl: null,
  });

  const changed = await api.call(routes.changeCamera, { params: { id: made.id }, body: { password: 'n3w-s3cret' } });
  assert.equal(changed.hasPassword, true);
  assert.equal((await access(made.id)).password, 'n3w-s3cret');

  const query = await api.call(routes.createCamera, {
    body: { name: 'Query', url: 'http://10.0.0.8/video.cgi?user=a&password=qu3ry-word&res=hd' },
  });
  assert.equal(query.url, 'http://10.0.0.8/video.cgi?user=a&password=…&res=hd');
  assert.equal((await access(query.id)).url, 'http://10.0.0.8/video.cgi?user=a&password=qu3ry-word&res=hd');
  await api.call(routes.changeCamera, { params: { id: query.id }, body: { url: query.url, name: 'Query 2' } });
  assert.match((await access(query.id)).url, /qu3ry-word/, 'an address that was sent back as shown is unchanged');

  const elsewhere = { params: { id: made.id }, body: { url: 'rtsp://10.0.0.66:554/Streaming/101' } };
  await assert.rejects(api.call(routes.changeCamera, elsewhere), /another machine/, 'a stored password stays at home');
  const sub = {
    params: { id: made.id },
    body: { subUrl: 'rtsp://u:n3w-s3cret@10.0.0.9/Streaming/102?token=qu3ry-word' },
  };
  const withSub = await api.call(routes.changeCamera, sub);
  assert.equal(withSub.subUrl, 'rtsp://10.0.0.9/Streaming/102?token=…');
  assert.match((await access(made.id)).subUrl ?? '', /qu3ry-word/);
  await api.call(routes.changeCamera, { params: { id: made.id }, body: { subUrl: null } });

  const everything = JSON.stringify(await api.call(routes.listCameras, {}));
  const { rows } = await sql<{ row: string }>`select s::text as row from sources s`.execute(hub.database.catalog.db);
  for (const secret of ['s3cr@t-word', 's3cr%40t-word', 'n3w-s3cret', 'qu3ry-word'])
    for (const place of [everything, hub.log.join('\n'), rows.map((entry) => entry.row).join('\n')])
      assert.ok(!place.includes(secret), secret);

  const cleared = await api.call(routes.changeCamera, {
    params: { id: made.id },
    body: { password: null, username: null },
  });
  assert.equal(cleared.hasPassword, false);
  assert.equal((await row(made.id)).secret, null);
});

test('only what a recorder must know raises the revision', async () => {
  const made = await api.call(routes.createCamera, { body: { name: 'Garage', url: 'rtsp://10.0.0.7/live' } });
  const revision = async (): Promise<number> => (await row(made.id)).revision;
  const first = await revision();
  const params = { id: 'garage' };
  await api.call(routes.changeCamera, {
    params,
    body: { retention: { days: 3, bytes: null, momentDays: null, archiveAfterDays: null } },
  });
  assert.equal(await revision(), first);
  await api.call(routes.changeCamera, { params, body: { url: 'rtsp://10.0.0.6/live' } });
  assert.equal(await revision(), first + 1);
  const renamed = await api.call(routes.changeCamera, { params, body: { name: 'Carport', enabled: false } });
  assert.equal(await revision(), first + 2);
  assert.equal(renamed.folder, 'garage', 'the folder is fixed for ever');
  assert.deepEqual(renamed.retention, { days: 3, bytes: null, momentDays: null, archiveAfterDays: null });
});

test('names are unique, folders too, and none is a folder of the library itself', async () => {
  await assert.rejects(
    api.call(routes.createCamera, { body: { name: 'CARPORT', url: 'rtsp://10.0.0.1/' } }),
    /already/,
  );
  const folderOf = async (name: string): Promise<string> =>
    (await api.call(routes.createCamera, { body: { name, url: 'rtsp://10.0.0.1/' } })).folder;
  assert.equal(await folderOf('Clips'), 'clips-2');
  assert.equal(await folderOf('Yard 1'), 'yard-1');
  assert.equal(await folderOf('yard (1)'), 'yard-1-2');
  assert.equal(await folderOf('前门'), 'camera');
});

test('addresses that no reader should open are refused by field', async () => {
  for (const url of [
    'concat:/etc/passwd',
    'file:relative',
    'javascript:alert(1)',
    'rtsp://',
    '/etc/passwd',
    'gopher://x/y',
  ]) {
    const answer = await fetch(`${hub.local}/api/cameras`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${api.token}` },
      body: JSON.stringify({ name: 'Bad', url }),
    });
    assert.equal(answer.status, 400, url);
    assert.ok(((await answer.json()) as { fields: { url?: string } }).fields.url, url);
  }
});

test('viewers see cameras and change nothing; deleting tells everybody', async () => {
  const vera = await hub.person('viewer', 'Vera');
  const stream = await fetch(`${hub.local}/api/events`, { headers: vera });
  const reader = (stream.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
  const seen: unknown[] = [];
  let text = '';
  const until = async (type: string): Promise<void> => {
    while (!seen.some((event) => HubEvent.parse(event).type === type)) {
      const { value, done } = await reader.read();
      assert.ok(!done);
      text += value;
      for (const [, json = ''] of text.matchAll(/^data: (.*)\n\n/gm)) seen.push(JSON.parse(json));
      text = text.slice(text.lastIndexOf('\n\n') + 2);
    }
  };
  const made = await api.call(routes.createCamera, { body: { name: 'Attic', url: 'rtsp://u:attic-w0rd@10.0.0.5/' } });
  await until('camera');
  assert.ok(!JSON.stringify(seen).includes('attic-w0rd'));
  const remove = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${hub.local}/api/cameras/${made.id}?footage=keep`, { method: 'DELETE', headers });
  assert.equal((await remove(vera)).status, 403);
  assert.equal((await fetch(`${hub.local}/api/cameras/Attic`, { headers: vera })).status, 200);
  await api.call(routes.deleteCamera, { params: { id: 'Attic' } });
  await until('camera-deleted');
  await reader.cancel();
  assert.equal((await fetch(`${hub.local}/api/cameras/${made.id}`, { headers: vera })).status, 404);
  const again = await api.call(routes.createCamera, { body: { name: 'Attic', url: 'rtsp://10.0.0.5/' } });
  assert.equal(again.folder, 'attic-2', 'a folder with kept footage is not given out again');
});

test('health is public, the system is not', async () => {
  const health = (await (await fetch(`${hub.local}/api/health`)).json()) as Record<string, unknown>;
  assert.equal(health.status, 'ok');
  assert.equal(health.database, 'ok');
  assert.equal(health.library, 'ok');
  assert.equal((await fetch(`${hub.local}/api/system`)).status, 401);
  assert.deepEqual((await api.call(routes.system, {})).recorders, []);
});

test('a reader of events that takes nothing is cut off, and the others go on', async () => {
  const { connect } = await import('node:net');
  const socket = connect(hub.port, '127.0.0.1');
  socket.pause();
  socket.write(`GET /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.token}\r\n\r\n`);
  const before = hub.events.listeners;
  while (hub.events.listeners === before) await new Promise((resolve) => setTimeout(resolve, 5));
  const camera = await hub.cameras.get('Attic');
  const big = { ...camera, state: { ...camera.state, reason: 'x'.repeat(100_000) } };
  for (let count = 0; count < 200 && hub.events.listeners > before; count++) {
    hub.events.publish({ type: 'camera', camera: big });
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assert.equal(hub.events.listeners, before);
  socket.destroy();
});
