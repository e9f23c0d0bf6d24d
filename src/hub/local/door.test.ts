import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Unavailable, UserError } from '../../base/errors.ts';
import { silentLog } from '../../base/log.ts';
import { askLocalHub, openLocalDoor } from './door.ts';

test('the command line gets in with the key file, and nobody else does', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-door-'));
  const file = join(folder, 'run', 'hub.json');
  try {
    await assert.rejects(askLocalHub(file, 'sign-in-link'), /No hub is running here/);
    {
      await using _door = await openLocalDoor({
        file,
        url: 'http://127.0.0.1:8040',
        log: silentLog,
        requests: {
          'sign-in-link': async (body) => ({ got: body }),
          away: async () => {
            throw new Unavailable('Not yet.', 1000);
          },
          bug: async () => {
            throw new Error('inside');
          },
        },
      });
      assert.equal((await stat(file)).mode & 0o777, 0o600);
      assert.deepEqual(await askLocalHub(file, 'sign-in-link', { role: 'admin' }), { got: { role: 'admin' } });
      await assert.rejects(askLocalHub(file, 'away'), Unavailable);
      await assert.rejects(askLocalHub(file, 'toString'), UserError);
      await assert.rejects(
        askLocalHub(file, 'bug'),
        (error) => error instanceof Error && !/inside/.test(error.message),
      );
      const { port } = JSON.parse(await readFile(file, 'utf8')) as { port: number };
      const knock = (headers: Record<string, string>): Promise<Response> =>
        fetch(`http://127.0.0.1:${port}/sign-in-link`, { method: 'POST', headers, body: '{}' });
      assert.equal((await knock({})).status, 401);
      assert.equal((await knock({ authorization: 'Bearer guess' })).status, 401);
    }
    await assert.rejects(askLocalHub(file, 'sign-in-link'), /No hub is running here/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
