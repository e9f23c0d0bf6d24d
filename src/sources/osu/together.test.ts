import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TogetherPlay, whyApart } from './together.ts';

const one: TogetherPlay = { name: 'a.osr', mapMd5: 'm', mode: 0, rate: 1 };

test('plays of one map and game go together; in a knock-out at one speed, and never alone', () => {
  const same = { ...one, name: 'b.osr' };
  assert.equal(whyApart(one, [], false), undefined);
  assert.equal(whyApart(one, [same], true), undefined);
  assert.equal(whyApart(one, [{ ...same, rate: 1.5 }], false), undefined);
  for (const [others, knockout, code, words] of [
    [[], true, 'knockout-of-one', /several replays/],
    [[same, { ...same, name: 'c.osr', mapMd5: 'n' }], false, 'other-map', /^c\.osr is a replay of another map/],
    [[{ ...same, mode: 3 }], false, 'other-game', /^b\.osr is a replay of another game/],
    [[{ ...same, rate: 1.3 }], true, 'other-speed', /^b\.osr was played at another speed/],
  ] as const) {
    const apart = whyApart(one, others, knockout);
    assert.equal(apart?.code, code);
    assert.match(apart?.message ?? '', words);
  }
});
