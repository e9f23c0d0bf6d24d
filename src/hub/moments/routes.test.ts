import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFootageHub } from '../../../test/footage/footage-hub.ts';
import { routes } from '../../contract/routes.ts';

test('a bookmark and a protected range are set, listed and removed; retention is told each time', async () => {
  await using hub = await openFootageHub();
  const client = hub.client('api');
  await hub.addCamera('Door', 'door');
  const params = { id: 'door' };
  const start = '2026-11-20T10:00:00.000Z';
  const end = '2026-11-20T10:05:00.000Z';

  const mark = await client.call(routes.createMoment, { params, body: { start, label: 'The parcel' } });
  assert.deepEqual([mark.kind, mark.start, mark.end, mark.label], ['bookmark', start, start, 'The parcel']);
  const list = (from: string, to: string) => client.call(routes.listMoments, { params, query: { from, to } });
  assert.deepEqual(await list('2026-11-20T09:00:00Z', end), [mark]);
  assert.deepEqual(await list(end, '2026-11-21T00:00:00Z'), []);
  await assert.rejects(
    client.call(routes.createMoment, { params, body: { start, end: '2026-11-22T10:00:00Z' } }),
    /at most a day/,
  );
  await client.call(routes.deleteMoment, { params: { ...params, moment: mark.id } });
  await assert.rejects(client.call(routes.deleteMoment, { params: { ...params, moment: mark.id } }), /no such moment/);

  const held = await client.call(routes.createProtection, {
    params,
    body: { start, end, track: 'main', note: 'police' },
  });
  assert.deepEqual(await client.call(routes.listProtections, { params }), [held]);
  assert.equal(held.note, 'police');
  await assert.rejects(
    client.call(routes.createProtection, { params, body: { start: end, end: start } }),
    /before it begins/,
  );
  await assert.rejects(
    client.call(routes.deleteProtection, { params: { ...params, protection: "' or true --" } }),
    /no such protected range/,
  );
  await client.call(routes.deleteProtection, { params: { ...params, protection: held.id } });
  assert.deepEqual(await client.call(routes.listProtections, { params }), []);
  assert.equal(hub.keptChanged(), 4);
});
