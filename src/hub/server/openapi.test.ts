import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { routes } from '../../contract/routes.ts';
import { apiPage } from './api-page.ts';
import { storedDescription } from './openapi.main.ts';
import { openApi } from './openapi.ts';

test('docs/api/openapi.json says what the route table says (npm run api writes it anew)', async () => {
  const stored = await readFile(new URL('../../../docs/api/openapi.json', import.meta.url), 'utf8');
  assert.equal(stored, await storedDescription());
});

test('every route is described, with its parameters', () => {
  const paths = openApi(routes, '1').paths as Record<
    string,
    Record<string, { operationId: string; parameters?: { name: string }[] }>
  >;
  for (const [name, route] of Object.entries(routes)) {
    const operation = paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()];
    assert.equal(operation?.operationId, name);
    const named = new Set(operation?.parameters?.map((parameter) => parameter.name));
    for (const [, parameter = ''] of route.path.matchAll(/:(\w+)/g))
      assert.ok(named.has(parameter), `${name} ${parameter}`);
  }
});

test('the page for people names every route and loads nothing', () => {
  const html = apiPage(routes, openApi(routes, '1'));
  for (const route of Object.values(routes)) assert.ok(html.includes(`<code>${route.path}</code>`), route.path);
  // Addresses in examples are words.
  assert.doesNotMatch(html, /<(script|link|img|iframe)|src=|url\(|@import|href="[^"]*:/);
});
