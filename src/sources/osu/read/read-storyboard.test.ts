import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mutate } from '../../../../test/osu/mutate.ts';
import { readStoryboard } from './read-storyboard.ts';
import type { Storyboard } from './storyboard.ts';

const read = (text: string, name = 'a.osb'): Storyboard => readStoryboard([{ name, bytes: Buffer.from(text) }]);
const events = (...lines: string[]): string => `[Events]\n//Storyboard Layer 0 (Background)\n${lines.join('\n')}\n`;

test('sprites and animations: layers, origins, files and places, by name and by number', () => {
  const { sprites, notes } = read(
    events(
      'Sprite,Background,Centre,"sb\\a b.png",320,240',
      ' F,0,0,1000,1',
      '4,4,9,plain.png,-10.5,1e1',
      '_F,0,0,1000,1',
      'Animation,Fail,TopLeft,"walk.png",0,0,12,31,LoopOnce',
      ' F,0,0,1000,1',
      '6,2,8,"walk.png",0,0,3,50',
      ' F,0,0,1000,1',
      'Sprite,Foreground,Centre,"nothing-to-do.png",0,0',
    ),
  );
  assert.deepEqual(notes, []);
  assert.deepEqual(
    sprites.map(({ layer, origin, file, x, y, animation }) => ({ layer, origin, file, x, y, animation })),
    [
      { layer: 'background', origin: { x: 0.5, y: 0.5 }, file: 'sb\\a b.png', x: 320, y: 240, animation: undefined },
      { layer: 'overlay', origin: { x: 1, y: 1 }, file: 'plain.png', x: -10.5, y: 10, animation: undefined },
      {
        layer: 'fail',
        origin: { x: 0, y: 0 },
        file: 'walk.png',
        x: 0,
        y: 0,
        animation: { count: 12, delay: 31, once: true },
      },
      {
        layer: 'pass',
        origin: { x: 0, y: 1 },
        file: 'walk.png',
        x: 0,
        y: 0,
        animation: { count: 3, delay: 50, once: false },
      },
    ],
  );
});

const rowsOf = (...lines: string[]) => {
  const { sprites, notes } = read(events('Sprite,Pass,Centre,"a.png",0,0', ...lines));
  assert.deepEqual(notes, []);
  return Object.fromEntries(
    [...(sprites[0]?.groups[0]?.channels ?? [])].map(([channel, rows]) => [channel, [...rows]]),
  );
};

test('commands, each with what may be left out', () => {
  assert.deepEqual(rowsOf(' F,0,1000,2000,0,0.5'), { alpha: [1000, 2000, 0, 0, 0.5] });
  assert.deepEqual(rowsOf('_M,7,0,10,1,2,3,4'), { x: [0, 10, 7, 1, 3], y: [0, 10, 7, 2, 4] });
  assert.deepEqual(rowsOf(' MX,0,5,,9'), { x: [5, 5, 0, 9, 9] });
  assert.deepEqual(rowsOf(' MY,0,0,1,1,2'), { y: [0, 1, 0, 1, 2] });
  assert.deepEqual(rowsOf(' S,0,0,1,.5'), { scale: [0, 1, 0, 0.5, 0.5] });
  assert.deepEqual(rowsOf(' V,0,1000,2000,0.5,2'), { width: [1000, 2000, 0, 0.5, 0.5], height: [1000, 2000, 0, 2, 2] });
  assert.deepEqual(rowsOf(' R,34,0,1,-3.14,0'), { angle: [0, 1, 34, -3.14, 0] });
  assert.deepEqual(rowsOf(' C,0,0,1,0,128,255'), {
    red: [0, 1, 0, 0, 0],
    green: [0, 1, 0, 128, 128],
    blue: [0, 1, 0, 255, 255],
  });
  assert.deepEqual(rowsOf(' F,99,0,1,1'), { alpha: [0, 1, 0, 1, 1] }, 'an easing that is none is linear');
});

test('one line for several steps of one length', () => {
  assert.deepEqual(rowsOf(' F,0,51000,52000,0,1,0.5,1,0').alpha, [
    ...[51_000, 52_000, 0, 0, 1],
    ...[52_000, 53_000, 0, 1, 0.5],
    ...[53_000, 54_000, 0, 0.5, 1],
    ...[54_000, 55_000, 0, 1, 0],
  ]);
  assert.deepEqual(rowsOf(' M,0,0,100,1,2,3,4,5,6'), {
    x: [...[0, 100, 0, 1, 3], ...[100, 200, 0, 3, 5]],
    y: [...[0, 100, 0, 2, 4], ...[100, 200, 0, 4, 6]],
  });
});

test('loops, triggers and parameters', () => {
  const { sprites, notes } = read(
    events(
      'Sprite,Pass,Centre,"a.png",0,0',
      ' P,0,10,20,H',
      ' P,0,0,,A',
      ' L,60000,30',
      '  F,0,0,500,0,1',
      '__F,0,500,1000,1,0',
      ' T,HitSoundDrumClap0,100,200,3',
      '  S,0,0,10,2',
      ' T,HitSoundAllSoft,0,9',
      '  S,0,0,10,2',
      ' T,HitSound6,0,9',
      '  S,0,0,10,2',
      ' T,Failing,0,9',
      '  P,0,0,10,V',
      ' F,0,1,2,1',
    ),
  );
  assert.deepEqual(notes, []);
  const [once, ...groups] = sprites[0]?.groups ?? [];
  assert.deepEqual(once?.parameters, [
    { kind: 'flipX', start: 10, end: 20 },
    { kind: 'additive', start: 0, end: 0 },
  ]);
  assert.deepEqual(once?.channels.get('alpha'), [1, 2, 0, 1, 1], 'behind a loop a line one deep is the sprite’s own');
  assert.deepEqual(
    groups.map(({ timing }) => timing),
    [
      { kind: 'loop', start: 60_000, count: 30 },
      {
        kind: 'trigger',
        on: { set: 0, additionSet: 3, addition: 8, index: 0 },
        start: 100,
        end: 200,
        number: 3,
      },
      {
        kind: 'trigger',
        on: { set: 0, additionSet: 2, addition: 0, index: undefined },
        start: 0,
        end: 9,
        number: 0,
      },
      { kind: 'trigger', on: { set: 0, additionSet: 0, addition: 0, index: 6 }, start: 0, end: 9, number: 0 },
      { kind: 'trigger', on: 'failing', start: 0, end: 9, number: 0 },
    ],
  );
});

