import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sizeText } from './size.ts';
import { agoText, lengthText, localInputText, parseLocalInput, parseTimeText, timeText } from './time.ts';

test('lengths in words', () => {
  assert.equal(lengthText(9.53), '9.5 s');
  assert.equal(lengthText(10), '10 s');
  assert.equal(lengthText(59.97), '1 min');
  assert.equal(lengthText(65), '1 min 5 s');
  assert.equal(lengthText(7800), '2 h 10 min');
  assert.equal(lengthText(86_400 * 3), '3 days');
});

test('sizes in units of a thousand', () => {
  assert.equal(sizeText(999), '999 bytes');
  assert.equal(sizeText(2_000_000), '2 MB');
  assert.equal(sizeText(12_345_678), '12.3 MB');
  assert.equal(sizeText(999_900_000), '1 GB');
});

test('how long ago', () => {
  assert.equal(agoText(1000, 3000), 'just now');
  assert.equal(agoText(0, 20_000), '20 s ago');
  assert.equal(agoText(0, 180_000), '3 min ago');
});

test('a time field gives back the moment it was given, to the millisecond', () => {
  for (const at of [Date.UTC(2026, 10, 21, 18, 5, 9), Date.UTC(2026, 0, 1, 0, 0, 0, 300)])
    assert.equal(parseLocalInput(localInputText(at)), at);
  assert.equal(parseLocalInput(''), undefined);
});

test('a typed time is a whole date, or a time on the day at hand', () => {
  const near = new Date(2026, 10, 21, 18, 5, 9).getTime();
  assert.equal(timeText(near), '2026-11-21 18:05:09');
  assert.equal(timeText(near + 349), '2026-11-21 18:05:09.3');
  assert.equal(parseTimeText('2026-11-21 18:05:09', 0), near);
  assert.equal(parseTimeText('2026-11-21T18:05:09.3', 0), near + 300);
  assert.equal(parseTimeText('7:30', near), new Date(2026, 10, 21, 7, 30).getTime());
  assert.equal(parseTimeText(' 18:05:09 ', near), near);
  for (const wrong of ['', 'noon', '25:00', '18:61', '18:05:60', '2026-13-45 10:00'])
    assert.equal(parseTimeText(wrong, near), undefined, wrong);
});
