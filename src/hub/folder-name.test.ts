import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { folderFor, RESERVED_FOLDERS } from './folder-name.ts';

test('a folder name is plain, free and not reserved, whatever the source is called', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.string()), (name, others) => {
      const taken = new Set(others.map((other) => folderFor(other, new Set())));
      const folder = folderFor(name, taken);
      assert.match(folder, /^[a-z0-9](-?[a-z0-9])*$/);
      assert.ok(folder.length <= 46);
      assert.ok(!taken.has(folder) && !RESERVED_FOLDERS.includes(folder));
    }),
  );
});

test('names that people give', () => {
  const none = new Set<string>();
  assert.equal(folderFor('Front door', none), 'front-door');
  assert.equal(folderFor("Grandma's  Café (2)", none), 'grandma-s-cafe-2');
  assert.equal(folderFor('Straße', none), 'strasse');
  assert.equal(folderFor('Front Door', new Set(['front-door', 'front-door-2'])), 'front-door-3');
});
