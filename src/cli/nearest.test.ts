import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean, nearest } from './nearest.ts';

test('names that a person may have meant, best first', () => {
  const names = ['Front door', 'Back door', 'Garage', 'Driveway'];
  assert.deepEqual(nearest('front-dor', names), ['Front door']);
  assert.deepEqual(nearest('garag', names), ['Garage']);
  assert.deepEqual(nearest('door', names), ['Back door', 'Front door']);
  assert.deepEqual(nearest('kitchen', names), []);
  assert.deepEqual(nearest('', names), []);
  assert.equal(didYouMean('kitchen', names, 'See the list.'), 'See the list.');
  assert.equal(didYouMean('Garge', names, 'See the list.'), 'Did you mean “Garage”?');
});
