import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autoPlay } from '../../../../test/osu/auto-play.ts';
import { circle, counts, idle, play } from '../../../../test/osu/made-play.ts';
import { writeMap } from '../../../../test/osu/map-writer.ts';
import type { MadeFrame } from '../../../../test/osu/replay-writer.ts';
import { readBeatmap } from '../read/read-beatmap.ts';
import { MOD } from '../read/replay.ts';
import { preparePlay } from './prepare.ts';

const SPINNER = '256,192,1000,12,0,4000,0:0:0:0:';

test('a spinner: needed half turns by OD, verdict, points and bonus', () => {
  // OD 5: 5 a second, 15 for 3 s. Every second half turn gives 100, after 15 + 3 of them 1100. At 0.045 rad/ms 3 s are 43 half turns, less what the disc needs to come to speed.
  const t = play({ objects: [SPINNER] });
  assert.equal(t.n300, 1);
  const turns = t.events.filter((event) => event.kind === 'spin' && event.value > 0).length;
  const bonus = t.events.filter((event) => event.kind === 'bonus').length;
  assert.equal(turns, 9);
  assert.ok(bonus >= 10 && bonus <= 12, `${bonus} bonuses`);
  assert.equal(t.score, 300 + turns * 100 + bonus * 1100);
  const still = play({ objects: [SPINNER], frames: [idle(0), { time: 1000, x: 300, y: 192, keys: 5 }, idle(4100)] });
  assert.deepEqual(counts(still), [0, 0, 0, 1, 0]);
});

test('behind a spinner a new colour begins, whether the map says so or not', () => {
  // Two colours: the one up to the spinner, with a 100 in it, and the one behind.
  const objects = [circle(500), '256,192,1000,8,0,2000,0:0:0:0:', circle(3000), circle(4000)];
  const frames = autoPlay(preparePlay(readBeatmap(writeMap({ objects }), 'map.osu'), 0, 'map.osu'));
  const late = frames.map((frame) => (frame.time <= 501 ? { ...frame, time: frame.time + 60 } : frame));
  const t = play({ objects, frames: late });
  assert.deepEqual([t.n300, t.n100, t.geki, t.katu], [3, 1, 1, 1]);
});

test('SO turns the spinner itself, 0.03 radians a millisecond of the map', () => {
  // To the frame at 4000: 3000 × 0.03 / π = 28.6 half turns. A 100 for 2, 4 … 18; from 20 to 28 a bonus each.
  for (const mods of [MOD.SO, MOD.SO | MOD.DT, MOD.SO | MOD.HT])
    for (const step of [4, 16, 25]) {
      const frames = Array.from({ length: Math.ceil(4200 / step) }, (_, i) => idle(i * step, 300, 192));
      const t = play({ objects: [SPINNER], mods, frames });
      assert.equal(t.n300, 1);
      assert.equal(t.score, 300 + 9 * 100 + 5 * 1100, `${mods}, a frame each ${step} ms`);
    }
});

/** A hand going round at a steady speed, in frames of 1/60 s. @param speed radians a millisecond of the map */
const round = (speed: number, rate = 1): MadeFrame[] =>
  Array.from({ length: Math.floor(4200 / rate / (1000 / 60)) }, (_, i) => {
    const time = Math.round((i * rate * 1000) / 60);
    const angle = speed * Math.max(0, time - 1000);
    return { time, x: 256 + 100 * Math.cos(angle), y: 192 + 100 * Math.sin(angle), keys: time < 1000 ? 0 : 5 };
  });

test('the disc of a spinner comes to speed slowly, and no faster than 477 turns a minute', () => {
  // 3 s: it gains 0.00108 radians a millisecond each millisecond, so 0.03 takes 28 ms, while it turns half as far as it would; the cursor is first measured a frame after it began.
  // 0.03 × (3000 - 17 - 14) / π = 28.4.
  const halfTurns = (speed: number): number => {
    const { score } = play({ objects: [SPINNER], frames: round(speed) });
    const points = score - 300;
    return points <= 900 ? points / 50 : 18 + (points - 900) / 550;
  };
  assert.equal(halfTurns(0.03), 28);
  // 0.02 × (3000 - 17 - 9) / π = 18.9.
  assert.equal(halfTurns(0.02), 18);
  // 0.05 × (3000 - 17 - 23) / π = 47.1, of which the even ones give points.
  assert.equal(halfTurns(0.05), 46);
  assert.equal(halfTurns(0.12), 46);
});

test('in DT the disc turns 1.5 times as far, in HT 0.75 times, and comes to speed in real time', () => {
  const score = (speed: number, mods: number, rate: number): number =>
    play({ objects: [SPINNER], mods, frames: round(speed, rate) }).score;
  // DT: a frame is 25 ms of the map. 0.03 a millisecond of the map is measured as 0.045 a real one; 0.00108 gained in each real one, that is 42 real ms, 62 of the map.
  // 0.045 × (3000 - 25 - 31) / π = 42.2: a 100 for 2, 4 … 18 and a bonus for 20, 22 … 42.
  assert.equal(score(0.03, MOD.DT, 1.5), 300 + 9 * 100 + 12 * 1100);
  // HT: 12.5 ms; 0.0225; 21 real ms, 16 of the map. 0.0225 × (3000 - 12 - 8) / π = 21.3.
  assert.equal(score(0.03, MOD.HT, 0.75), 300 + 9 * 100 + 1 * 1100);
});

test('a tap between two frames does not measure the cursor anew', () => {
  const steady = round(0.03);
  const tapping = steady.flatMap((frame, i) => {
    const next = steady[i + 1];
    if (i % 7 !== 0 || !next || frame.time < 1000) return [frame];
    return [frame, { ...frame, time: frame.time + 5, keys: 15 }, { ...frame, time: frame.time + 9, keys: 5 }];
  });
  assert.equal(play({ objects: [SPINNER], frames: tapping }).score, play({ objects: [SPINNER], frames: steady }).score);
});
