import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../base/errors.ts';
import { identityIn, takePlace } from './record.ts';

test('a recorder or worker keeps its id in its folder, and names a folder that cannot be used', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-id-'));
  try {
    const spool = join(folder, 'a', 'spool');
    assert.match(identityIn(spool), /^[0-9a-f-]{36}$/);
    assert.equal(identityIn(spool), identityIn(spool));
    const file = join(folder, 'file');
    await writeFile(file, '');
    assert.throws(
      () => identityIn(join(file, 'below')),
      (error) => error instanceof UserError && error.message.includes(file) && /--spool/.test(error.remedy),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('several recorders in one folder have an id each, and the next one takes over that of one that has ended', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vidette-places-'));
  try {
    const before = identityIn(folder);
    const [one, two] = [await takePlace(folder), await takePlace(folder)];
    assert.equal(one.id, before, 'the id that the folder had');
    assert.notEqual(two.id, one.id);
    await one.release();
    const again = await takePlace(folder);
    assert.equal(again.id, one.id);
    await Promise.all([two.release(), again.release()]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
