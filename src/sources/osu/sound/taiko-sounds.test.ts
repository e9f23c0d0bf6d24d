import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatedTaiko } from '../../../../test/osu/scene/generated-taiko.ts';
import { MOD } from '../read/replay.ts';
import { soundsOfPlay } from './sounds-of-play.ts';
import { synthesise } from './synth.ts';

test('the drum is heard at every stroke, with the set of the timing point; large notes louder', () => {
  const { hits, loops } = soundsOfPlay(generatedTaiko());
  const at = (time: number): string[] => hits.filter((hit) => hit.time === time).map(({ sample }) => sample.name);
  assert.deepEqual(at(1200), ['taiko-soft-hitnormal']);
  assert.deepEqual(at(1400), ['taiko-soft-hitclap']);
  assert.deepEqual(at(2000), ['taiko-soft-hitnormal', 'taiko-soft-hitfinish']);
  assert.deepEqual(at(2400), ['taiko-soft-hitclap', 'taiko-soft-hitwhistle']);
  // From 4000 ms on drums.
  assert.deepEqual(at(4400), ['taiko-drum-hitclap']);
  // The first tick of a drumroll.
  assert.deepEqual(at(2800), ['taiko-soft-hitnormal']);
  assert.deepEqual(loops, []);
  assert.ok(Math.abs((hits[0]?.volume ?? 0) - 0.7 * 0.8) < 1e-9);
});

test('strokes that hit nothing are heard too, those that nobody made are not; Nightcore has its beats', () => {
  const late = soundsOfPlay(generatedTaiko(0, { late: 300 })).hits;
  assert.equal(late.filter(({ time }) => time === 1500).length, 1);
  const none = soundsOfPlay(generatedTaiko(0, { misses: [0, 1] })).hits;
  assert.ok(none.every(({ time }) => time >= 1600));
  const beats = soundsOfPlay(generatedTaiko(MOD.DT | MOD.NC)).hits;
  assert.ok(beats.some(({ sample }) => sample.name === 'nightcore-kick'));
});

test('every drum sound is built in, is heard, ends quietly and does not clip', () => {
  for (const set of ['normal', 'soft', 'drum'])
    for (const sound of ['hitnormal', 'hitclap', 'hitfinish', 'hitwhistle']) {
      const samples = synthesise(`taiko-${set}-${sound}`);
      assert.ok(samples);
      const peak = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      assert.ok(peak > 0.1 && peak <= 1, `${set} ${sound}: ${peak}`);
      assert.ok(Math.abs(samples.at(-1) ?? 1) < 0.02);
    }
  assert.equal(synthesise('taiko-normal-slidertick'), undefined);
});
