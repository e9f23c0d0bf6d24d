import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readStoryboard } from '../../read/read-storyboard.ts';
import { ease } from './easing.ts';
import { type Firing, type SpriteState, SpriteTimeline } from './sprite-timeline.ts';

function timelineOf(lines: readonly string[], fired?: ReadonlyMap<number, readonly Firing[]>): SpriteTimeline {
  const text = `[Events]\nAnimation,Pass,Centre,"a.png",320,240,4,100\n${lines.join('\n')}\n`;
  const [sprite] = readStoryboard([{ name: 'a.osb', bytes: Buffer.from(text) }]).sprites;
  assert.ok(sprite);
  return new SpriteTimeline(sprite, fired);
}

const about = (value: number | undefined, expected: number): void =>
  assert.ok(value !== undefined && Math.abs(value - expected) < 1e-9, `${value} is not ${expected}`);

test('every easing goes from 0 to 1, and its middle is the known one', () => {
  for (let number = 0; number <= 34; number++) {
    assert.ok(Math.abs(ease(number, 0)) < 1e-9, `${number} begins at ${ease(number, 0)}`);
    assert.ok(Math.abs(ease(number, 1) - 1) < 1e-9, `${number} ends at ${ease(number, 1)}`);
  }
  // Linear, out, in, quad in, out, both … by hand.
  const quarter = [0.25, 0.4375, 0.0625, 0.0625, 0.4375, 0.125, 0.015625, 0.578125, 0.0625];
  for (const [number, expected] of quarter.entries()) about(ease(number, 0.25), expected);
  about(ease(9, 0.5), 0.0625);
  about(ease(10, 0.5), 0.9375);
  about(ease(13, 0.5), 0.96875);
  about(ease(15, 0.5), 1 - Math.SQRT1_2);
  about(ease(16, 0.5), Math.SQRT1_2);
  about(ease(18, 0.5), 2 ** -5 - 2 ** -11);
  about(ease(21, 0.6), 0.2);
  about(ease(22, 0.4), 0.8);
  about(ease(29, 0.5), 0.25 * (2.70158 / 2 - 1.70158));
  about(ease(33, 0.5), 7.5625 * (0.5 - 1.5 / 2.75) ** 2 + 0.75);
  about(ease(32, 0.5), 1 - ease(33, 0.5));
  assert.ok(ease(25, 0.1) > 1, 'elastic swings over');
  assert.ok(ease(29, 0.3) < 0, 'back goes back first');
  for (const number of [5, 8, 11, 14, 17, 20, 23, 28, 31, 34])
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        (part) =>
          // What is eased at both ends is the same seen from either.
          Math.abs(ease(number, part) + ease(number, 1 - part) - 1) < (number === 28 ? 2e-3 : 1e-9),
      ),
    );
});

test('what was never commanded is as declared, and nothing is seen before the first command or after the last', () => {
  const sprite = timelineOf([' F,0,1000,2000,0.5']);
  assert.equal(sprite.at(999), undefined);
  assert.equal(sprite.at(2000), undefined);
  assert.deepEqual(sprite.at(1000), {
    x: 320,
    y: 240,
    alpha: 0.5,
    scaleX: 1,
    scaleY: 1,
    angle: 0,
    red: 255,
    green: 255,
    blue: 255,
    flipX: false,
    flipY: false,
    additive: false,
    picture: 0,
  } satisfies SpriteState);
});

test('values between, before and after commands', () => {
  const sprite = timelineOf([
    ' F,0,0,10000,1',
    ' MX,0,1000,2000,100,200',
    ' MX,1,4000,5000,200,0',
    ' S,0,3000,3000,2',
    ' V,0,3000,4000,1,0.5,3,1',
    ' C,0,0,1000,0,0,0,255,100,50',
  ]);
  about(sprite.at(0)?.x, 100);
  about(sprite.at(1500)?.x, 150);
  about(sprite.at(3000)?.x, 200);
  // Easing out: 3/4 of the way at the half.
  about(sprite.at(4500)?.x, 50);
  about(sprite.at(9999)?.x, 0);
  about(sprite.at(0)?.scaleX, 2);
  about(sprite.at(3500)?.scaleX, 4);
  about(sprite.at(3500)?.scaleY, 1.5);
  about(sprite.at(500)?.green, 50);
  about(sprite.at(2000)?.blue, 50);
});

test('of commands that overlap the one that began last counts, and stays', () => {
  const sprite = timelineOf([
    ' F,0,0,10000,1,0.5',
    ' F,0,2000,3000,0.2,0.8',
    ' MX,0,0,10000,0,100',
    ' M,0,5000,5000,7,8',
  ]);
  about(sprite.at(1000)?.alpha, 0.95);
  about(sprite.at(2500)?.alpha, 0.5);
  about(sprite.at(9000)?.alpha, 0.8);
  about(sprite.at(4000)?.x, 40);
  about(sprite.at(5000)?.x, 7);
  about(sprite.at(9000)?.x, 7);
  about(sprite.at(0)?.y, 8);
});

