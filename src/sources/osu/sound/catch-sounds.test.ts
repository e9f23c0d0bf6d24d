import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatedCatch } from '../../../../test/osu/scene/generated-catch.ts';
import { MOD } from '../read/replay.ts';
import { soundsOfPlay } from './sounds-of-play.ts';

test('fruits are heard with the sounds of their object, droplets tick, and what is missed is silent', () => {
  const { hits, loops } = soundsOfPlay(generatedCatch());
  const at = (time: number): string[] => hits.filter((hit) => hit.time === time).map(({ sample }) => sample.name);
  assert.deepEqual(at(1200), ['soft-hitnormal']);
  assert.deepEqual(at(1600), ['soft-hitnormal', 'soft-hitclap']);
  // A stream of two ways, 400 ms each: its head, its turn with a whistle, its end; a droplet in the middle of each way.
  assert.deepEqual(at(3600), ['soft-hitnormal']);
  assert.deepEqual(at(3800), ['soft-slidertick']);
  assert.deepEqual(at(4000), ['soft-hitnormal', 'soft-hitwhistle']);
  assert.deepEqual(at(4400), ['soft-hitnormal', 'soft-hitfinish']);
  assert.equal(hits.filter(({ sample }) => sample.name === 'spinnerbonus').length, 17);
  assert.deepEqual(loops, []);
  // The first fruit falls on the left.
  assert.ok((hits[0]?.pan ?? 0) < -0.1);
  const missed = soundsOfPlay(generatedCatch(0, { misses: [0] })).hits;
  assert.ok(missed.every(({ time }) => time > 1200));
  assert.ok(soundsOfPlay(generatedCatch(MOD.DT | MOD.NC)).hits.some(({ sample }) => sample.name === 'nightcore-clap'));
});
