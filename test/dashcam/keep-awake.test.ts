/** Keeping the car awake: asked while there is work, let go afterwards; secrets stay where they are. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { createLog, silentLog } from '../../src/base/log.ts';
import { tesla, webhook } from '../../src/sources/dashcam/awake/calls.ts';
import { KeepAwake } from '../../src/sources/dashcam/awake/keep-awake.ts';
import { VirtualTime } from './virtual-time.ts';

const VIN = '5YJ3E1EA7KF317000';
const asked: { path: string; authorization: string | undefined; body: unknown }[] = [];
let answer: { status: number; body: unknown } = { status: 200, body: {} };
let server: Server;
let base = '';
before(async () => {
  server = createServer((request, response) => {
    let text = '';
    request
      .setEncoding('utf8')
      .on('data', (piece: string) => {
        text += piece;
      })
      .on('end', () => {
        asked.push({ path: request.url ?? '', authorization: request.headers.authorization, body: JSON.parse(text) });
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked.length = 0;
  answer = { status: 200, body: { response: { result: true, reason: '' } } };
});
after(() => new Promise((resolve) => server.close(resolve)));
const never = new AbortController().signal;

test('Tesla: woken, Sentry on while there is work and off afterwards, with the token in its header only', async () => {
  const call = tesla({ api: `${base}/proxy`, vin: VIN, token: () => 'tesla-secret', by: 'sentry' });
  await call.ask(true, never);
  await call.ask(false, never);
  assert.deepEqual(asked, [
    { path: `/proxy/api/1/vehicles/${VIN}/wake_up`, authorization: 'Bearer tesla-secret', body: {} },
    {
      path: `/proxy/api/1/vehicles/${VIN}/command/set_sentry_mode`,
      authorization: 'Bearer tesla-secret',
      body: { on: true },
    },
    {
      path: `/proxy/api/1/vehicles/${VIN}/command/set_sentry_mode`,
      authorization: 'Bearer tesla-secret',
      body: { on: false },
    },
  ]);
});

test('what Tesla refuses is told, also when it says 200', async () => {
  const call = tesla({ api: base, vin: VIN, token: () => 'tesla-secret', by: 'wake' });
  for (const [status, body, words] of [
    [401, {}, /token/],
    [408, { response: null, error: 'vehicle unavailable: vehicle is offline or asleep' }, /408 \(vehicle unavailable/],
    [200, { response: { result: false, reason: 'not_supported' } }, /not_supported/],
  ] as const) {
    answer = { status, body };
    await assert.rejects(
      call.ask(true, never),
      (error: Error) => words.test(error.message) && !error.message.includes('secret'),
    );
  }
});

test('a webhook’s address is never told', async () => {
  let text = '';
  const time = new VirtualTime(Date.parse('2026-03-02T01:00:00Z'));
  const over = new AbortController();
  const secret = `${base}/hook/very-secret-word`;
  const log = createLog((line) => {
    text += line;
  });
  let address = secret;
  const awake = new KeepAwake({
    call: webhook(() => address),
    working: () => true,
    clock: time.clock,
    wait: time.wait,
    log,
  });
  const running = awake.run(over.signal);
  const settled = (): boolean => time.waiting > 0;
  await time.run(time.now + 1000, settled);
  assert.deepEqual(
    asked.map(({ path, body }) => [path, body]),
    [['/hook/very-secret-word', { awake: true, source: 'vidette' }]],
  );
  assert.equal(awake.status.problem, null);
  answer = { status: 500, body: {} };
  await time.run(time.now + 250_000, settled);
  assert.match(awake.status.problem ?? '', /answered 500/);
  for (const other of ['http://127.0.0.1:1/very-secret-word', 'very-secret-word']) {
    address = other;
    await time.run(time.now + 250_000, settled);
    assert.ok(awake.status.problem !== null);
  }
  over.abort();
  await running;
  assert.ok(!`${text}${JSON.stringify(awake.status)}`.includes('very-secret-word'), text);
  assert.match(text, /could not be asked/);
});

test('asked every few minutes while there is work, let go once when it has rested', async () => {
  const time = new VirtualTime(0);
  const over = new AbortController();
  const calls: [number, boolean][] = [];
  // Minutes 1 to 11 with pauses of half a minute, and again minute 30.
  const working = (): boolean => {
    const minute = time.now / 60_000;
    return (minute >= 1 && minute < 11 && minute % 1 < 0.5) || (minute >= 30 && minute < 30.5);
  };
  const awake = new KeepAwake({
    call: {
      kind: 'webhook',
      ask: async (on) => {
        calls.push([Math.round(time.now / 60_000), on]);
      },
    },
    working,
    clock: time.clock,
    wait: time.wait,
    log: silentLog,
  });
  const running = awake.run(over.signal);
  await time.run(40 * 60_000, () => time.waiting > 0);
  over.abort();
  await running;
  assert.deepEqual(calls, [
    [1, true],
    [5, true],
    [9, true],
    [13, true],
    [13, false],
    [30, true],
    [33, false],
  ]);
});
