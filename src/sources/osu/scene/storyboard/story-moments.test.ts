import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generatedPlay } from '../../../../../test/osu/scene/generated-play.ts';
import type { Timeline } from '../../judge/timeline.ts';
import { readStoryboard } from '../../read/read-storyboard.ts';
import { firingsOf, type HeardHit, PassState, passChanges } from './story-moments.ts';

test('pass and fail: by the last colour while playing, by the life in breaks', () => {
  const played = generatedPlay(0, { misses: [1] });
  const { objects } = played.play;
  // Colours end with objects 3, 5, 8, 9 and 11; the second circle is missed, and the spinner is a colour with a 100.
  const changes = passChanges(played.timeline, objects, []);
  const state = new PassState(changes);
  assert.equal(state.at(0), true, 'before the first object it is passing');
  assert.equal(state.at(2300), true, 'the first colour is not over');
  assert.equal(state.at(2500), false, 'it had a miss');
  assert.equal(state.at(5750), false);
  assert.equal(state.at(5850), true, 'two sliders, and all right');
  assert.equal(state.at(9700), false);
  assert.equal(state.at(20_000), true);
});

test('a break with little life fails, and at the end the half of them decides', () => {
  const played = generatedPlay();
  const low: Timeline = {
    ...played.timeline,
    events: played.timeline.events.map((event) => ({ ...event, hp: event.time < 5000 ? 0.2 : 0.9 })),
  };
  const state = new PassState(
    passChanges(low, played.play.objects, [
      { start: 4100, end: 4500 },
      { start: 9700, end: 10_000 },
    ]),
  );
  assert.equal(state.at(4300), false);
  assert.equal(state.at(4600), true, 'behind it the last colour counts again');
  assert.equal(state.at(9800), true);
  assert.equal(state.at(20_000), true, 'one of two is half');
});

test('triggers wait for their sounds within their time', () => {
  const lines = [
    ...[
      'HitSound',
      'HitSoundClap',
      'HitSoundDrumWhistle',
      'HitSoundSoft',
      'HitSoundAllSoft',
      'HitSound6',
      'Passing',
      'Failing',
    ],
  ].flatMap((name) => [` T,${name},100,900`, '  F,0,0,10,1']);
  const [sprite] = readStoryboard([
    { name: 'a.osb', bytes: Buffer.from(`[Events]\nSprite,Pass,Centre,"a.png",0,0\n${lines.join('\n')}`) },
  ]).sprites;
  assert.ok(sprite);
  const hit = (time: number, set: number, additionSet: number, sound: number, index = 0): HeardHit => ({
    time,
    set,
    additionSet,
    sound,
    index,
  });
  const hits = [
    hit(50, 1, 1, 8),
    hit(200, 1, 1, 8),
    hit(300, 1, 3, 2),
    hit(400, 2, 1, 0),
    hit(500, 1, 2, 0, 6),
    hit(950, 1, 1, 8),
  ];
  const changes = [
    { time: -Infinity, passing: true },
    { time: 600, passing: false },
    { time: 700, passing: true },
    { time: 1000, passing: false },
  ];
  const fired = firingsOf(sprite, hits, changes);
  assert.deepEqual(
    sprite.groups.map((_, index) => fired.get(index)?.map(({ time }) => time)),
    [[200, 300, 400, 500], [200], [300], [400], [500], [500], [700], [600]],
  );
});

test('triggers of one number stop each other', () => {
  const text =
    '[Events]\nSprite,Pass,Centre,"a.png",0,0\n T,HitSoundClap,0,900,1\n  F,0,0,10,1\n T,HitSoundWhistle,0,900,1\n  F,0,0,10,1\n T,HitSound,0,900\n  F,0,0,10,1\n';
  const [sprite] = readStoryboard([{ name: 'a.osb', bytes: Buffer.from(text) }]).sprites;
  assert.ok(sprite);
  const hits = [
    { time: 100, set: 1, additionSet: 1, sound: 8, index: 0 },
    { time: 200, set: 1, additionSet: 1, sound: 2, index: 0 },
  ];
  const fired = firingsOf(sprite, hits, []);
  assert.deepEqual(fired.get(0), [
    { time: 100, own: true },
    { time: 200, own: false },
  ]);
  assert.deepEqual(fired.get(1), [
    { time: 100, own: false },
    { time: 200, own: true },
  ]);
  assert.deepEqual(
    fired.get(2)?.every(({ own }) => own),
    true,
  );
});
