import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeMap } from '../../../../test/osu/map-writer.ts';
import { readBeatmap } from './read-beatmap.ts';

const read = (objects: readonly string[], more = {}) => readBeatmap(writeMap({ objects, ...more }), 'map.osu');

test('circle, slider, spinner and long note', () => {
  const { objects } = read([
    '100,200,1000,5,2,1:2:3:40:hit.wav',
    '64,64,2000,2,0,B|100:100|200:64,2,140.5,2|0|4,1:2|0:0|3:0,0:0:0:0:',
    '256,192,4000,12,0,5000,0:0:0:0:',
    '10,20,6000,128,0,6500:0:0:0:0:',
  ]);
  const [circle, slider, spinner, hold] = objects;
  assert.deepEqual(circle, {
    kind: 'circle',
    time: 1000,
    x: 100,
    y: 200,
    newCombo: true,
    comboSkip: 0,
    sound: 2,
    sample: { normalSet: 1, additionSet: 2, index: 3, volume: 40, file: 'hit.wav' },
  });
  assert.ok(slider?.kind === 'slider');
  assert.deepEqual(
    { type: slider.pathType, points: [...slider.points], spans: slider.spans, length: slider.length },
    { type: 'B', points: [64, 64, 100, 100, 200, 64], spans: 2, length: 140.5 },
  );
  assert.deepEqual(
    slider.edges.map((edge) => [edge.sound, edge.normalSet, edge.additionSet]),
    [
      [2, 1, 2],
      [0, 0, 0],
      [4, 3, 0],
    ],
  );
  assert.ok(spinner?.kind === 'spinner' && spinner.endTime === 5000);
  assert.ok(hold?.kind === 'hold' && hold.endTime === 6500);
});

test('old files: AR is OD where it is not said, and the music is ahead', () => {
  const text = writeMap({ version: 3, od: 7, objects: ['1,2,3,1,0'] })
    .toString()
    .replace(/ApproachRate.*\r\n/, '');
  const map = readBeatmap(Buffer.from(text), 'map.osu');
  assert.equal(map.difficulty.ar, 7);
  assert.equal(map.audioAhead, 24);
  assert.equal(map.objects[0]?.time, 3);
});

test('what is told before the first object, and whose pictures a storyboard may have', () => {
  const of = (general: string) => readBeatmap(Buffer.from(`osu file format v14\n\n[General]\n${general}\n`), 'map.osu');
  const told = of('Countdown: 2\nCountdownOffset: 3\nUseSkinSprites: 1');
  assert.deepEqual([told.countdown, told.countdownOffset, told.useSkinSprites], [2, 3, true]);
  const silent = of('Mode: 0');
  assert.deepEqual([silent.countdown, silent.countdownOffset, silent.useSkinSprites], [1, 0, false]);
  assert.equal(of('Countdown: 99').countdown, 3);
});

test('objects come in the order of time, tempo before what inherits from it', () => {
  const map = read(['1,2,3000,1,0', '3,4,1000,1,0'], { timing: ['0,-50,4,1,0,100,0,0', '0,500,4,1,0,100,1,0'] });
  assert.deepEqual(
    map.objects.map((object) => object.time),
    [1000, 3000],
  );
  assert.deepEqual(
    map.timing.map((point) => point.beatLength),
    [500, -50],
  );
});

test('line ends, byte order marks and UTF-16', () => {
  const crlf = writeMap({ objects: ['1,2,3,1,0'] });
  for (const bytes of [
    writeMap({ objects: ['1,2,3,1,0'], lineEnd: '\n' }),
    Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), crlf]),
    Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(crlf.toString(), 'utf16le')]),
  ])
    assert.equal(readBeatmap(bytes, 'map.osu').objects.length, 1);
});

test('what cannot be read is refused with its line', () => {
  assert.throws(() => readBeatmap(Buffer.from('hello'), 'map.osu'), /^InputError: map\.osu: line 1: no map of osu!/);
  assert.throws(() => readBeatmap(Buffer.alloc(0), 'map.osu'), /map\.osu: the file is empty/);
  assert.throws(() => readBeatmap(Buffer.from('osu file format v99'), 'map.osu'), /line 1: format 99 is not known/);
  assert.throws(() => read(['1,x,3,1,0']), /map\.osu: line 28: y is no number: “x”/);
  assert.throws(() => read(['1,2,3,64,0']), /line 28: is no circle, slider, spinner or long note: its type is 64/);
  assert.throws(() => read(['1,2,99999999999,1,0']), /line 28: the time is 99999999999, beyond 86400000/);
  assert.throws(() => read(['1,2,3,2,0,L|9:9,100000,50']), /line 28: a slider of 100000 ways; 9000 are the most/);
});

test('what only decorates is passed over', () => {
  const map = readBeatmap(
    Buffer.from(
      'osu file format v14\n[Events]\n0,0,"bg.jpg",0,0\nSprite,nonsense\n F,0,1\n[Colours]\nCombo1 : 255,128,0\nbroken\n[TimingPoints]\nx,y\n',
    ),
    'map.osu',
  );
  assert.deepEqual(map.background, { file: 'bg.jpg', x: 0, y: 0 });
  assert.deepEqual(map.comboColours, [{ r: 255, g: 128, b: 0 }]);
  assert.deepEqual(map.timing, []);
});
