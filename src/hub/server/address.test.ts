import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lanAddress, qrCode } from './lan.ts';
import { originRefusal } from './origin.ts';
import { withBase } from './page.ts';
import { addressOf, basePathOf, withoutBase } from './server.ts';

test('a sub-path is taken off, whether the proxy passes it on or cuts it', () => {
  const base = basePathOf(new URL('https://home.example/cams/'));
  assert.equal(base, '/cams/');
  assert.equal(withoutBase('/cams/api/health?x=1', base), '/api/health?x=1');
  assert.equal(withoutBase('/api/health', base), '/api/health');
  assert.equal(withoutBase('/cams', base), '/');
  assert.equal(withoutBase('/cams?x', base), '/?x');
  assert.equal(withoutBase('/camshaft', base), '/camshaft');
  assert.equal(basePathOf(undefined), '/');
});

test('the address that people use', () => {
  const at = (host: string, tls?: { cert: string; key: string }): string =>
    addressOf({ url: undefined, host, tls }, 8040);
  assert.equal(at('127.0.0.1'), 'http://127.0.0.1:8040');
  assert.equal(at('0.0.0.0'), 'http://127.0.0.1:8040');
  assert.equal(at('::1', { cert: 'c', key: 'k' }), 'https://[::1]:8040');
  const url = new URL('https://home.example/cams');
  assert.equal(addressOf({ url, host: '127.0.0.1', tls: undefined }, 8040), 'https://home.example/cams');
});

test('the base of the page goes first, escaped', () => {
  assert.equal(
    withBase('<head lang="x"><base href="./"><link></head>', '/a"b/'),
    '<head lang="x"><base href="/a&quot;b/"><link></head>',
  );
});

test('an origin counts when it is ours as addressed, or as published', () => {
  const facts = {
    fetchSite: undefined,
    own: 'http://10.0.0.2:8040',
    published: 'https://home.example',
    caller: 'session' as const,
  };
  assert.equal(originRefusal({ ...facts, origin: 'http://10.0.0.2:8040' }), undefined);
  assert.equal(originRefusal({ ...facts, origin: 'https://home.example' }), undefined);
  assert.match(originRefusal({ ...facts, origin: 'https://home.example.evil' })?.remedy ?? '', /VIDETTE_URL/);
  assert.equal(originRefusal({ ...facts, origin: undefined, caller: 'token' }), undefined);
});

test('the address in the network is a real interface, and its code can be drawn', async () => {
  const info = (address: string, family: 'IPv4' | 'IPv6' = 'IPv4', internal = false) =>
    ({ address, family, internal, netmask: '', mac: '', cidr: null, scopeid: 0 }) as never;
  assert.equal(
    lanAddress({
      lo: [info('127.0.0.1', 'IPv4', true)],
      docker0: [info('172.17.0.1')],
      eth0: [info('fe80::1', 'IPv6'), info('192.168.1.5')],
    }),
    '192.168.1.5',
  );
  assert.equal(lanAddress({ lo: [info('127.0.0.1', 'IPv4', true)] }), undefined);
  assert.ok((await qrCode('http://192.168.1.5:8040')).split('\n').length > 10);
});
