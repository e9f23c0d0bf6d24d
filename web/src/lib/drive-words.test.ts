import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  carText,
  countsMiles,
  distanceText,
  engagedText,
  offsetText,
  parseOffset,
  stretchesOf,
} from './drive-words.ts';

test('times of a drive are written as they are read', () => {
  for (const [seconds, text] of [
    [0, '0:00'],
    [65, '1:05'],
    [3729, '1:02:09'],
  ] as const) {
    assert.equal(offsetText(seconds), text);
    assert.equal(parseOffset(text), seconds);
  }
  assert.equal(offsetText(65.26, true), '1:05.3');
  assert.equal(offsetText(59.97, true), '1:00');
  assert.equal(parseOffset('0:01:30.5'), 90.5);
  assert.equal(parseOffset('90'), 90);
  for (const wrong of ['', 'x', '1:2:3:4', '1:75', '-5']) assert.equal(parseOffset(wrong), undefined, wrong);
});

test('lengths, cars and shares are in words', () => {
  assert.equal(distanceText(8046.72, true), '5.0 mi');
  assert.equal(distanceText(42_000, false), '42 km');
  assert.equal(countsMiles('en-US'), true);
  assert.equal(countsMiles('de-DE'), false);
  assert.equal(carText('TOYOTA_COROLLA_TSS2'), 'Toyota Corolla TSS2');
  assert.equal(engagedText({ engaged: 45, length: 60 }), '75 % engaged');
  assert.equal(engagedText({ engaged: null, length: 60 }), undefined);
});

test('minutes in a row are one stretch', () => {
  assert.deepEqual(stretchesOf([0, 1, 3]), [
    { start: 0, end: 120 },
    { start: 180, end: 240 },
  ]);
});