test('parameters hold while they last, and always where they have no length', () => {
  const sprite = timelineOf([' F,0,0,1000,1', ' P,0,100,200,H', ' P,0,500,500,A']);
  assert.deepEqual(
    [99, 100, 199, 200].map((now) => sprite.at(now)?.flipX),
    [false, true, true, false],
  );
  assert.deepEqual(
    [0, 500, 999].map((now) => sprite.at(now)?.additive),
    [true, true, true],
  );
});

test('loops: so many turns, the last value stays, and what comes before the first command is waited for once', () => {
  const sprite = timelineOf([
    ' MX,0,0,100000,5',
    ' L,1000,3',
    '  F,0,200,300,0,1',
    '  F,0,300,400,1,0',
    '  MY,0,350,350,9,9',
  ]);
  // Turns from 1200, 1400 and 1600 on, 200 ms each.
  for (const turn of [1200, 1400, 1600]) {
    about(sprite.at(turn + 50)?.alpha, 0.5);
    about(sprite.at(turn + 100)?.alpha, 1);
    about(sprite.at(turn + 150)?.alpha, 0.5);
  }
  assert.equal(sprite.at(1900), undefined, 'it ended without alpha');
  assert.equal(sprite.at(1100), undefined, 'it begins without alpha');
  about(sprite.at(1250)?.y, 9);
});

test('a sprite with loops alone lives as long as all their turns', () => {
  const sprite = timelineOf([' L,1000,5', '  R,0,0,100,0,1']);
  assert.deepEqual([sprite.begin, sprite.end], [1000, 1500]);
  about(sprite.at(1450)?.angle, 0.5);
  assert.equal(sprite.at(1500), undefined);
  const endless = timelineOf([' L,0,1000000000', '  MX,0,0,10,0,1']);
  about(endless.at(5_000_000_005)?.x, 0.5);
});

test('triggers begin anew each time, and those of one number stop each other', () => {
  const lines = [' T,HitSoundClap,0,9000,1', '  F,0,0,1000,1,0.5', ' T,Failing,0,9000,1', '  F,0,0,1000,0.2,0.1'];
  const fired = new Map([
    [
      1,
      [
        { time: 1000, own: true },
        { time: 1500, own: true },
        { time: 2000, own: false },
      ],
    ],
    [
      2,
      [
        { time: 1000, own: false },
        { time: 1500, own: false },
        { time: 2000, own: true },
      ],
    ],
  ]);
  // The plain group of the sprite has no command and is not kept.
  const shifted = new Map([...fired].map(([index, list]) => [index - 1, list]));
  const sprite = timelineOf(lines, shifted);
  assert.equal(sprite.at(999), undefined);
  about(sprite.at(1250)?.alpha, 0.875);
  about(sprite.at(1500)?.alpha, 1);
  about(sprite.at(1999)?.alpha, 1 - 0.499 * 0.5);
  about(sprite.at(2000)?.alpha, 0.2);
  about(sprite.at(2500)?.alpha, 0.15);
  assert.equal(sprite.at(3000), undefined);
  assert.equal(timelineOf(lines).at(1000), undefined, 'what nothing triggers is never seen');
});

test('animations show one picture after another from the first command on', () => {
  const sprite = timelineOf([' F,0,1000,3000,1']);
  assert.deepEqual(
    [1000, 1099, 1100, 1399, 1400].map((now) => sprite.at(now)?.picture),
    [0, 0, 1, 3, 0],
  );
});

test('any storyboard: states are finite and within their bounds, and the same however they are asked for', () => {
  const time = fc.integer({ min: -1000, max: 5000 });
  const line = fc
    .tuple(
      fc.constantFrom('F', 'M', 'MX', 'MY', 'S', 'V', 'R', 'C', 'P'),
      fc.integer({ min: -1, max: 40 }),
      time,
      time,
      fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 3, maxLength: 9 }),
      fc.boolean(),
    )
    .map(
      ([kind, easing, start, end, values, inner]) =>
        `${inner ? '  ' : ' '}${kind},${easing},${start},${end},${kind === 'P' ? 'HVA'[Math.abs(start) % 3] : values.join(',')}`,
    );
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 12 }),
      time,
      fc.integer({ min: 1, max: 50 }),
      (lines, at, count) => {
        const text = `[Events]\nSprite,Pass,Centre,"a.png",320,240\n F,0,-1000,5000,1\n L,${at},${count}\n${lines.join('\n')}\n`;
        const [sprite] = readStoryboard([{ name: 'a.osb', bytes: Buffer.from(text) }]).sprites;
        if (!sprite) return;
        const timeline = new SpriteTimeline(sprite);
        const moments = [-1500, -1000, -1, 0, at, 1000, 2500, 4999, 5000, 100_000];
        const states = moments.map((now) => timeline.at(now));
        assert.deepEqual(
          moments.toReversed().map((now) => timeline.at(now)),
          states.toReversed(),
        );
        for (const [index, state] of states.entries()) {
          const now = moments[index] ?? 0;
          if (!state) continue;
          assert.ok(now >= timeline.begin && now < timeline.end);
          assert.ok(state.alpha > 0 && state.alpha <= 1);
          for (const value of [state.x, state.y, state.scaleX, state.scaleY, state.angle, state.red])
            assert.ok(Number.isFinite(value));
          assert.ok(state.red >= 0 && state.red <= 255);
        }
      },
    ),
    { numRuns: 300 },
  );
});
