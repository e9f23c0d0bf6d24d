import assert from 'node:assert/strict';
import { test } from 'node:test';
import { providerOfHost, providers } from './providers.ts';

test('no host belongs to two providers, and an API’s own host is one of them', () => {
  const seen = new Set<string>();
  for (const { name, hosts, api, sameAs } of Object.values(providers)) {
    for (const host of hosts) {
      assert.ok(!seen.has(host), host);
      seen.add(host);
      assert.equal(providerOfHost(host.toUpperCase()), name);
    }
    for (const origin of [api, ...sameAs]) {
      assert.equal(new URL(origin).origin, origin, 'an origin, https and without a path');
      assert.equal(providerOfHost(new URL(origin).hostname), name);
    }
  }
  assert.equal(providerOfHost('evil-connect.comma.ai'), null);
});
