import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openTestHub } from '../../../test/hub/server.ts';

test('tries to sign in are limited by address and by name', async () => {
  await using hub = await openTestHub({ limits: { byAddress: 6, byName: 3 }, settings: { trustProxy: true } });
  const attempt = async (name: string, from: string): Promise<number> => {
    const answer = await fetch(`${hub.local}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
      body: JSON.stringify({ name, password: 'guess' }),
    });
    return answer.status;
  };
  const from = async (count: number, name: (index: number) => string, address: (index: number) => string) => {
    const seen: number[] = [];
    for (let index = 0; index < count; index++) seen.push(await attempt(name(index), address(index)));
    return seen;
  };
  assert.deepEqual(
    await from(
      7,
      (index) => `name${index}`,
      () => '10.0.0.1',
    ),
    [401, 401, 401, 401, 401, 401, 429],
  );
  assert.deepEqual(
    await from(
      4,
      () => 'Victim',
      (index) => `10.0.1.${index}`,
    ),
    [401, 401, 401, 429],
  );
});
