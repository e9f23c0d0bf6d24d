import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError, Unavailable } from '../base/errors.ts';
import { fetchInputs, fetchWhatIsThere } from './render-inputs.ts';
import type { RenderIo } from './render-io.ts';

const gone = new InputError('b', 'it is not there any more');

function io(failing: Readonly<Record<string, Error>>): RenderIo {
  return {
    scratch: '/scratch',
    signal: new AbortController().signal,
    onProgress: () => undefined,
    fetchInput: (name) => (failing[name] ? Promise.reject(failing[name]) : Promise.resolve(`/scratch/${name}`)),
  };
}

test('a file that is gone is one that cannot be opened; nothing but such files is an error', async () => {
  assert.deepEqual(await fetchWhatIsThere(['a', 'b', 'c'], io({ b: gone }), 1), [
    '/scratch/a',
    '/scratch/gone-1',
    '/scratch/c',
  ]);
  await assert.rejects(fetchWhatIsThere(['b'], io({ b: gone }), 1), gone);
  await assert.rejects(fetchInputs(['a', 'b'], io({ b: gone }), 1), gone);
});

test('a file that cannot be had just now ends the try', async () => {
  const later = new Unavailable('Input b cannot be downloaded.', 1000);
  await assert.rejects(fetchWhatIsThere(['a', 'b'], io({ b: later }), 1), later);
});
