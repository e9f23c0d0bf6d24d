import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatedPlay } from '../../../../test/osu/scene/generated-play.ts';
import { CursorPath } from '../scene/cursor-path.ts';
import { PITCH_EVERY, spinnerSounds } from './spinner-sounds.ts';

test('a spinner is heard while it turns, and rises until it is cleared', () => {
  const { play, replay } = generatedPlay();
  const [loop, ...others] = spinnerSounds(play.objects, new CursorPath(replay.frames));
  assert.ok(loop && others.length === 0);
  assert.equal(loop.sample.name, 'spinnerspin');
  assert.ok(loop.time >= 7600 && loop.time < 7700 && loop.until === 9600, `${loop.time} to ${loop.until}`);
  const pitches = loop.pitches ?? [];
  assert.ok(Math.abs(pitches.length - (loop.until - loop.time) / PITCH_EVERY) <= 1);
  assert.ok(pitches.every((pitch, index) => pitch >= (pitches[index - 1] ?? 0.5)));
  assert.equal(pitches.at(-1), 1.5);
});

test('one that nobody turns is silent', () => {
  const { play, replay } = generatedPlay();
  const frames = { ...replay.frames, keys: new Uint8Array(replay.frames.count) };
  assert.deepEqual(spinnerSounds(play.objects, new CursorPath(frames)), []);
});