test('variables, also within variables; sounds; the video of a set', () => {
  const { sprites, samples, video, notes } = read(
    `[Variables]\n$dark=0.25\n$fade=F,0,0,1000,$dark\n${events(
      'Video,-500,"v.avi"',
      'Sample,1500,Pass,"drop.wav",70',
      '5,2000,0,"plain.wav"',
      'Sprite,Pass,Centre,"a.png",0,0',
      ' $fade',
    )}`,
  );
  assert.deepEqual(notes, []);
  assert.deepEqual(sprites[0]?.groups[0]?.channels.get('alpha'), [0, 1000, 0, 0.25, 0.25]);
  assert.deepEqual(samples, [
    { time: 1500, layer: 'pass', file: 'drop.wav', volume: 0.7 },
    { time: 2000, layer: 'background', file: 'plain.wav', volume: 1 },
  ]);
  assert.deepEqual(video, { file: 'v.avi', time: -500 });
});

test('the map’s own lines come first, and its backgrounds, breaks and objects are no part of it', () => {
  const map = `osu file format v14\n\n[General]\nMode: 0\n\n${events(
    '0,0,"bg.jpg",0,0',
    '2,1000,2000',
    '3,100,163,162,255',
    'Sprite,Pass,Centre,"of-map.png",0,0',
    ' F,0,0,1,1',
  )}\n[HitObjects]\n100,100,1200,5,0\n`;
  const set = events('Sprite,Pass,Centre,"of-set.png",0,0', ' F,0,0,1,1');
  const { sprites, notes } = readStoryboard([
    { name: 'map.osu', bytes: Buffer.from(map) },
    { name: 'set.osb', bytes: Buffer.from(set) },
  ]);
  assert.deepEqual(
    sprites.map(({ file }) => file),
    ['of-map.png', 'of-set.png'],
  );
  assert.deepEqual(notes, []);
});

test('a bad line is told with its number, and nothing else is lost', () => {
  const { sprites, notes } = read(
    events(
      'Sprite,Pass,Centre,"a.png",0,0',
      ' F,0,zero,1000,1',
      ' F,0,0,1000,1',
      'Sprite,Nowhere,Centre,"b.png",0,0',
      ' F,0,0,1000,1',
      'Nonsense',
      ' Q,0,0,1000,1',
      'Sprite,Pass,Centre,"c.png",0,0',
      ' L,0,never',
      '  F,0,0,1000,1',
      ' T,Sneezing,0,1',
      ' F,0,0,1000,1',
    ),
  );
  assert.deepEqual(
    sprites.map(({ file }) => file),
    ['a.png', 'c.png'],
  );
  assert.deepEqual(notes, [
    'a.osb, line 4: “F,0,zero,1000,1” cannot be read and is not shown.',
    'a.osb, line 6: “Sprite,Nowhere,Centre,"b.png",0,0” cannot be read and is not shown.',
    'a.osb, line 8: “Nonsense” cannot be read and is not shown.',
    '2 more lines of the storyboard cannot be read.',
  ]);
});

test('what somebody broke or made too large is read as far as it goes, within bounds', () => {
  const good = Buffer.from(
    `[Variables]\n$a=$b\n$b=F,0,0,1,0.5\n${events(
      'Sprite,Pass,Centre,"a.png",0,0',
      ' $a',
      ' L,0,1000000000',
      '  M,3,0,10,1,2,3,4',
      'Animation,Fail,TopLeft,"w.png",0,0,12,31,LoopOnce',
      ' T,HitSoundClap,0,100,1',
      '  C,0,0,1,0,0,0,255,255,255',
    )}`,
  );
  for (let seed = 0; seed < 3000; seed++) readStoryboard([{ name: 'x.osb', bytes: mutate(good, seed) }]);
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[ _]{0,3}[A-Z0-9$,."-]{0,40}$/), { maxLength: 30 }), (lines) => {
      for (const { groups } of read(events(...lines)).sprites)
        for (const { channels } of groups)
          for (const rows of channels.values()) assert.ok(rows.every((value) => Number.isFinite(value)));
    }),
    { numRuns: 300 },
  );
  // Variables that would fill any memory.
  const bomb = Array.from({ length: 30 }, (_, index) => `$v${index}=${`$v${index + 1}`.repeat(50)}`).join('\n');
  const { notes } = read(
    `[Variables]\n${bomb}\n${events('Sprite,Pass,Centre,"a.png",0,0', ...Array(2000).fill(' $v0'))}`,
  );
  assert.ok(notes.length > 0);
  const many = read(
    events(
      'Sprite,Pass,Centre,"a.png",0,0',
      ` F,0,0,1${',1'.repeat(9000)}`,
      ...Array(300).fill(` C,0,0,1${',1'.repeat(9000)}`),
    ),
  );
  assert.match(many.notes.join(), /only the first part is shown/);
});
