import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { internetLookup, isHomeAddress, LeadsHome, literalLeadsHome } from './internet-lookup.ts';

test('addresses of the network at home are known in every way of writing them', () => {
  for (const address of [
    '127.0.0.1',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '239.1.1.1',
    '255.255.255.255',
    '::1',
    '::',
    'fd00::1',
    'fe80::1%eth0',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '64:ff9b::7f00:1',
    '64:ff9b::192.168.1.1',
    '2002:a00:1::1',
    '2002:7f00:1:0:0:0:0:1',
    '::7f00:1',
    'nonsense',
    '',
  ])
    assert.ok(isHomeAddress(address), address);
  for (const address of [
    '1.1.1.1',
    '172.32.0.1',
    '172.15.255.255',
    '100.128.0.1',
    '198.18.0.7',
    '223.255.255.255',
    '2606:4700::1111',
    '64:ff9b::101:101',
    '2002:101:101::1',
    '::ffff:8.8.8.8',
  ])
    assert.ok(!isHomeAddress(address), address);
});

test('literal hosts are looked at too', () => {
  for (const url of [
    'http://127.0.0.1/',
    'http://[::1]:80/',
    'http://0x7f000001/',
    'http://2130706433/',
    'http://localhost/',
    'http://a.localhost./',
  ])
    assert.ok(literalLeadsHome(new URL(url)), url);
  for (const url of ['https://store.example.org/', 'https://1.1.1.1/', 'https://[2606:4700::1111]/'])
    assert.ok(!literalLeadsHome(new URL(url)), url);
});

test('a name that leads home is not connected to; of several addresses only those of the internet are left', async () => {
  let asked = 0;
  const server = createServer((_, answer) => {
    asked++;
    answer.end('secret');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const outcome = await new Promise((resolve) => {
    const lookup = internetLookup(null, (_, __, done) => done(null, [{ address: '127.0.0.1', family: 4 }]));
    request({ host: 'store.example.org', port, lookup, agent: false }, resolve).once('error', resolve).end();
  });
  server.close();
  assert.ok(outcome instanceof LeadsHome, String(outcome));
  assert.equal(asked, 0);
  const both = internetLookup(null, (_, __, done) =>
    done(null, [
      { address: '10.0.0.1', family: 4 },
      { address: '203.0.113.7', family: 4 },
    ]),
  );
  both('store.example.org', { all: true }, (error, found) => {
    assert.equal(error, null);
    assert.deepEqual(found, [{ address: '203.0.113.7', family: 4 }]);
  });
  both('store.example.org', {}, (error, address, family) => {
    assert.deepEqual([error, address, family], [null, '203.0.113.7', 4]);
  });
});

test('what a server at home names may be at home, and what one of the internet names may not', async () => {
  const hosts: Record<string, string> = {
    'nas.example.org': '192.168.1.5',
    'api.example.org': '203.0.113.9',
    store: '192.168.1.6',
  };
  const resolver: NonNullable<Parameters<typeof internetLookup>[1]> = (host, _, done) =>
    done(null, [{ address: hosts[host] ?? '', family: 4 }]);
  const asked = (unless: string | null): Promise<string> =>
    new Promise((resolve) =>
      internetLookup(unless, resolver)('store', {}, (error, address) =>
        resolve(error ? error.message : String(address)),
      ),
    );
  assert.equal(await asked('nas.example.org'), '192.168.1.6');
  assert.match(await asked('api.example.org'), /leads into the network at home/);
  assert.match(await asked(null), /leads into the network at home/);
});
